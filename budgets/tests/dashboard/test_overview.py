"""The dashboard: what it says is what the ledger holds."""

import json
import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
import time_machine
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from budgets.domain.posts import as_posted
from budgets.models import EndUser, HourSpend, Project, ResetRun
from budgets.models.client import Client as BudgetClient
from budgets.models.client import ClientFlag
from budgets.models.period import CloseReason
from budgets.services.clients import Caller
from budgets.services.end_users import archive
from budgets.services.keys import create_key
from budgets.services.periods import reset_cost
from budgets.services.posts import set_budget
from budgets.services.projects import create_project
from budgets.tests.dashboard.conftest import INDEX, USD, overview, spend


def test_an_empty_instance_teaches_the_first_step(site: Client) -> None:
    html = site.get(INDEX, headers={"host": "localhost"}).content.decode()
    assert "No spend yet" in html
    assert "http://my-app-1:&lt;key&gt;@localhost" in html


@pytest.mark.parametrize("range_key", ["24h", "7d", "30d", "90d", "12m"])
def test_total_chart_and_table_agree(site: Client, shop: Project, range_key: str) -> None:
    for index in range(11):
        spend(shop, f"user {index % 3}", 0.1 * (index + 1), model=f"model-{index:02}")
    spend(shop, "user 0", 1.5, model="")
    parts = overview(site, f"?range={range_key}")
    assert parts["total"].cost_nanousd == round(8.1 * USD)
    assert parts["total"].entries == 12
    assert parts["active"] == 3
    chart = parts["chart"]
    series = chart.data["series"]
    assert len(series) == 9
    assert series[0]["name"] == "unattributed"
    assert series[-1]["name"] == "other models"
    assert sum(sum(one["values"]) for one in series) == pytest.approx(8.1)
    assert chart.total_nanousd == sum(row.spend.cost_nanousd for row in parts["models"]) == round(8.1 * USD)
    assert chart.rows[0].total == "$8.10"
    assert len(chart.data["labels"]) == {"24h": 24, "7d": 7, "30d": 30, "90d": 90, "12m": 12}[range_key]


def test_the_change_is_against_the_range_before(site: Client, shop: Project) -> None:
    now = timezone.now()
    spend(shop, "ann", 2, at=now - timedelta(days=9))
    spend(shop, "ann", 3, at=now - timedelta(hours=2))
    # The hour that is running has no like in the week before.
    spend(shop, "ann", 1, at=now)
    html = site.get(f"{INDEX}?range=7d").content.decode()
    assert "50 % more than the 7 days before ($3.00 against $2.00, each up to the last full hour" in html
    assert "$4.00" in html
    assert overview(site, "?range=30d")["trend"].words == ""


def test_the_project_of_the_url_is_the_only_one_shown(site: Client, shop: Project) -> None:
    other = create_project(name="other", now=timezone.now())
    spend(shop, "ann", 12)
    spend(other, "bob", 9)
    parts = overview(site, f"?project={shop.pk}&range=24h")
    assert parts["total"].cost_nanousd == 12 * USD
    assert [row.user.name for row in parts["users"]] == ["ann"]
    assert (parts["counts"].users, parts["counts"].over, parts["counts"].near) == (1, 1, 0)
    assert parts["choices"].range_links[1].url == f"?range=7d&project={shop.pk}"
    assert parts["over_url"] == f"/admin/budgets/enduser/?project={shop.pk}&limit=over"
    both = overview(site)
    assert (both["counts"].over, both["counts"].near) == (1, 1)


