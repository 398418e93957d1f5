"""The list of end users: what it shows, filters and lets one edit."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from budgets.admin.end_users import EndUserAdmin
from budgets.domain.posts import as_posted
from budgets.models import Budget, BudgetChange, EndUser, Project
from budgets.services.end_users import archive
from budgets.services.ledger import adjust
from budgets.services.posts import set_budget
from budgets.tests.admin.conftest import NOW, USD, MakeUser
from budgets.tests.factories import make_caller

LIST = "/admin/budgets/enduser/"


def names(site: Client, query: str) -> list[str]:
    response = site.get(LIST + query)
    assert response.status_code == 200
    return [user.name for user in response.context["cl"].result_list]


def edit(site: Client, rows: list[tuple[EndUser, str, str]], path: str = LIST) -> object:
    """Post the list's boxes: per row the user, the limit the page showed, and the limit typed."""
    data = {"form-TOTAL_FORMS": len(rows), "form-INITIAL_FORMS": len(rows), "_save": "Save"}
    for index, (user, shown, typed) in enumerate(rows):
        data |= {f"form-{index}-id": user.pk, f"initial-form-{index}-limit": shown, f"form-{index}-limit": typed}
    return site.post(path, data)


def test_it_shows_spend_limit_and_share(site: Client, make_user: MakeUser) -> None:
    make_user("ann", limit=10, spent=12.5)
    make_user("bob", limit=None, spent=0.000225)
    html = site.get(LIST).content.decode()
    assert "$12.50" in html
    assert "125&nbsp;% · over" in html
    assert "$0.000225" in html
    assert "no limit" in html


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?limit=over", ["over"]),
        ("?limit=near", ["at limit", "at zero", "near"]),
        ("?limit=unlimited", ["free"]),
        ("?duration=7", ["near"]),
        ("?duration=other", ["over"]),
        ("?q=fr", ["free"]),
        ("?archived=yes", ["gone"]),
        ("?o=-3", ["over", "free", "at limit", "near", "ok", "at zero"]),
        ("?o=-5&limit=near", ["at zero", "at limit", "near"]),
        ("?limit=ok", ["ok"]),
        ("?q=*I", ["at limit"]),
        ("?q=imit", []),
        ("?o=1", ["at limit", "at zero", "free", "near", "ok", "over"]),
        ("?o=no.such.order", ["over", "at zero", "at limit", "near", "ok", "free"]),
    ],
)
def test_filters_search_and_order(site: Client, make_user: MakeUser, query: str, expected: list[str]) -> None:
    make_user("over", limit=10, spent=20, days=3)
    make_user("at limit", limit=10, spent=10)
    make_user("near", limit=10, spent=8, days=7)
    make_user("ok", limit=10, spent=7.99, days=28)
    make_user("at zero", limit=0)
    make_user("free", limit=None, spent=15)
    archive(end_user=make_user("gone", limit=1, spent=5), now=NOW)
    found = names(site, query)
    assert sorted(found) == sorted(expected) if "o=" not in query else found == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?spent=1", ["today"]),
        ("?spent=7", ["today", "6 days ago"]),
        ("?spent=30&archived=all", ["today", "6 days ago", "gone"]),
        ("?spent=30&limit=over", ["today"]),
        ("?spent={first}..{last}&archived=all", ["6 days ago", "gone"]),
        ("?spent={last}..{first}", []),
        ("?spent=7&o=1", ["6 days ago", "today"]),
        ("?spent=what&o=1", ["6 days ago", "never", "today"]),
        ("?spent=9..7..8&o=1", ["6 days ago", "never", "today"]),
    ],
)
def test_who_spent_lately_the_last_one_first(
    site: Client, make_user: MakeUser, query: str, expected: list[str]
) -> None:
    now = timezone.now()
    for name, days, amount in (("today", 0, 20), ("6 days ago", 6, 1), ("gone", 8, 1), ("never", 0, 0)):
        user = make_user(name)
        if amount:
            at = now - timedelta(days=days)
            adjust(end_user=user, model="m", amount_nanousd=amount * USD, reason="r", actor=None, now=at)
    archive(end_user=EndUser.objects.get(name="gone"), now=now)
    days_asked = {"first": f"{now - timedelta(days=8):%Y-%m-%d}", "last": f"{now - timedelta(days=6):%Y-%m-%d}"}
    assert names(site, query.format(**days_asked)) == expected


