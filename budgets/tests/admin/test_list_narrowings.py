"""What a list leaves out is told above it, and can be taken off."""

import pytest
from django.contrib.auth.models import User
from django.test import Client as Browser

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
    assert all(one.value in page.content.decode() for one in found)
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
    assert page.status_code in (200, 302)
    if page.status_code == 200:
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