@pytest.mark.parametrize(
    ("query", "active"),
    [
        ("?range=30d", 6),
        ("?range=24h", 2),
        ("?range=7d&step=hour", 4),
        ("?range=custom&from=2026-02-09&to=2026-02-27", 3),
    ],
)
def test_the_active_users_lead_to_these_users(site: Client, query: str, active: int) -> None:
    now = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
    with time_machine.travel(now, tick=False):
        shop, other = create_project(name="shop", now=now), create_project(name="other", now=now)
        for days in (0, 1, 3, 5, 20, 29, 30):
            spend(shop, f"{days} days ago", 1, at=now - timedelta(days=days))
        archive(end_user=EndUser.objects.get(name="3 days ago"), now=now)
        spend(other, "other", 1)
        others = 0 if "custom" in query else 1
        for project, expected in (("", active + others), (f"&project={shop.pk}", active)):
            parts = overview(site, query + project)
            assert parts["active"] == expected
            assert len(site.get(parts["active_url"]).context["cl"].result_list) == expected


@pytest.mark.parametrize(
    ("clock", "active", "words"), [("22:59", 2, "today and yesterday, UTC"), ("23:00", 1, "today, UTC")]
)
def test_the_last_day_is_counted_by_the_days_it_touches(
    site: Client, shop: Project, clock: str, active: int, words: str
) -> None:
    now = datetime.fromisoformat(f"2026-03-01T{clock}Z")
    for days in (0, 1):
        spend(shop, f"{days} days ago", 1, at=now - timedelta(days=days))
    with time_machine.travel(now, tick=False):
        parts = overview(site, "?range=24h")
        assert (parts["active"], parts["active_words"], parts["users_words"]) == (active, words, words)
        assert len(site.get(parts["active_url"]).context["cl"].result_list) == active


@pytest.mark.parametrize(
    "query", ["?range=abc", "?project=x", "?project=999", "?range=&project=-1", "?project=" + "9" * 40]
)
def test_an_odd_url_shows_the_default(site: Client, shop: Project, query: str) -> None:
    spend(shop, "ann", 1)
    parts = overview(site, query)
    assert parts["choices"].range.key == "30d"
    assert parts["total"].cost_nanousd == USD


def test_hostile_names_are_escaped(site: Client, shop: Project) -> None:
    evil = "</script><script>alert(1)</script>"
    spend(shop, evil, 5, model=evil)
    html = site.get(INDEX).content.decode()
    assert "<script>alert" not in html
    data = re.search(r'id="spend-chart-data" type="application/json">(.*?)</script>', html, re.DOTALL)
    assert data
    assert json.loads(data[1])["series"][0]["name"] == evil


def test_the_chart_has_a_text_alternative(site: Client, shop: Project) -> None:
    spend(shop, "ann", 1)
    html = site.get(INDEX).content.decode()
    assert re.search(r'<canvas id="spend-chart" role="img" tabindex="0"[^>]* aria-label="[^"]+\$1.00 in all', html)
    assert "Show as a table" in html


def test_one_without_permissions_sees_no_spend(shop: Project) -> None:
    spend(shop, "ann", 1)
    stranger = User.objects.create_user("nobody", password="x", is_staff=True)
    site = Client()
    site.force_login(stranger)
    html = site.get(INDEX).content.decode()
    assert "may not view" in html
    assert "$1.00" not in html
    assert "ann" not in html
    stranger.user_permissions.set(Permission.objects.filter(codename__in=("view_costentry", "view_enduser")))
    assert "$1.00" in site.get(INDEX).content.decode()


@pytest.mark.parametrize(("users", "entries"), [(3, 1), (3, 10), (300, 1)])
def test_the_number_of_queries_does_not_grow(
    site: Client, shop: Project, django_assert_num_queries: DjangoAssertNumQueries, users: int, entries: int
) -> None:
    now = timezone.now()
    ResetRun.objects.create(started_at=now, finished_at=now, rolled=0, failed=0)
    for index in range(users):
        user = spend(shop, f"user {index}", 8, days=7, at=now - timedelta(days=3))
        for entry in range(entries):
            spend(shop, user.name, 0.1, model=f"model {index % 20}", at=now - timedelta(hours=entry))
        client = BudgetClient.objects.create(project=shop, client_id=f"c{index}", first_seen_at=now)
        ClientFlag.objects.create(
            project=shop, client=client, kind="mark_ahead", first_at=now, last_at=now, end_user=user
        )
    for user in EndUser.objects.all()[:1]:
        reset_cost(end_user=user, close_reason=CloseReason.ADMIN_RESET, actor=None, note="", now=now)
        spend(shop, user.name, 8, days=7, at=now)
    queries = {"?range=24h": 31, "?range=12m": 31, "?split=project": 34, "?range=90d&step=week&split=user": 33}
    for query, expected in queries.items():
        with django_assert_num_queries(expected):
            site.get(INDEX + query)