def test_archived_users_are_hidden(site: Client, make_user: MakeUser) -> None:
    archive(end_user=make_user("gone"), now=NOW)
    make_user("here")
    assert names(site, "") == ["here"]
    assert names(site, "?archived=all&o=1") == ["gone", "here"]


def test_a_limit_is_edited_in_the_list(site: Client, make_user: MakeUser) -> None:
    ann, bob = make_user("ann", limit=10), make_user("bob", limit=5)
    edit(site, [(ann, "10.00", "12.50"), (bob, "5.00", "")])
    assert Budget.objects.get(end_user=ann).total_budget_nanousd == 12.5 * USD
    assert Budget.objects.get(end_user=bob).total_budget_nanousd is None
    change = BudgetChange.objects.filter(end_user=ann).latest("id")
    assert (change.source, str(change.actor), change.before_total_budget_nanousd) == ("admin", "boss", 10 * USD)
    said = [str(message) for message in site.get(LIST).context["messages"]]
    changes = "\u2068ann\u2069: limit: $10.00 → $12.50; \u2068bob\u2069: limit: $5.00 → unlimited."
    assert said == [f"2 end users were changed successfully. {changes}"]
    history = site.get(f"{LIST}{ann.pk}/history/").content.decode()
    assert "limit: $10.00 → $12.50" in history
    assert "limit: $5.00 → unlimited" in site.get(f"{LIST}{bob.pk}/history/").content.decode()


def test_a_duration_is_edited_in_the_list(site: Client, make_user: MakeUser) -> None:
    ann = make_user("ann", limit=10, days=30)
    assert 'value="30 days"' in site.get(LIST).content.decode()
    shown = {"initial-form-0-limit": "10.00", "form-0-limit": "10.00", "initial-form-0-duration": "30 days"}
    row = {"form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1, "_save": "Save", "form-0-id": ann.pk} | shown
    site.post(LIST, row | {"form-0-duration": "30 days"})
    assert BudgetChange.objects.filter(end_user=ann, source="admin").count() == 0
    site.post(LIST, row | {"form-0-duration": "weekly"})
    assert Budget.objects.get(end_user=ann).duration_days == 7
    assert "duration: 30 days → weekly" in site.get(f"{LIST}{ann.pk}/history/").content.decode()


def test_a_refused_box_stays_in_its_row_though_the_order_has_changed(site: Client, make_user: MakeUser) -> None:
    low, high = make_user("low", limit=10, spent=1), make_user("high", limit=10, spent=5)
    page = edit(site, [(low, "10.00", "-1"), (high, "10.00", "10.00")])
    rows = page.context["cl"].result_list  # type: ignore[attr-defined]
    assert [user.name for user in rows] == ["low", "high"]
    assert "Limit in USD of low" in page.content.decode()  # type: ignore[attr-defined]


def test_a_refused_box_takes_no_trend_away(site: Client, make_user: MakeUser) -> None:
    user = make_user("ann", limit=10)
    adjust(end_user=user, model="m", amount_nanousd=3 * USD, reason="r", actor=None, now=timezone.now())
    page = edit(site, [(user, "10.00", "abc")])
    assert "$3.00 in 28 days" in page.content.decode()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "forged",
    [
        {"form-TOTAL_FORMS": "2"},
        {"form-TOTAL_FORMS": "2", "form-INITIAL_FORMS": "2"},
        {"form-INITIAL_FORMS": "0"},
        {"form-0-id": "abc"},
        {"form-0-id": "\0"},
        {"form-0-id": "9" * 30},
        {"form-TOTAL_FORMS": "9" * 5000, "form-INITIAL_FORMS": "9" * 5000},
        {"form-TOTAL_FORMS": ""},
    ],
)
def test_boxes_of_rows_that_are_not_there_change_nothing(
    site: Client, make_user: MakeUser, forged: dict[str, str]
) -> None:
    ann = make_user("ann", limit=10)
    data = {"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1", "_save": "Save", "form-0-id": str(ann.pk)}
    data |= {"initial-form-0-limit": "10.00", "form-0-limit": "99"}
    response = site.post(LIST, data | forged, follow=True)
    assert "Nothing was changed." in response.content.decode()
    assert site.post(LIST, data | {"form-0-id": "4000000"}).status_code == 403
    assert Budget.objects.get(end_user=ann).total_budget_nanousd == 10 * USD


