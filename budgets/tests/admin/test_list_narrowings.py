"""What a list leaves out is told above it, and can be taken off."""

import re
from html import unescape

import pytest
from django.contrib.auth.models import User
from django.test import Client as Browser

from budgets.admin import filters
from budgets.domain.roles import Role
from budgets.models import Client
from budgets.services.members import give_role
from budgets.services.projects import create_project
from budgets.tests.factories import NOW, make_project, make_user

pytestmark = pytest.mark.django_db
ENTRIES, USERS = "/admin/budgets/costentry/", "/admin/budgets/enduser/"


def told(site: Browser, url: str) -> list[tuple[str, str, str]]:
    page = site.get(url)
    found = page.context["cl"].narrowings
    chips = re.findall(r'class="bs-chip" href="(.*?)">.*?<span>(.*?): <bdi>(.*?)</bdi>', page.content.decode())
    assert [tuple(map(unescape, chip)) for chip in chips] == [(one.without, one.title, one.value) for one in found]
    return [(one.title, one.value, one.without) for one in found]


def test_a_row_is_named_and_each_filter_can_be_taken_off(site: Browser) -> None:
    project = make_project("shop")
    user = make_user(project, "ann")
    client = Client.objects.create(project=project, client_id="web-1", first_seen_at=NOW)
    address = f"{ENTRIES}?end_user__id__exact={user.pk}&client__id__exact={client.pk}&since=30"
    assert told(site, address) == [
        ("user", "ann", f"?client__id__exact={client.pk}&since=30"),
        ("client", "web-1", f"?end_user__id__exact={user.pk}&since=30"),
        ("date", "last 30 days", f"?client__id__exact={client.pk}&end_user__id__exact={user.pk}"),
    ]
    assert told(site, ENTRIES) == []


def test_a_list_without_rows_says_what_left_none(site: Browser) -> None:
    project = make_project("shop")
    page = site.get(f"{USERS}?limit=over&project={project.pk}").content.decode()
    assert "Nothing matches limit: <bdi>over the limit</bdi>, project: <bdi>shop</bdi>." in " ".join(page.split())


@pytest.mark.parametrize("value", ["x", "9" * 30, "-1"])
def test_what_is_no_row_is_told_as_it_was_asked(site: Browser, value: str) -> None:
    page = site.get(f"{ENTRIES}?client__id__exact={value}")
    if value == "x":
        # Django leads to the list as it is.
        assert page.headers["Location"] == f"{ENTRIES}?e=1"
    else:
        assert [one.value for one in page.context["cl"].narrowings] == [value]


def test_a_row_out_of_reach_is_not_named(site: Browser) -> None:
    mine, others = create_project(name="mine", now=NOW), create_project(name="others", now=NOW)
    secret = make_user(others, "secret")
    member = User.objects.create_user("member", password="x", is_staff=True)
    give_role(project=mine, login=member, role=Role.VIEWER, now=NOW)
    browser = Browser()
    browser.force_login(member)
    found = told(browser, f"{ENTRIES}?end_user__id__exact={secret.pk}")
    assert found == [("user", str(secret.pk), "?")]


@pytest.mark.parametrize("query", ["source=foo", "since=garbage", "since=5"])
def test_a_value_that_filters_nothing_is_no_filter(site: Browser, query: str) -> None:
    assert told(site, f"{ENTRIES}?{query}") == []


@pytest.mark.parametrize("query", ["limit=bogus", "duration=14", "spent=bogus", "archived=bogus"])
def test_nor_is_one_of_users(site: Browser, query: str) -> None:
    assert told(site, f"{USERS}?{query}") == []


def test_archived_users_beside_the_others_are_told_in_words(site: Browser) -> None:
    assert told(site, f"{USERS}?archived=all") == [("state", "in use or archived", "?")]


def test_all_are_taken_off_and_the_search_stays(site: Browser) -> None:
    page = site.get(f"{USERS}?limit=over&q=ann&o=-5")
    assert page.context["cl"].without_narrowings == "?o=-5&q=ann"


def test_each_row_of_a_lookup_that_comes_twice_is_named(site: Browser) -> None:
    project = make_project("shop")
    ids = [make_user(project, name).pk for name in ("ann", "bob")]
    (found,) = told(site, f"{ENTRIES}?end_user__id__exact={ids[0]}&end_user__id__exact={ids[1]}")
    assert found[:2] == ("user", "ann or bob")


def test_the_chosen_project_is_named_however_many_there_are(site: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filters, "MAX_CHOICES", 1)
    make_project("a first one")
    chosen = make_project("z the last")
    assert told(site, f"{USERS}?project={chosen.pk}")[0][1] == "z the last"