def links(html: str) -> list[str]:
    """Where the page's links lead, without other sites, anchors and the way out."""
    found = dict.fromkeys(unescape(one) for one in re.findall(r'<a[^>]*\shref="([^"]+)"', html))
    return [one for one in found if one.startswith(("/", "?")) and "logout" not in one]


def follow_links(site: Client) -> int:
    """Follow every link of the dashboard; say how many there are."""
    followed = links(site.get(INDEX).content.decode())
    for link in followed:
        response = site.get(INDEX + link if link.startswith("?") else link)
        assert response.status_code == 200, link
    return len(followed)


def test_every_link_leads_somewhere(site: Client, shop: Project) -> None:
    on_empty = follow_links(site)
    assert on_empty > 10
    user = spend(shop, "ann", 1)
    client = BudgetClient.objects.create(project=shop, client_id="web-1", first_seen_at=timezone.now())
    ClientFlag.objects.create(
        project=shop,
        client=client,
        kind="reset_not_saved",
        first_at=timezone.now(),
        last_at=timezone.now(),
        end_user=user,
    )
    assert follow_links(site) > on_empty


def test_every_link_leads_somewhere_on_a_fresh_install(site: Client) -> None:
    assert follow_links(site) > 10


def test_spend_that_is_not_told_apart_is_shown_where_there_is_some(site: Client, shop: Project) -> None:
    spend(shop, "ann", 5)
    assert "cannot be told apart" not in site.get(INDEX).content.decode()
    now = timezone.now()
    api_key, _ = create_key(label="shop", project=shop, expires_at=None, created_by=None, now=now)
    posted = {"u": {"total_budget": 10, "current_cost": 12.34, "model_cost": {"gpt-4o": 12.34}}}
    set_budget(project=shop, caller=Caller(api_key, ""), user_dict=as_posted(posted), now=now)
    other = create_project(name="other", now=now)
    html = site.get(INDEX + "?range=7d").content.decode()
    assert "<strong>$12.34</strong> of the spend in 7 days is the highest figure of processes" in html
    assert (
        f"/admin/budgets/client/?project={shop.pk}&amp;state=shared"
        in site.get(f"{INDEX}?project={shop.pk}").content.decode()
    )
    assert "$12.34 of its spend is not told apart" in html
    assert "Give each process a client id of its own" in html
    assert "cannot be told apart" not in site.get(f"{INDEX}?project={other.pk}").content.decode()
    HourSpend.objects.update(hour=now - timedelta(days=40))
    html = site.get(INDEX).content.decode()
    assert "<strong>$12.34</strong>" not in html
    assert "In all, <a" in html


@pytest.mark.parametrize(
    ("query", "is_by_user"),
    [("?range=24h", False), ("?range=7d&step=hour", True), ("?range=30d", True), ("?range=12m&split=project", True)],
)
def test_all_who_spent_are_a_file_where_the_range_has_days(
    site: Client, shop: Project, query: str, is_by_user: bool
) -> None:
    spend(shop, "ann", 1)
    url = overview(site, query)["users_csv_url"]
    assert (url is not None) is is_by_user
    if url:
        head = b"".join(site.get(url)).splitlines()[0]
        assert b'"end_user"' in head
