"""Who reaches what: every page and act of the admin, asked by everybody, in two projects whose data could leak.

A page that is in no row of the table fails `test_every_page_is_in_the_table`: write its row, and so decide who may see
it.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
import time_machine
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.db import transaction
from django.test import Client as Browser
from django.test import RequestFactory
from django.urls import URLPattern, URLResolver, reverse
from django.views.generic import RedirectView
from pytest_django import DjangoAssertNumQueries

from budgets.admin import urls as instance_urls
from budgets.dashboard import urls as dashboard_urls
from budgets.models import Client, Membership, Project
from budgets.tests.admin.roles_table import ACTS, LOGIN, OUT, PAGES, Cell, edited_limit
from budgets.tests.admin.roles_world import ALIEN, COLUMNS, INSTANCE, OWN, Side, World, make_world, snapshot, words_in
from budgets.tests.factories import HOUR, NOW, make_project, make_user

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Response

# What everybody may do to themselves, and what Django's own redirects are.
NEVER_A_WRITE = {"login", "logout"}


@pytest.fixture
def world(db: None) -> Iterator[World]:
    # The factories' users begin at NOW.
    with time_machine.travel(NOW + HOUR):
        yield make_world()


def cell_of(response: "Response") -> Cell:
    """The answer as the table has it."""
    target = response.headers.get("Location", "")
    if target.startswith("/admin/login/"):
        return LOGIN
    return OUT if response.status_code == 302 and target == "/admin/" else response.status_code


def wrong_words(browser: Browser, response: "Response", words: list[str]) -> list[str]:
    """What the answer, or the page that it leads to, holds and must not."""
    found = words_in(response.getvalue().decode(), words)
    if response.status_code == 302:
        found += words_in(browser.get(response.headers["Location"]).content.decode(), words)
    return found


@pytest.mark.parametrize("column", COLUMNS)
def test_every_page_answers_as_the_table_says_and_leaks_nothing(world: World, column: str) -> None:
    browser, faults = world.browser(column), list[Any]()
    words = world.forbidden_words(column)
    before = snapshot()
    for row in PAGES:
        url = row.url(world, world.own)
        response = browser.get(url)
        expected = row.cell(column)
        # The login page leads those who are in to the dashboard.
        if cell_of(response) != (OUT if row.page == "login" and expected == 302 else expected):
            faults.append((url, cell_of(response), expected))
        faults += [(url, word) for word in wrong_words(browser, response, words)]
    assert not faults, "\n".join(map(str, faults))
    assert snapshot() == before


def test_no_page_of_another_project_is_shown(world: World) -> None:
    """The same rows with the other project's ids, asked by the one who sees most."""
    column = "owner"
    browser, faults = world.browser(column), list[Any]()
    for row in PAGES:
        url = row.url(world, world.alien)
        response = browser.get(url)
        is_object = bool(row.args(world, world.alien)) and row.of_project and row.page != "app_list"
        if is_object and cell_of(response) not in {OUT, 403, 404}:
            faults.append((url, cell_of(response)))
        faults += [(url, word) for word in wrong_words(browser, response, world.forbidden_words(column))]
    assert not faults, "\n".join(map(str, faults))


@pytest.mark.parametrize("column", COLUMNS)
def test_every_act_does_what_the_table_says_and_a_forbidden_one_changes_nothing(world: World, column: str) -> None:
    faults: list[Any] = []
    browser = world.browser(column)
    words = world.forbidden_words(column)
    before, session = snapshot(), browser.cookies.output(header="")
    for row in ACTS:
        assert row.data is not None
        with transaction.atomic():
            # A password that is changed, and then rolled back, has given the browser another session.
            browser.cookies.load(session)
            url = row.url(world, world.own)
            response = browser.post(url, row.data(world, world.own, column))
            faults += [(url, row.act, word) for word in words_in(response.content.decode(), words)]
            if cell_of(response) != row.cell(column):
                faults.append((url, row.act, cell_of(response), row.cell(column)))
            if (snapshot() != before) != (column in row.writes):
                faults.append((url, row.act, "did not write" if column in row.writes else "wrote"))
            transaction.set_rollback(True)
    assert not faults, "\n".join(map(str, faults))


