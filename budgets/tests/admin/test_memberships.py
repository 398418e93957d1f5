"""Members in the admin: who invites whom, and what the pages say."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.test import Client

from budgets.domain.roles import Role
from budgets.models import Membership, Project
from budgets.services.members import give_role
from budgets.tests.admin.conftest import NOW

LIST = "/admin/budgets/membership/"


@pytest.fixture
def owner(the_project: Project) -> Membership:
    login = User.objects.create_user("olga", is_staff=True)
    return give_role(project=the_project, login=login, role=Role.OWNER, now=NOW)


@pytest.fixture
def owner_site(owner: Membership) -> Client:
    browser = Client()
    browser.force_login(owner.login)
    return browser


def invite(browser: Client, project: Project, username: str, role: str = "viewer") -> str:
    data = {"project": project.pk, "username": username, "role": role}
    return browser.post(f"{LIST}add/", data, follow=True).content.decode()


def test_an_owner_gives_a_role_by_exact_name_and_sees_no_other_login(
    owner_site: Client, the_project: Project, owner: Membership
) -> None:
    for name in ("ann", "secret-name"):
        User.objects.create_user(name, is_staff=True)
    assert "secret-name" not in owner_site.get(f"{LIST}add/").content.decode()
    page = invite(owner_site, the_project, "ann", "manager")
    assert Membership.objects.get(login__username="ann").role == "manager"
    assert "secret-name" not in page
    assert LogEntry.objects.get().get_change_message() == "Role of ann in project shop: none → manager."
    # The project's page shows its members to all of them.
    ann = Client()
    ann.force_login(User.objects.get(username="ann"))
    page = ann.get(f"/admin/budgets/project/{the_project.pk}/change/").content.decode()
    assert "olga" in page
    assert "Add a member" not in page


@pytest.mark.parametrize("username", ["nobody", "ANN", "an", "inactive", "not-staff", "an\0n"])
def test_a_name_that_cannot_sign_in_is_refused_in_the_same_words(
    owner_site: Client, the_project: Project, username: str
) -> None:
    User.objects.create_user("ann", is_staff=True)
    User.objects.create_user("inactive", is_staff=True, is_active=False)
    User.objects.create_user("not-staff")
    page = invite(owner_site, the_project, username)
    assert ("No login of exactly this name" in page) or "\0" in username
    assert Membership.objects.count() == 1


def test_a_member_is_not_made_one_twice(owner_site: Client, the_project: Project) -> None:
    assert "member of this project already" in invite(owner_site, the_project, "olga")


def test_the_last_owner_is_kept_and_a_superuser_may_do_without(
    owner_site: Client, site: Client, owner: Membership
) -> None:
    page = f"{LIST}{owner.pk}/"
    for path, data in ((f"{page}change/", {"role": "viewer"}), (f"{page}remove/", {})):
        assert "last owner" in owner_site.post(path, data, follow=True).content.decode()
    assert Membership.objects.get().role == "owner"
    assert not LogEntry.objects.exists()
    site.post(f"{page}change/", {"role": "viewer"})
    assert Membership.objects.get().role == "viewer"
    site.post(f"{page}remove/")
    assert not Membership.objects.exists()
    said = [entry.get_change_message() for entry in LogEntry.objects.order_by("pk")]
    assert said == ["Role of olga in project shop: owner → viewer.", "Role of olga in project shop: viewer → none."]


def test_an_owner_may_leave_once_there_is_another(owner_site: Client, the_project: Project, owner: Membership) -> None:
    User.objects.create_user("ann", is_staff=True)
    invite(owner_site, the_project, "ann", "owner")
    response = owner_site.post(f"{LIST}{owner.pk}/remove/", follow=True)
    assert response.status_code == 200
    assert "Removed \u2068olga\u2069 from \u2068shop\u2069" in response.content.decode()
    assert owner_site.get(LIST).status_code == 403


def test_an_owner_makes_a_key_of_the_project_and_none_of_the_instance(owner_site: Client, the_project: Project) -> None:
    page = owner_site.get("/admin/budgets/apikey/add/").content.decode()
    assert "key to the whole instance" not in page
    data = {"label": "web", "project": "", "expires_at_0": "", "expires_at_1": ""}
    assert "This field is required" in owner_site.post("/admin/budgets/apikey/add/", data).content.decode()
    made = owner_site.post("/admin/budgets/apikey/add/", data | {"project": the_project.pk})
    assert "Copy it now" in made.content.decode()


@pytest.mark.parametrize("query", ["?role=owner", "?role=x", "?project=x", "?q=olga"])
def test_members_are_filtered(owner_site: Client, query: str) -> None:
    found = len(owner_site.get(LIST + query).context["cl"].result_list)
    assert found == (0 if query == "?project=x" else 1)


@pytest.mark.parametrize("query", ["", "?project=1", "?project=x", f"?project={'9' * 40}"])
def test_the_link_of_a_project_fills_it_in(site: Client, the_project: Project, query: str) -> None:
    assert site.get(f"{LIST}add/{query}").status_code == 200
