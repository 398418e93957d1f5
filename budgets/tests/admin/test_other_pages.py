"""Projects, cost entries, clients, resets and logins."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client as Browser
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.views.defaults import server_error
from pytest_django import DjangoAssertNumQueries

from budgets.admin.clients import a_day
from budgets.models import Client, ClientDaySpend, ClientFlag, CostEntry, HighWater, Project, ResetRun, View
from budgets.services.keys import create_key
from budgets.tests.admin.conftest import NOW, MakeUser

ADMIN = "/admin/budgets/"


@pytest.fixture
def flag(make_user: MakeUser) -> ClientFlag:
    user = make_user("ann")
    client = Client.objects.create(project=user.project, client_id="web-1", first_seen_at=NOW)
    return ClientFlag.objects.create(
        project=user.project, client=client, kind="reset_not_saved", first_at=NOW, last_at=NOW, end_user=user
    )


def test_a_project_is_added_by_name_once(site: Browser) -> None:
    assert site.post(f"{ADMIN}project/add/", {"name": "search"}).status_code == 302
    assert site.post(f"{ADMIN}project/add/", {"name": "search"}).status_code == 200
    project = Project.objects.get()
    site.post(f"{ADMIN}project/{project.pk}/change/", {"name": "other"})
    assert Project.objects.get().name == "search"


def test_projects_show_users_and_spend(site: Browser, make_user: MakeUser) -> None:
    make_user("ann", spent=2)
    page = site.get(f"{ADMIN}project/").content.decode()
    assert ">1</a>" in page
    # Spend of an earlier month does not count.
    assert "$0.00" in page


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 2),
        ("?model=gpt-4o", 2),
        ("?model=~none", 0),
        ("?source=client", 0),
        ("?q=ann", 1),
        ("?since=1", 0),
        ("?since=x..y", 2),
        (f"?since={NOW:%Y-%m-%dT%H}..2100-01-01", 2),
        (f"?since=2000-01-01..{NOW:%Y-%m-%dT%H}", 0),
    ],
)
def test_entries_are_filtered(site: Browser, make_user: MakeUser, query: str, count: int) -> None:
    make_user("ann", spent=1)
    make_user("bob", spent=2)
    assert len(site.get(f"{ADMIN}costentry/{query}").context["cl"].result_list) == count


def test_entries_are_only_read(site: Browser, make_user: MakeUser) -> None:
    user = make_user("ann", spent=1)
    entry = CostEntry.objects.get()
    assert site.get(f"{ADMIN}costentry/{entry.pk}/change/").status_code == 200
    assert len(site.get(f"{ADMIN}costentry/?end_user__id__exact={user.pk}").context["cl"].result_list) == 1
    for path in ("add/", f"{entry.pk}/delete/", f"{entry.pk}/change/"):
        assert site.post(f"{ADMIN}costentry/{path}", {"amount_nanousd": 5}).status_code == 403


def test_a_flag_is_told_with_its_cure_and_dismissed(site: Browser, viewer_site: Browser, flag: ClientFlag) -> None:
    url = f"{ADMIN}client/{flag.client_id}/"
    page = site.get(f"{url}change/").content.decode()
    assert "Costs went down" in page
    assert "Call save_data() right after reset_cost()" in page
    assert viewer_site.post(f"{url}dismiss/{flag.pk}/").status_code == 403
    site.post(f"{url}dismiss/{flag.pk}/")
    flag.refresh_from_db()
    assert flag.dismissed_at is not None
    assert "dismissed" in site.get(f"{url}change/").content.decode()
    assert site.post(f"{url}dismiss/999/").status_code == 404


def test_a_flag_of_an_unknown_kind_stands_by_its_name(site: Browser, flag: ClientFlag) -> None:
    ClientFlag.objects.update(kind="from_the_future")
    assert "from_the_future" in site.get(f"{ADMIN}client/{flag.client_id}/change/").content.decode()


@pytest.mark.parametrize(
    ("hours", "failed", "said"),
    [(1, 0, "Cron runs the resets on time"), (3, 0, "Resets are late"), (1, 1, "1 user could not be reset")],
)
def test_late_resets_are_told(site: Browser, hours: int, failed: int, said: str) -> None:
    at = timezone.now() - timedelta(hours=hours)
    ResetRun.objects.create(started_at=at, finished_at=at, rolled=1, failed=failed)
    for path in (f"{ADMIN}resetrun/", "/admin/"):
        assert said in site.get(path).content.decode()


def test_a_login_is_added_and_its_change_logged(site: Browser, boss: User) -> None:
    data = {
        "username": "eve",
        "password1": "a long passphrase",
        "password2": "a long passphrase",
        "usable_password": "true",
    }
    assert site.post("/admin/auth/user/add/", data).status_code == 302
    eve = User.objects.get(username="eve")
    history = site.get(f"/admin/auth/user/{eve.pk}/history/").content.decode()
    assert "username: eve" in history
    assert "passphrase" not in history
    form = {
        "username": "eve",
        "email": "eve@example.com",
        "is_active": "on",
        "date_joined_0": "2026-01-01",
        "date_joined_1": "00:00",
    }
    assert site.post(f"/admin/auth/user/{eve.pk}/change/", form).status_code == 302
    assert "empty → eve@example.com" in site.get(f"/admin/auth/user/{eve.pk}/history/").content.decode()


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("budgets/enduser/", "End users"),
        ("budgets/resetrun/", "Reset runs"),
        ("auth/user/", "Logins"),
        ("auth/group/", "Groups"),
    ],
)
def test_a_list_has_one_name(site: Browser, path: str, title: str) -> None:
    html = site.get(f"/admin/{path}").content.decode()
    assert f"<title> {title} |" in " ".join(html.split())
    assert "Authentication and Authorization" not in html


def test_a_page_to_look_at_does_not_say_change(site: Browser, flag: ClientFlag) -> None:
    html = " ".join(site.get(f"{ADMIN}client/{flag.client_id}/change/").content.decode().split())
    assert "<title> web-1 | Client |" in html


def test_an_empty_history_says_whose_it_is(site: Browser, flag: ClientFlag) -> None:
    html = site.get(f"{ADMIN}client/{flag.client_id}/history/").content.decode()
    assert "No admin has changed anything here." in html


def test_a_history_is_in_utc(site: Browser, make_user: MakeUser) -> None:
    url = f"{ADMIN}enduser/{make_user('ann').pk}"
    site.post(f"{url}/archive/")
    assert f"{timezone.now():%Y-%m-%d }" in site.get(f"{url}/history/").content.decode()


def test_a_page_that_is_asked_first_names_its_object(site: Browser, make_user: MakeUser) -> None:
    user = make_user("ann")
    response = site.get(f"{ADMIN}enduser/{user.pk}/reset/")
    assert f'href="{ADMIN}enduser/{user.pk}/change/" class="align-middle' in response.content.decode()


def test_what_is_not_there_leads_home(db: None) -> None:
    response = Browser().get("/nothing/here")
    assert response.status_code == 404
    assert 'href="/admin/">To the dashboard' in response.content.decode()


def test_the_page_of_an_error_needs_no_context(db: None) -> None:
    assert 'href="/admin/">To the dashboard' in server_error(RequestFactory().get("/")).content.decode()


@pytest.mark.parametrize("path", ["project", "apikey", "enduser", "costentry", "client", "resetrun"])
def test_strangers_are_kept_out(db: None, path: str) -> None:
    stranger = Browser()
    stranger.force_login(User.objects.create_user("nobody", password="x", is_staff=True))
    assert stranger.get(f"{ADMIN}{path}/").status_code == 403
    assert Browser().get(f"{ADMIN}{path}/").status_code == 302


@pytest.mark.parametrize("count", [1, 4])
@pytest.mark.parametrize(("path", "queries"), [("project", 5), ("client", 7), ("costentry", 10), ("apikey", 6)])
def test_the_number_of_queries_does_not_grow(
    site: Browser,
    make_user: MakeUser,
    django_assert_num_queries: DjangoAssertNumQueries,
    path: str,
    queries: int,
    count: int,
) -> None:
    from budgets.services.keys import create_key

    for index in range(count):
        user = make_user(f"user {index}", spent=1)
        Client.objects.create(project=user.project, client_id=f"web-{index}", first_seen_at=NOW)
        create_key(label="k", project=user.project, expires_at=None, created_by=None, now=NOW)
        if index:
            Project.objects.create(name=f"p{index}")
    with django_assert_num_queries(queries):
        site.get(f"{ADMIN}{path}/")


def test_a_client_shows_what_is_not_told_apart_with_a_cure_for_its_own_key(site: Browser, make_user: MakeUser) -> None:
    project = make_user("ann").project
    api_key, _ = create_key(label="shop key", project=project, expires_at=None, created_by=None, now=NOW)
    client = Client.objects.create(project=project, api_key=api_key, first_seen_at=NOW, shared_nanousd=12_340_000_000)
    other = Client.objects.create(project=project, client_id="web-1", first_seen_at=NOW)
    ClientFlag.objects.create(project=project, client=client, kind="anonymous_spend", first_at=NOW, last_at=NOW)
    page = site.get(f"{ADMIN}client/{client.pk}/change/", headers={"host": "localhost"}).content.decode()
    assert "<strong>$12.34</strong> of what this client ever posted stands on a highest figure." in page
    assert f"# {api_key.prefix}_…" in page
    assert f"project_name=&quot;{project.name}&quot;" in page
    assert "http://{name}:{key}@localhost" in page
    assert "post_fork" not in page
    shown = site.get(f"{ADMIN}client/?state=shared").context["cl"].result_list
    assert list(shown) == [client]
    assert other not in site.get(f"{ADMIN}client/?flag=anonymous_spend").context["cl"].result_list
    assert len(site.get(f"{ADMIN}client/?flag=forked").context["cl"].result_list) == 0
    assert len(site.get(f"{ADMIN}client/?flag=what").context["cl"].result_list) == 2
    projects = site.get(f"{ADMIN}project/").content.decode()
    assert f"?state=shared&amp;project={project.pk}" in projects
    assert "$12.34" in projects


def test_a_fork_shows_what_may_have_been_counted_twice_and_how_to_build_after_it(
    site: Browser, make_user: MakeUser
) -> None:
    user = make_user("ann")
    project = user.project
    client = Client.objects.create(project=project, client_id="web-1", first_seen_at=NOW)
    view = View.objects.create(
        project=project, client=client, token="v", read_at=NOW, first_post_at=NOW, last_post_at=NOW, forked_at=NOW
    )
    for generation, doubtful_nanousd in ((1, 2_000_000_000), (2, 500_000_000), (3, 0)):
        HighWater.objects.create(
            project=project,
            view=view,
            end_user=user,
            name_hash=1,
            generation=generation,
            is_marked=True,
            period=user.periods.get(),
            opened_at=NOW,
            doubtful_nanousd=doubtful_nanousd,
        )
    ClientFlag.objects.create(project=project, client=client, kind="forked", first_at=NOW, last_at=NOW)
    page = site.get(f"{ADMIN}client/{client.pk}/change/").content.decode()
    assert "Figures go back and forth" in page
    assert "up to $2.50" in page
    assert "post_fork" in page
    assert "worker_process_init" in page


@pytest.mark.parametrize(
    ("entries", "within", "said"),
    [
        (14, timedelta(days=7), "2.0"),
        (14, timedelta(days=6.5), "2.1"),
        (5, timedelta(minutes=2), "5.0"),
        (0, timedelta(days=7), "0"),
        (12_000, timedelta(days=2), "6,000"),
    ],
)
def test_a_pace_is_of_the_time_that_there_was(entries: int, within: timedelta, said: str) -> None:
    assert a_day(entries, within) == said


def test_clients_are_listed_with_how_often_they_post_and_what_cures_them(site: Browser, make_user: MakeUser) -> None:
    user, now = make_user("ann"), timezone.now()
    long_ago = now - timedelta(days=9)
    busy, still = (
        Client.objects.create(project=user.project, client_id=name, first_seen_at=long_ago, last_post_at=seen)
        for name, seen in (("busy", now), ("still", long_ago))
    )
    for days, entries in ((0, 4), (6, 10), (7, 100), (29, 1000), (30, 10_000)):
        day = (now - timedelta(days=days)).date()
        ClientDaySpend.objects.create(
            project=user.project, client=busy, day=day, cost_nanousd=entries * 10**9, entries=entries
        )
    ClientFlag.objects.create(project=user.project, client=busy, kind="forked", first_at=now, last_at=now)
    page = site.get(f"{ADMIN}client/")
    assert [client.__dict__["lately"] for client in page.context["cl"].result_list] == [14, None]
    html = page.content.decode()
    # Of six whole days and what has passed of today.
    assert re.search(r'<span class="bs-figure">2\.[0-3]</span>', html)
    assert '<span class="bs-figure">$1,114.00</span>' in html
    assert "Build the BudgetManager after the fork" in html
    assert list(site.get(f"{ADMIN}client/?state=idle").context["cl"].result_list) == [still]


@pytest.mark.usefixtures("flag")
@pytest.mark.parametrize("query", ["", "?o=4", "?state=idle"])
def test_the_clients_list_never_reads_the_ledger(site: Browser, query: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        assert site.get(f"{ADMIN}client/{query}").status_code == 200
    assert [one["sql"] for one in queries if "budgets_costentry" in one["sql"]] == []


def test_one_clients_entries_are_a_click_away_with_what_they_come_to(site: Browser, make_user: MakeUser) -> None:
    user, now = make_user("ann"), timezone.now()
    mine, other = (
        Client.objects.create(project=user.project, client_id=name, first_seen_at=now) for name in ("mine", "other")
    )
    for index, client in enumerate((mine, mine, other)):
        CostEntry.objects.create(
            project=user.project,
            end_user=user,
            period=user.periods.get(),
            version=100 + index,
            amount_nanousd=1_500_000_001,
            recorded_at=now,
            source="client",
            client=client,
        )
    page = site.get(f"{ADMIN}client/{mine.pk}/change/").content.decode()
    link = f"{ADMIN}costentry/?client__id__exact={mine.pk}"
    assert f'href="{link}"' in page
    assert "<strong>$3.000000002</strong> in 2 entries" in site.get(link).content.decode()
    assert "in 1 entry" in site.get(f"{ADMIN}costentry/?client__id__exact={other.pk}").content.decode()