def test_no_act_reaches_another_project(world: World) -> None:
    """The same acts with the other project's ids, by the one who may do most."""
    column = "owner"
    faults: list[Any] = []
    browser, words = world.browser(column), world.forbidden_words(column)
    before = snapshot()
    for row in ACTS:
        if row.of_project:
            assert row.data is not None
            url = row.url(world, world.alien)
            response = browser.post(url, row.data(world, world.alien, column))
            faults += [(url, row.act, word) for word in words_in(response.content.decode(), words)]
    assert not faults, "\n".join(map(str, faults))
    assert snapshot() == before


@pytest.mark.parametrize("column", ["stranger", "manager", "owner"])
def test_what_is_no_act_is_not_made_one_by_posting(world: World, column: str) -> None:
    data = {"post": "yes", "_save": "Save", "_popup": "1", "_to_field": "id"}
    acts = {(row.page, row.args(world, world.own)) for row in ACTS} | {(page, ()) for page in NEVER_A_WRITE}
    browser, before = world.browser(column), snapshot()
    for row in PAGES:
        if (row.page, row.args(world, world.own)) not in acts:
            browser.post(row.url(world, world.own), data)
    assert snapshot() == before


LISTS = sorted({row.page for row in PAGES if row.page.endswith("_changelist")})


def tricks(hidden: Side, world: World, stranger: User) -> list[tuple[str, str]]:
    """Queries of lists that would show another project's rows if they could."""
    part = hidden.word[:-1]
    everywhere = [(page, f"?project={hidden.project.pk}") for page in LISTS] + [(page, f"?q={part}") for page in LISTS]
    return [
        *everywhere,
        ("budgets_enduser_changelist", "?archived=all&_popup=1&_to_field=id"),
        ("budgets_enduser_changelist", f"?name__startswith={part}"),
        ("budgets_costentry_changelist", f"?end_user__id__exact={hidden.user.pk}"),
        ("budgets_costentry_changelist", f"?model={part}"),
        ("budgets_client_changelist", f"?q={world.instance_key.prefix[3:8]}"),
        ("budgets_client_changelist", f"?q={INSTANCE[:-1]}"),
        ("budgets_client_changelist", "?api_key__key_hash__startswith=a"),
        ("budgets_project_changelist", f"?name__startswith={part}"),
        ("budgets_project_changelist", "?mark_key__gt=a"),
        ("budgets_apikey_changelist", "?status=usable&all="),
        ("admin_logentry_changelist", f"?login={stranger.pk}"),
        ("admin_logentry_changelist", "?subject=auth.user"),
    ]


@pytest.mark.parametrize("column", ["owner", "other"])
def test_no_search_filter_or_trick_of_a_list_shows_another_project(world: World, column: str) -> None:
    browser, faults = world.browser(column), list[Any]()
    hidden, stranger = (world.own, "owner") if column == "other" else (world.alien, "other")
    for page, query in tricks(hidden, world, world.logins[stranger]):
        response = browser.get(reverse(f"admin:{page}") + query)
        if response.status_code not in {200, 302, 400, 403}:
            faults.append((page, query, response.status_code))
        faults += [(page, query, word) for word in words_in(response.content.decode(), world.forbidden_words(column))]
    assert not faults, "\n".join(map(str, faults))


def test_a_member_does_not_find_clients_by_the_label_of_a_key_to_the_instance(world: World) -> None:
    for column, found in (("owner", 0), ("boss", 2)):
        page = world.browser(column).get(reverse("admin:budgets_client_changelist") + f"?q={INSTANCE}")
        assert len(page.context["cl"].result_list) == found, column


