"""The counts beside each project of the list."""

from datetime import timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from budgets.models import Project
from budgets.queries.access import EVERYTHING, Reach
from budgets.queries.project_list import live_users_by_project, usable_keys_by_project
from budgets.services.end_users import archive
from budgets.services.keys import create_key, revoke_key
from budgets.tests.factories import NOW, make_project, make_user

pytestmark = pytest.mark.django_db


def add_keys(project: Project, count: int) -> None:
    for number in range(count):
        create_key(label=f"key {number}", project=project, expires_at=None, created_by=None, now=NOW)


def test_users_and_keys_are_counted_apart_in_one_query(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    large, small, empty = (make_project(name) for name in ("large", "small", "empty"))
    for number in range(5):
        make_user(large, f"user {number}")
    make_user(small)
    add_keys(large, 3)
    counted = Project.objects.annotate(
        users=live_users_by_project(), keys=usable_keys_by_project(EVERYTHING, NOW)
    ).values_list("pk", "users", "keys")
    with django_assert_num_queries(1):
        assert sorted(counted) == sorted([(large.pk, 5, 3), (small.pk, 1, 0), (empty.pk, 0, 0)])


def test_archived_users_are_not_counted() -> None:
    project = make_project()
    archive(end_user=make_user(project), now=NOW)
    make_user(project, "who stays")
    assert Project.objects.annotate(users=live_users_by_project()).get().users == 1


def test_keys_that_open_nothing_are_not_counted() -> None:
    project = make_project()
    for expires_at in (None, NOW, NOW + timedelta(seconds=1)):
        create_key(label="key", project=project, expires_at=expires_at, created_by=None, now=NOW)
    revoked, _ = create_key(label="key", project=project, expires_at=None, created_by=None, now=NOW)
    revoke_key(api_key=revoked, now=NOW)
    assert Project.objects.annotate(keys=usable_keys_by_project(EVERYTHING, NOW)).get().keys == 2


def test_keys_out_of_reach_are_not_told() -> None:
    project, other = make_project(), make_project("other")
    add_keys(project, 1)
    for reach, told in (
        (Reach(frozenset()), 0),
        (Reach(frozenset({other.pk})), 0),
        (Reach(frozenset({project.pk})), 1),
    ):
        counted = Project.objects.annotate(keys=usable_keys_by_project(reach, NOW))
        assert counted.get(pk=project.pk).keys == told
