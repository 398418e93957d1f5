"""Who reads, and what state it finds."""

from collections.abc import Callable

import pytest

from budgets.queries.handed_out import read_handed_out
from budgets.services.clients import Caller, get_or_create_client
from budgets.services.end_users import archive
from budgets.services.keys import create_key
from budgets.services.readers import Reader, find_reader
from budgets.tests.factories import NOW, make_caller, make_project, make_user, spend

pytestmark = pytest.mark.django_db


def test_who_was_never_seen_in_the_project_is_nobody() -> None:
    project = make_project()
    caller = make_caller(project)
    assert find_reader(project_name="no such", caller=caller) is None
    assert find_reader(project_name=project.name, caller=caller) is None
    client = get_or_create_client(project=project, caller=caller, now=NOW)
    found = find_reader(project_name=project.name, caller=caller)
    assert found == Reader(client.pk, project.pk, bytes(project.mark_key), 0, None)


def test_a_client_is_of_its_id_or_of_its_key_and_of_one_project() -> None:
    projects = [make_project("one"), make_project("other")]
    keys = [create_key(label=one, project=None, expires_at=None, created_by=None, now=NOW)[0] for one in "ab"]
    callers = [Caller(key, client_id) for key in keys for client_id in ("", "app")]
    made = {}
    for project in projects:
        for caller in callers:
            name = (project.name, caller.client_id or caller.api_key.label)
            made[name] = get_or_create_client(project=project, caller=caller, now=NOW)
    assert len(set(made.values())) == 6
    for project in projects:
        for caller in callers:
            reader = find_reader(project_name=project.name, caller=caller)
            assert reader is not None
            assert reader.client_pk == made[project.name, caller.client_id or caller.api_key.label].pk
            assert reader.project_pk == project.pk


def test_the_stamp_is_that_of_what_is_handed_out() -> None:
    project = make_project()
    caller = make_caller(project)
    get_or_create_client(project=project, caller=caller, now=NOW)
    make_user(make_project("other"), "foreign")

    def stamp() -> object:
        reader = find_reader(project_name=project.name, caller=caller)
        assert reader is not None
        return reader.stamp

    users = [make_user(project, "one")]
    seen = [stamp()]
    changes: list[Callable[[], object]] = [
        lambda: users.append(make_user(project, "two")),
        lambda: spend(users[0], 1),
        lambda: archive(end_user=users[1], now=NOW),
    ]
    for change in changes:
        change()
        seen.append(stamp())
        assert seen[-1] == read_handed_out(project_id=project.pk).stamp()
    assert len(set(seen)) == 4
    archive(end_user=users[0], now=NOW)
    assert stamp() is None