def test_the_figures_of_the_dashboard_are_of_the_own_projects(world: World) -> None:
    """Counts and sums have no names that could be seen."""
    make_user(world.alien.project, "one more", usd=5)
    figures = {}
    for column in ("viewer", "other", "boss"):
        found = world.browser(column).get(reverse("admin:index")).context["overview"]
        counts = found["counts"]
        figures[column] = (counts.users, counts.over, found["total"].entries, found["active"], len(found["users"]))
    assert figures == {"viewer": (1, 1, 1, 1, 1), "other": (2, 1, 1, 1, 1), "boss": (3, 2, 2, 2, 2)}


def test_a_member_of_a_project_without_spend_is_not_told_of_the_others(world: World) -> None:
    empty = make_project("empty")
    Membership.objects.filter(login=world.logins["viewer"]).update(project=empty)
    assert world.browser("viewer").get(reverse("admin:index")).context["overview"]["is_new"]


def test_a_lookup_that_no_list_uses_is_refused(world: World) -> None:
    """By halves, it would tell a secret that no column shows."""
    for browser in (world.browser("viewer"), world.browser("boss")):
        for query in ("?mark_key__gt=a", "?project__mark_key__gt=a", "?name__startswith=h"):
            assert browser.get(reverse("admin:budgets_project_changelist") + query).status_code == 400


def test_a_list_of_two_projects_is_edited_only_where_one_may(world: World) -> None:
    """One login, a viewer here and a manager there."""
    both = world.logins["viewer"]
    Membership.objects.create(project=world.alien.project, login=both, role="manager")
    browser, before = world.browser("viewer"), snapshot()
    url = reverse("admin:budgets_enduser_changelist")
    page = browser.get(url).content.decode()
    boxes = re.findall(r"<input[^>]*data-bs-limit[^>]*>", page)
    # Limit and duration of each.
    assert sorted(bool(re.search(r"\sdisabled[\s>]", box)) for box in boxes) == [False, False, True, True]
    browser.post(url, edited_limit(world, world.own, "viewer"))
    selected = [world.own.user.pk, world.alien.user.pk]
    for confirmed in ({}, {"confirmed": "yes", "reason": "x"}):
        data = {"action": "reset_selected", "_selected_action": selected} | confirmed
        assert "you may only look" in browser.post(url, data, follow=True).content.decode()
    assert (
        browser.post(reverse("admin:budgets_enduser_reset", args=(world.own.user.pk,)), {"reason": "x"}).status_code
        == 403
    )
    assert snapshot() == before
    browser.post(url, edited_limit(world, world.alien, "viewer"))
    assert snapshot() != before


def test_keys_are_counted_for_the_projects_whose_keys_one_may_see(world: World) -> None:
    login = world.logins["owner"]
    Membership.objects.create(project=world.alien.project, login=login, role="viewer")
    page = world.browser("owner").get(reverse("admin:budgets_project_changelist") + "?o=-5").content.decode()
    links = re.findall(r"/apikey/\?project=(\d+)", page)
    assert links == [str(world.own.project.pk)]
    assert world.alien.project.name in page


def test_the_key_of_an_anonymous_client_is_named_to_those_who_may_see_it(world: World) -> None:
    clients = Client.objects.filter(project=world.own.project, client_id="").order_by("pk")
    urls = [reverse("admin:budgets_client_change", args=(client.pk,)) for client in clients]
    pages = list(zip((OWN, INSTANCE), urls, strict=True))
    named = {
        column: [f"{word}-key (" in world.browser(column).get(url).content.decode() for word, url in pages]
        for column in ("viewer", "manager", "owner", "boss")
    }
    assert named == {
        "viewer": [False, False],
        "manager": [False, False],
        "owner": [True, False],
        "boss": [True, True],
    }