def test_pages_keep_every_choice_and_lead_on_and_back(
    site: Client, make_user: MakeUser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EndUserAdmin, "list_per_page", 2)
    for index in range(5):
        make_user(f"user {index}", spent=index)
    found, query = [], "?archived=all&q=user&o=-3"
    while query:
        page = site.get(LIST + query).context["cl"]
        found.append([user.name for user in page.result_list])
        query = page.paginator.next_url
        assert query is None or {"archived=all", "q=user", "o=-3"} < set(query.removeprefix("?").split("&"))
    assert found == [["user 4", "user 3"], ["user 2", "user 1"], ["user 0"]]
    assert names(site, page.paginator.previous_url) == ["user 2", "user 1"]
    assert names(site, "?p=nonsense&o=-3") == ["user 4", "user 3"]


def test_a_search_that_finds_no_beginning_offers_to_look_anywhere(site: Client, make_user: MakeUser) -> None:
    make_user("acme-corp")
    page = site.get(f"{LIST}?q=corp")
    assert "No name begins with" in page.content.decode()
    assert names(site, page.context["cl"].search_anywhere_url) == ["acme-corp"]


def test_a_row_says_its_trend_in_words(site: Client, make_user: MakeUser) -> None:
    user = make_user("ann")
    adjust(end_user=user, model="m", amount_nanousd=3 * USD, reason="r", actor=None, now=timezone.now())
    assert "$3.00 in 28 days, $3.00 today, most on a day $3.00" in site.get(LIST).content.decode()


def test_a_list_left_open_puts_nothing_back(site: Client, make_user: MakeUser) -> None:
    ann = make_user("ann", limit=20)
    edit(site, [(ann, "10.00", "10.00")])
    assert Budget.objects.get(end_user=ann).total_budget_nanousd == 20 * USD
    assert BudgetChange.objects.filter(end_user=ann, source="admin").count() == 0


@pytest.mark.parametrize(
    ("typed", "said"),
    [("-1", "Must not be negative"), ("ten", "Must be an amount in USD"), ("1e99", "must not"), ("nan", "finite")],
)
def test_a_bad_limit_is_refused_at_its_box(site: Client, make_user: MakeUser, typed: str, said: str) -> None:
    ann = make_user("ann", limit=10)
    response = edit(site, [(ann, "10.00", typed)])
    assert said.lower() in response.content.decode().lower()  # type: ignore[attr-defined]
    assert Budget.objects.get(end_user=ann).total_budget_nanousd == 10 * USD


def test_a_viewer_sees_no_box_and_cannot_post(viewer_site: Client, make_user: MakeUser) -> None:
    ann = make_user("ann", limit=10)
    html = viewer_site.get(LIST).content.decode()
    assert "$10.00" in html
    assert "data-bs-limit" not in html
    edit(viewer_site, [(ann, "10.00", "99")])
    assert Budget.objects.get(end_user=ann).total_budget_nanousd == 10 * USD


def test_hostile_names_are_escaped(site: Client, make_user: MakeUser) -> None:
    user = make_user("<script>alert(1)</script>", spent=1)
    pages = [LIST, *(f"{LIST}{user.pk}/{page}/" for page in ("change", "reset", "adjust", "archive"))]
    for path in [*pages, "/admin/budgets/costentry/"]:
        html = site.get(path).content.decode()
        assert "<script>alert" not in html, path
        assert "&lt;script&gt;alert" in html, path


# A page that is not full of limited users goes on with the unlimited ones: one query more.
@pytest.mark.parametrize(("count", "query", "queries"), [(3, "", 7), (300, "", 6), (3, "?o=-3", 6), (300, "?o=-3", 6)])
def test_the_number_of_queries_does_not_grow(
    site: Client,
    the_project: Project,
    django_assert_num_queries: DjangoAssertNumQueries,
    count: int,
    query: str,
    queries: int,
) -> None:
    record = {"total_budget": 10, "current_cost": 1, "model_cost": {"gpt-4o": 1}}
    users = {f"user {index}": record for index in range(count)}
    set_budget(project=the_project, caller=make_caller(the_project), user_dict=as_posted(users), now=NOW)
    with django_assert_num_queries(queries):
        site.get(LIST + query)
