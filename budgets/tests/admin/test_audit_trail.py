"""The audit trail: every write of the admin is in it, with before and after, or is not made."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, Permission, User
from django.db import DatabaseError, transaction
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from budgets.models import LogScope
from budgets.tests.admin.roles_table import ACTS, Row
from budgets.tests.admin.roles_world import ALIEN, INSTANCE, OWN, World, make_world, snapshot
from budgets.tests.factories import HOUR, NOW

TRAIL = "/admin/admin/logentry/"
WRITES = [row for row in ACTS if row.writes]
# What each act says, beside who, when and what it was done to.
SAID = {
    "budgets_enduser_add": "Added to project homely-project. limit: $5.00; duration: never",
    "budgets_enduser_change": "limit: $1.00 → $7.00; duration: daily → never resets",
    "budgets_enduser_changelist edit": "limit: $1.00 → $99.00",
    "budgets_enduser_changelist reset_selected": "Reset: spent $2.00 → $0.00. Reason: “x”",
    "budgets_enduser_changelist archive_selected": "Archived: in use → archived.",
    "budgets_enduser_changelist restore_selected": "Restored: archived → in use.",
    "budgets_enduser_changelist set_limit_selected": "limit: $1.00 → $77.00",
    "budgets_enduser_changelist scale_limit_selected": "limit: $1.00 → $1.25",
    "budgets_enduser_changelist set_duration_selected": "duration: daily → 14 days",
    "budgets_enduser_reset": "Reset: spent $2.00 → $0.00. Reason: “x”",
    "budgets_enduser_adjust": "Adjusted by $1.00 on m: spent $2.00 → $3.00. Reason: “x”",
    "budgets_enduser_archive": "Archived: in use → archived.",
    "budgets_enduser_restore": "Restored: archived → in use.",
    "budgets_client_dismiss": "open → dismissed.",
    "budgets_project_add": "Added. name: new",
    "budgets_apikey_add": "Added. label: new; scope: homely-project; expires: never",
    "budgets_apikey_add instance": "Added. label: new; scope: whole instance; expires: never",
    "budgets_apikey_revoke": "Revoked: usable → revoked.",
    "budgets_apikey_rotate": "Rotated: usable → revoked, and replaced by ",
    "budgets_membership_add": "Role of stranger in project homely-project: none → owner.",
    "budgets_membership_change": "Role of homely-member in project homely-project: viewer → owner.",
    "budgets_membership_remove": "Role of homely-member in project homely-project: viewer → none.",
    "password_change": "password changed",
    "auth_user_add": "Added. username: new",
    "auth_user_change": "superuser status: False → True",
    "auth_user_password_change": "password changed",
    "auth_group_add": "Added. name: new",
    "auth_group_change": "name: instancy-group → renamed",
    "auth_group_delete": "Removed. Permissions: empty; logins: empty",
    "instance:run_resets": "Run from the health page: 0 reset, 0 failed.",
    "instance:check_ledger": "Checked from the health page: 0 broken invariants.",
    "auth_group_changelist delete_selected": "Removed. Permissions: empty; logins: empty",
}


@pytest.fixture
def world(db: None) -> Iterator[World]:
    # The factories' users begin at NOW.
    with time_machine.travel(NOW + HOUR):
        yield make_world()


@pytest.fixture
def boss(world: World) -> Browser:
    return world.browser("boss")


def act(browser: Browser, world: World, row: Row) -> None:
    assert row.data is not None
    browser.post(row.url(world, world.own), row.data(world, world.own, "boss"))


@pytest.fixture
def known(world: World) -> set[int]:
    """The entries of the trail before anything is done."""
    return set(LogEntry.objects.values_list("pk", flat=True))


def undone(boss: Browser, world: World, rows: list[Row]) -> Iterator[Row]:
    """Do each act, give its row to look at what came of it, and undo it."""
    session = boss.cookies.output(header="")
    for row in rows:
        with transaction.atomic():
            boss.cookies.load(session)
            act(boss, world, row)
            yield row
            transaction.set_rollback(True)


def test_every_write_says_who_when_and_what_before_and_after(world: World, boss: Browser, known: set[int]) -> None:
    started = timezone.now()
    for row in undone(boss, world, WRITES):
        name = f"{row.page} {row.act}".strip()
        made = list(LogEntry.objects.exclude(pk__in=known).order_by("pk"))
        assert {entry.user for entry in made} == {world.logins["boss"]}, name
        assert all(started <= entry.action_time <= timezone.now() and entry.object_repr for entry in made), name
        said = " ".join(entry.get_change_message() for entry in made)
        assert SAID[name] in said
        assert not re.search("pbkdf2|md5\\$|passphrase", said), name


def test_owners_are_shown_what_is_about_their_project(world: World, boss: Browser, known: set[int]) -> None:
    for row in undone(boss, world, WRITES):
        scopes = LogScope.objects.exclude(entry__in=known).values_list("project__name", flat=True)
        is_new = row.page == "budgets_project_add"
        expected = {"new"} if is_new else {f"{OWN}-project"} if row.of_project else set()
        assert set(scopes) == expected, row.page
        unscoped = LogEntry.objects.exclude(pk__in=known).filter(scope=None).exists()
        assert unscoped == (not expected), row.page


def test_a_write_that_cannot_be_told_is_not_made(world: World, boss: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: Any, **_kwargs: Any) -> Any:
        raise DatabaseError("the log is full")

    before = snapshot()
    monkeypatch.setattr("django.contrib.admin.models.LogEntryManager.log_actions", fail)
    for row in WRITES:
        act(boss, world, row)
        assert snapshot() == before, row.page


def test_a_write_that_fails_leaves_no_word(world: World, boss: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: Any, **_kwargs: Any) -> Any:
        raise DatabaseError("nothing can be written")

    before = snapshot()
    for where in ("reset_cost", "archive", "adjust"):
        monkeypatch.setattr(f"budgets.admin.end_user_acts.{where}", fail)
    for where in ("revoke_key", "rotate_key"):
        monkeypatch.setattr(f"budgets.admin.api_keys.{where}", fail)
    monkeypatch.setattr("budgets.admin.clients.dismiss_flag", fail)
    monkeypatch.setattr("budgets.admin.memberships.remove_member", fail)
    names = ("reset", "archive", "adjust", "revoke", "rotate", "dismiss", "remove")
    monkeypatch.setattr("django.db.models.query.QuerySet.delete", fail)
    for row in WRITES:
        if row.page.endswith(names) or row.act in {"reset_selected", "archive_selected", "delete_selected"}:
            act(boss, world, row)
    assert snapshot() == before


def test_lists_are_told_by_what_came_and_went(world: World, boss: Browser) -> None:
    permissions = list(Permission.objects.filter(codename__in=["view_enduser", "view_project", "view_client"]))
    url = reverse("admin:auth_group_change", args=(world.group.pk,))
    for chosen in (permissions[:2], permissions[1:]):
        boss.post(url, {"name": world.group.name, "permissions": [one.pk for one in chosen]})
    first, second = LogEntry.objects.filter(object_id=str(world.group.pk), content_type__model="group").order_by("pk")
    assert first.get_change_message() == f"permissions: added {', '.join(sorted(map(str, permissions[:2])))}"
    assert second.get_change_message() == f"permissions: added {permissions[2]}, removed {permissions[0]}"
    form = {"username": world.person.username, "is_active": "on", "groups": [world.group.pk]}
    form |= {"date_joined_0": "2026-01-01", "date_joined_1": "00:00"}
    boss.post(reverse("admin:auth_user_change", args=(world.person.pk,)), form)
    said = LogEntry.objects.latest("pk").get_change_message()
    assert "staff status: True → False" in said
    assert f"groups: added {INSTANCE}-group" in said
    boss.post(reverse("admin:auth_group_delete", args=(world.group.pk,)), {"post": "yes"})
    assert f"logins: {INSTANCE}-person" in LogEntry.objects.latest("pk").get_change_message()


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 3),
        ("?project={project}", 1),
        ("?project=x", 0),
        ("?login={login}", 3),
        ("?login=999", 0),
        ("?subject=budgets.enduser", 2),
        ("?subject=budgets.apikey", 1),
        ("?subject=auth.group", 0),
        ("?subject=no.such", 3),
        ("?act=changed", 3),
        ("?act=added", 0),
        ("?since=1", 3),
        ("?p=99999", 0),
    ],
)
def test_the_trail_is_filtered(world: World, boss: Browser, query: str, count: int) -> None:
    path = TRAIL + query.format(project=world.own.project.pk, login=world.logins["boss"].pk)
    response = boss.get(path)
    assert response.status_code == 200
    assert len(response.context["cl"].result_list) == count


def test_an_owner_filters_by_the_projects_own_logins_and_subjects(world: World) -> None:
    changelist = world.browser("owner").get(TRAIL).context["cl"]
    choices = {spec.title: [label for _, label in spec.lookup_choices] for spec in changelist.filter_specs}
    assert all(name.startswith(OWN) for name in choices["login"])
    assert len(choices["login"]) == 4
    assert "Groups" not in choices["subject"]
    assert not any(ALIEN in name for name in choices["project"])


@pytest.mark.parametrize("count", [1, 30])
@pytest.mark.parametrize(("column", "queries"), [("boss", 5), ("owner", 8)])
def test_the_trail_is_bounded(
    world: World, django_assert_num_queries: DjangoAssertNumQueries, count: int, column: str, queries: int
) -> None:
    act_row = next(row for row in WRITES if row.page == "budgets_enduser_adjust")
    for _ in range(count):
        act(world.browser("boss"), world, act_row)
    browser = world.browser(column)
    with django_assert_num_queries(queries) as captured:
        page = browser.get(TRAIL)
    assert "Adjusted by $1.00 on m" in page.content.decode()
    assert not any("COUNT(" in query["sql"] for query in captured)


def test_a_login_is_not_deleted_with_what_it_did(world: World, boss: Browser) -> None:
    url = reverse("admin:auth_user_delete", args=(world.logins["owner"].pk,))
    assert boss.post(url, {"post": "yes"}).status_code == 403
    changelist = reverse("admin:auth_user_changelist")
    boss.post(changelist, {"action": "delete_selected", "post": "yes", "_selected_action": world.logins["owner"].pk})
    assert User.objects.filter(pk=world.logins["owner"].pk).exists()


def test_one_with_djangos_permission_for_logins_does_not_raise_itself(world: World) -> None:
    deputy = world.logins["stranger"]
    codenames = ("view_user", "change_user", "add_user", "view_group", "change_group")
    deputy.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    Group.objects.get().permissions.set(Permission.objects.all()[:3])
    browser = world.browser("stranger")
    form = {
        "username": "stranger", "is_active": "on", "is_staff": "on", "is_superuser": "on", "first_name": "Dee",
        "groups": [world.group.pk], "user_permissions": [Permission.objects.earliest("pk").pk],
        "date_joined_0": "2026-01-01", "date_joined_1": "00:00",
    }  # fmt: skip
    assert browser.post(reverse("admin:auth_user_change", args=(deputy.pk,)), form).status_code == 302
    deputy.refresh_from_db()
    assert (deputy.first_name, deputy.is_superuser, deputy.groups.count()) == ("Dee", False, 0)
    assert deputy.user_permissions.count() == len(codenames)
    boss = world.logins["boss"].pk
    new = {"password1": "a long passphrase", "password2": "a long passphrase", "usable_password": "true"}
    assert browser.post(reverse("admin:auth_user_password_change", args=(boss,)), new).status_code == 403
    assert browser.post(reverse("admin:auth_user_change", args=(boss,)), form).status_code == 403
    assert browser.post(reverse("admin:auth_group_change", args=(world.group.pk,)), {"name": "x"}).status_code == 403
