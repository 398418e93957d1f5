"""The overview beside its figures: who will run out, what was reset, whether all is well, and how to begin."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from budgets.domain.roles import Role
from budgets.models import LedgerCheck, Project, ResetRun
from budgets.models.client import Client as BudgetClient
from budgets.models.client import ClientFlag
from budgets.models.period import CloseReason
from budgets.services.keys import create_key
from budgets.services.members import give_role
from budgets.services.periods import reset_cost
from budgets.services.projects import create_project
from budgets.tests.dashboard.conftest import INDEX, USD, overview, spend


def test_who_will_run_out_is_told_soonest_first_with_when(site: Client, shop: Project) -> None:
    now = timezone.now()
    # Of ten dollars for ten days, in two: six, three, and too little to run out; one has no reset, one is over.
    for name, amount, days in (("slow", 3, 10), ("fast", 6, 10), ("fine", 1, 10), ("ever", 4, None), ("over", 11, 10)):
        spend(shop, name, amount, days=days, at=now - timedelta(days=2))
    parts = overview(site)
    assert [row.user.name for row in parts["run_out"]] == ["over", "fast", "ever", "slow"]
    assert parts["run_out"][0].at is None
    assert parts["run_out"][1].at - now == pytest.approx(timedelta(days=4) / 3, abs=timedelta(minutes=1))
    assert (parts["outlook"].runs_out, parts["counts"].over) == (3, 1)
    # Five times what was spent in a fifth of the period, by those whose period ends.
    assert (parts["outlook"].users, parts["outlook"].spent_nanousd) == (4, 21 * USD)
    assert parts["outlook"].projected_nanousd == pytest.approx(105 * USD, rel=1e-5)
    html = site.get(INDEX).content.decode()
    assert "in 32 h" in html or "in 31 h" in html
    assert "over now" in html
    assert '#id_limit" aria-label="Raise the limit of fast"' in html
    assert f"/admin/budgets/enduser/?project={shop.pk}&amp;limit=runs_out" in (
        site.get(f"{INDEX}?project={shop.pk}").content.decode()
    )


@pytest.mark.parametrize(
    ("over", "later", "shown"), [(10, 0, (8, 0)), (10, 10, (4, 4)), (10, 2, (6, 2)), (1, 10, (1, 7)), (0, 1, (0, 1))]
)
def test_the_list_of_limits_is_filled_by_whoever_there_is(
    site: Client, shop: Project, over: int, later: int, shown: tuple[int, int]
) -> None:
    for number in range(over):
        spend(shop, f"over {number}", 11, days=10, at=timezone.now() - timedelta(days=2))
    for number in range(later):
        spend(shop, f"later {number}", 6, days=10, at=timezone.now() - timedelta(days=2))
    rows = overview(site)["run_out"]
    assert (sum(row.at is None for row in rows), sum(row.at is not None for row in rows)) == shown


def test_a_viewer_is_not_asked_to_raise_a_limit(shop: Project) -> None:
    spend(shop, "fast", 6, days=10, at=timezone.now() - timedelta(days=2))
    viewer = User.objects.create_user("viewer", password="x", is_staff=True)
    give_role(project=shop, login=viewer, role=Role.VIEWER, now=timezone.now())
    site = Client()
    site.force_login(viewer)
    html = site.get(INDEX).content.decode()
    assert "will run out" in html
    assert "Raise the limit" not in html


def test_the_latest_resets_are_those_closed_last(site: Client, shop: Project) -> None:
    now = timezone.now()
    old, new, never = (
        spend(shop, name, amount, days=30, at=now - timedelta(days=4))
        for name, amount in (("old", 3), ("new", 11), ("never", 1))
    )
    # The one opened first is the one closed last.
    for days, user in ((3, new), (2, old), (1, new)):
        reset_cost(
            end_user=user, close_reason=CloseReason.ADMIN_RESET, actor=None, note="x", now=now - timedelta(days=days)
        )
    resets = overview(site)["resets"]
    assert [(row.end_user, row.cost_nanousd // USD) for row in resets] == [(new, 0), (old, 3), (new, 11)]
    assert never not in {row.end_user for row in resets}


@pytest.mark.parametrize(
    ("age", "is_late"), [(timedelta(minutes=5), False), (timedelta(hours=1), False), (timedelta(hours=3), True)]
)
def test_a_fresh_instance_has_two_hours_until_its_first_reset_run_is_missed(
    site: Client, age: timedelta, is_late: bool
) -> None:
    create_project(name="shop", now=timezone.now() - age)
    html = site.get(INDEX).content.decode()
    assert ("Resets are late" in html) is is_late
    assert ("Not set up yet" in html) is not is_late
    assert "All well" not in html
    assert re.search(r"<code>\S*python manage.py reset_budgets</code>", html)


def test_a_period_due_for_long_is_a_fault_even_on_the_first_day(site: Client, shop: Project) -> None:
    spend(shop, "ann", 1, days=1, at=timezone.now() - timedelta(days=1, hours=3))
    html = site.get(INDEX).content.decode()
    assert "<strong>1 period</strong> due for more than two hours" in html
    assert "All well" not in html


def test_the_snippet_begins_with_a_key_that_the_login_may_see(site: Client, shop: Project) -> None:
    now = timezone.now()
    gone, _ = create_key(label="gone", project=shop, expires_at=now, created_by=None, now=now - timedelta(days=1))
    everywhere, _ = create_key(label="all", project=None, expires_at=None, created_by=None, now=now)
    assert f"my-app-1:{everywhere.prefix}…@" in site.get(f"{INDEX}?project={shop.pk}").content.decode()
    own, _ = create_key(label="its own", project=shop, expires_at=None, created_by=None, now=now - timedelta(hours=1))
    other = create_project(name="other", now=now)
    create_key(label="alien", project=other, expires_at=None, created_by=None, now=now)
    html = site.get(f"{INDEX}?project={shop.pk}").content.decode()
    assert f"my-app-1:{own.prefix}…@" in html
    assert "its own" in html
    assert gone.prefix not in html
    # An owner elsewhere, and a viewer here, sees no key of this project and is told whom to ask.
    member = User.objects.create_user("member", password="x", is_staff=True)
    give_role(project=shop, login=member, role=Role.VIEWER, now=now)
    give_role(project=other, login=member, role=Role.OWNER, now=now)
    browser = Client()
    browser.force_login(member)
    html = browser.get(f"{INDEX}?project={shop.pk}").content.decode()
    assert "Ask an owner of the project for an API key" in html
    assert own.prefix not in html


@pytest.mark.parametrize(("violations", "words"), [(0, "The ledger is sound"), (3, "found 3 broken invariants")])
def test_the_last_ledger_check_is_shown(site: Client, violations: int, words: str) -> None:
    now = timezone.now()
    LedgerCheck.objects.create(started_at=now, finished_at=now, violations=violations)
    assert words in site.get(INDEX).content.decode()


def test_a_ledger_never_checked_says_so(site: Client) -> None:
    assert "has not been checked yet" in site.get(INDEX).content.decode()


def test_one_line_says_what_is_well_and_what_needs_a_look(site: Client, shop: Project) -> None:
    now = timezone.now()
    ResetRun.objects.create(started_at=now, finished_at=now, rolled=0, failed=0)
    LedgerCheck.objects.create(started_at=now, finished_at=now, violations=0)
    well = "resets ran just now, the ledger was found sound just now"
    assert f"<strong>All well:</strong> {well}, no client is flagged." in site.get(INDEX).content.decode()
    client = BudgetClient.objects.create(project=shop, client_id="web-1", first_seen_at=now)
    ClientFlag.objects.create(project=shop, client=client, kind="reset_not_saved", first_at=now, last_at=now)
    html = site.get(INDEX).content.decode()
    assert "All well" not in html
    assert "<strong>1 client</strong> is flagged, the latest for: costs went down" in html
    assert f"Otherwise all is well: {well}." in html
    LedgerCheck.objects.create(started_at=now, finished_at=now, violations=2)
    html = site.get(INDEX).content.decode()
    assert "Otherwise all is well: resets ran just now." in html
    assert "found 2 broken invariants" in html