def test_instance_wide_permissions_go_on_reaching_every_project(world: World) -> None:
    world.logins["stranger"].user_permissions.set(Permission.objects.filter(codename="view_enduser"))
    page = world.browser("stranger").get(reverse("admin:budgets_enduser_changelist")).content.decode()
    assert f"{OWN}-user" in page
    assert f"{ALIEN}-user" in page
    assert world.browser("stranger").get(reverse("admin:budgets_apikey_changelist")).status_code == 403
    # With a role beside it: all users to look at, and those of the one project to change.
    Membership.objects.create(project=world.own.project, login=world.logins["stranger"], role="manager")
    own, alien = (reverse("admin:budgets_enduser_reset", args=(side.user.pk,)) for side in (world.own, world.alien))
    assert world.browser("stranger").get(own).status_code == 200
    assert world.browser("stranger").get(alien).status_code == 403


@pytest.mark.parametrize("change", [{"is_active": False}, {"is_staff": False}])
def test_a_login_that_may_not_sign_in_reaches_nothing(world: World, change: dict[str, bool]) -> None:
    browser = world.browser("owner")
    assert browser.get(reverse("admin:budgets_enduser_changelist")).status_code == 200
    type(world.logins["owner"]).objects.filter(pk=world.logins["owner"].pk).update(**change)
    assert cell_of(browser.get(reverse("admin:budgets_enduser_changelist"))) == LOGIN


def test_a_role_that_ends_ends_with_the_next_click(world: World) -> None:
    browser = world.browser("owner")
    assert browser.get(reverse("admin:budgets_apikey_changelist")).status_code == 200
    Membership.objects.filter(login=world.logins["owner"]).update(role="viewer")
    assert browser.get(reverse("admin:budgets_apikey_changelist")).status_code == 403
    Membership.objects.filter(login=world.logins["owner"]).delete()
    assert browser.get(reverse("admin:budgets_enduser_changelist")).status_code == 403


def admin_patterns() -> list[URLPattern]:
    """Every page of the admin."""

    def walk(patterns: list[URLPattern | URLResolver]) -> list[URLPattern]:
        found: list[URLPattern] = []
        for one in patterns:
            found += walk(one.url_patterns) if isinstance(one, URLResolver) else [one]
        return found

    return walk(admin.site.get_urls())


def own_pages() -> set[str]:
    """Our pages beside the admin's, by their names in the table."""
    return {f"{urls.app_name}:{one.name}" for urls in (instance_urls, dashboard_urls) for one in urls.urlpatterns}


def test_every_page_is_in_the_table() -> None:
    unnamed = [one for one in admin_patterns() if one.name is None]
    # The old addresses of change pages, and the one that answers 404.
    assert all(
        getattr(one.callback, "view_class", None) is RedirectView or "catch_all" in one.callback.__name__
        for one in unnamed
    )
    assert {one.name for one in admin_patterns() if one.name} | own_pages() == {row.page for row in PAGES}


def test_every_action_of_a_list_is_in_the_table(world: World) -> None:
    request = RequestFactory().get("/")
    request.user = world.logins["boss"]
    actions = {
        (f"{model._meta.app_label}_{model._meta.model_name}_changelist", name)
        for model, model_admin in admin.site._registry.items()
        for name in model_admin.get_actions(request)
    }
    assert actions == {(row.page, row.act) for row in ACTS if row.act.endswith("_selected")}


@pytest.mark.parametrize("count", [1, 5])
@pytest.mark.parametrize(
    ("page", "queries"), [("index", 30), ("budgets_enduser_changelist", 10), ("budgets_project_changelist", 8)]
)
def test_the_number_of_queries_does_not_grow_with_projects(
    world: World, django_assert_num_queries: DjangoAssertNumQueries, page: str, queries: int, count: int
) -> None:
    for index in range(count):
        project = Project.objects.create(name=f"{OWN}-{index}")
        Membership.objects.create(project=project, login=world.logins["owner"], role="owner")
    browser = world.browser("owner")
    with django_assert_num_queries(queries):
        browser.get(reverse(f"admin:{page}"))
