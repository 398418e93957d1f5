"""The list of cost entries says what its filters leave, where that is cheap to say."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from budgets.domain.posts import as_posted
from budgets.domain.roles import Role
from budgets.models import Client, CostEntry, EndUser, Project
from budgets.queries import entry_totals
from budgets.services.ledger import adjust
from budgets.services.members import give_role
from budgets.services.posts import set_budget
from budgets.services.settlement import settle_spend
from budgets.tests.admin.conftest import NOW, USD, MakeUser
from budgets.tests.factories import make_caller, make_project

LIST = "/admin/budgets/costentry/"
HOUR = timedelta(hours=1)
SPAN = f"{NOW:%Y-%m-%dT%H}..{NOW + 3 * HOUR:%Y-%m-%dT%H}"
Total = tuple[int, int] | None


def total_of(site: Browser, query: str) -> Total:
    """What the list says: how many entries, and how many nano-USD."""
    total = site.get(LIST + query).context["cl"].total
    return total and (total.entries, total.cost_nanousd)


def looker(*permissions: str) -> tuple[User, Browser]:
    """A login with those permissions, and its browser."""
    login = User.objects.create_user("looker", password="x", is_staff=True)
    login.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    browser = Browser()
    browser.force_login(login)
    return login, browser


@pytest.fixture
def spent(make_user: MakeUser) -> Project:
    """Ann spent $1 at NOW and $2 an hour later, the latter by a client; bob of another project $4, today $8."""
    ann = make_user("ann", spent=1)
    record = {"ann": {"total_budget": 10, "current_cost": 3, "model_cost": {"gpt-4o": 1, "o3": 2}}}
    set_budget(project=ann.project, caller=make_caller(ann.project), user_dict=as_posted(record), now=NOW + HOUR)
    other = make_project("other")
    set_budget(
        project=other,
        caller=make_caller(other, "worker-2"),
        user_dict=as_posted({"bob": {"total_budget": 10, "current_cost": 4, "model_cost": {"o3": 4}}}),
        now=NOW + 2 * HOUR,
    )
    bob = EndUser.objects.get(name="bob")
    adjust(end_user=bob, model="", amount_nanousd=8 * USD, reason="r", actor=None, now=timezone.now())
    return ann.project


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", (5, 16)),
        ("?model=o3", (2, 6)),
        ("?source=client", None),
        ("?q=ann", None),
        (f"?since={SPAN}", (4, 8)),
        (f"?since={SPAN}&model=gpt-4o", (2, 2)),
        (f"?since={SPAN}&project={{own}}", (3, 4)),
        (f"?since={SPAN}&project={{own}}&model=o3", (1, 2)),
        (f"?since={SPAN}&source=client", None),
        (f"?since={SPAN}&project={{own}}&source=client", (2, 3)),
        (f"?since={SPAN}&project={{own}}&q=an", (3, 4)),
        ("?since=1", (1, 8)),
        ("?since=7&model=~none", (1, 8)),
        ("?since=2026-03-02T12:30..2026-03-02T14:00", None),
        ("?since=2026-03-02T12:30..2026-03-02T14:00&project={own}", (2, 3)),
        ("?since=x..y", None),
        ("?project={own}", (3, 4)),
        ("?project={own}&model=none%20such", (0, 0)),
        ("?end_user__id__exact={ann}", (3, 4)),
        ("?end_user__id__exact={ann}&model=gpt-4o", (2, 2)),
        ("?end_user__id__exact={ann}&since=1", (0, 0)),
        ("?client__id__exact={client}", (2, 3)),
        (f"?client__id__exact={{client}}&since={SPAN}&model=o3", (1, 2)),
    ],
)
def test_the_sum_is_that_of_the_rows(site: Browser, spent: Project, query: str, expected: Total) -> None:
    ids = {"own": spent.pk, "ann": EndUser.objects.get(name="ann").pk, "client": Client.objects.order_by("pk")[0].pk}
    asked = query.format(**ids)
    rows = site.get(LIST + asked).context["cl"].result_list
    assert total_of(site, asked) == (expected and (expected[0], expected[1] * USD))
    if expected is not None:
        assert (len(rows), sum(row.amount_nanousd for row in rows)) == (expected[0], expected[1] * USD)


@pytest.mark.parametrize("since", [SPAN, "2026-01-01T00..2026-05-01T00", "2026-03-02T12..2026-04-01T00"])
@pytest.mark.parametrize("more", ["", "&model=gpt-4o", "&project={own}&model=o3"])
def test_settled_or_not_the_sum_is_the_same(site: Browser, spent: Project, since: str, more: str) -> None:
    query = f"?since={since}{more.format(own=spent.pk)}"
    before = total_of(site, query)
    assert before
    assert before[0] > 0
    assert settle_spend(now=timezone.now()) > 100
    assert total_of(site, query) == before


def test_it_is_told_exactly(site: Browser, make_user: MakeUser) -> None:
    user = make_user("ann", spent=1234)
    adjust(end_user=user, model="", amount_nanousd=1, reason="r", actor=None, now=NOW)
    html = site.get(f"{LIST}?end_user__id__exact={user.pk}").content.decode()
    assert "<strong>$1,234.000000001</strong> in 2 entries" in html


def test_too_many_are_told_to_be_too_many(site: Browser, spent: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entry_totals, "MAX_READ", 2)
    html = site.get(f"{LIST}?project={spent.pk}&source=client").content.decode()
    assert "entries may have to be read for it." in html
    assert total_of(site, f"?project={spent.pk}") == (3, 4 * USD)


def test_a_span_of_hours_is_not_added_up_from_the_ledger(site: Browser, spent: Project) -> None:
    with CaptureQueriesContext(connection) as queries:
        site.get(f"{LIST}?since={SPAN}")
    assert not [one for one in queries if "SUM" in one["sql"] and "budgets_costentry" in one["sql"]]


def test_a_members_sum_is_that_of_the_own_projects(spent: Project) -> None:
    login, member = looker()
    give_role(project=spent, login=login, role=Role.VIEWER, now=NOW)
    assert total_of(member, f"?since={SPAN}") == (3, 4 * USD)
    assert total_of(member, f"?end_user__id__exact={EndUser.objects.get(name='bob').pk}") == (0, 0)


def test_a_clients_page_leads_to_its_entries(site: Browser, spent: Project) -> None:
    client = Client.objects.get(project=spent)
    link = f"{LIST}?client__id__exact={client.pk}"
    assert f'href="{link}"' in site.get(f"/admin/budgets/client/{client.pk}/change/").content.decode()
    rows = site.get(link).context["cl"].result_list
    assert [row.client_id for row in rows] == [client.pk] * CostEntry.objects.filter(client=client).count()


def test_who_may_not_see_entries_is_not_led_to_them(spent: Project) -> None:
    client = Client.objects.get(project=spent)
    _, browser = looker("view_client")
    html = browser.get(f"/admin/budgets/client/{client.pk}/change/").content.decode()
    assert "worker-1" in html
    assert LIST not in html


def test_a_model_of_the_word_for_none_is_told_from_none(site: Browser, spent: Project) -> None:
    ann = EndUser.objects.get(name="ann")
    adjust(end_user=ann, model="~none", amount_nanousd=16 * USD, reason="r", actor=None, now=timezone.now())
    for query, usd in (("?since=7&model=~none", 8), ("?since=7&model=~~none", 16), ("?since=7", 24)):
        rows = site.get(LIST + query).context["cl"].result_list
        assert sum(row.amount_nanousd for row in rows) == usd * USD
        total = total_of(site, query)
        assert total
        assert total[1] == usd * USD
