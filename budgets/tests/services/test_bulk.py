"""Writes of many rows, against what the ORM's own do."""

import pytest
from django.db import DatabaseError, DataError, connection
from django.test.utils import CaptureQueriesContext

from budgets.models import Budget, EndUser
from budgets.services.bulk.inserts import insert_rows
from budgets.services.bulk.updates import update_if_there, update_rows
from budgets.tests.factories import DAY, NOW, make_project, make_user

pytestmark = pytest.mark.django_db


def test_inserted_rows_have_their_ids_and_read_back_as_they_were_made() -> None:
    project = make_project()
    users = [EndUser(project=project, name=f"user {number}", roster_version=1) for number in range(5_000)]
    budgets = [Budget(end_user=user, project=project, created_at=NOW) for user in users]
    insert_rows(users)
    insert_rows(budgets)
    stored = {user.pk: user for user in EndUser.objects.select_related("budget")}
    assert [(stored[user.pk].name, stored[user.pk].first_seen_at) for user in users] == [
        (user.name, user.first_seen_at) for user in users
    ]
    assert {user.budget.created_at for user in stored.values()} == {NOW}
    users[0].name = "written again"
    users[0].save()
    assert EndUser.objects.count() == 5_000


@pytest.mark.parametrize("count", [1, 3])
def test_rows_whose_ids_nobody_needs_are_inserted_all_the_same(count: int) -> None:
    project = make_project()
    users = [EndUser(project=project, name=f"user {number}", roster_version=1) for number in range(count)]
    with CaptureQueriesContext(connection) as queries:
        insert_rows(users, needs_ids=False)
    assert set(EndUser.objects.values_list("name", flat=True)) == {user.name for user in users}
    assert [user.pk is not None for user in users] == [count == 1] * count
    assert ("RETURNING" in queries[0]["sql"]) is (count == 1)


@pytest.mark.parametrize("count", [1, 3])
def test_only_the_named_fields_are_written(count: int) -> None:
    project = make_project()
    users = [make_user(project, f"user {number}") for number in range(count)]
    for user in users:
        user.version, user.first_seen_at, user.extra_json = 77, NOW + 9 * DAY, "{}"
    update_rows(users, ("version", "extra_json"))
    for user in EndUser.objects.all():
        assert (user.version, user.extra_json) == (77, "{}")
        assert user.first_seen_at != NOW + 9 * DAY


@pytest.mark.postgresql
@pytest.mark.parametrize("count", [1, 2])
def test_a_text_that_is_too_long_is_never_cut(count: int) -> None:
    project = make_project()
    users = [make_user(project, f"user {number}") for number in range(count)]
    for user in users:
        user.name = "x" * 256
    with pytest.raises(DataError):
        update_rows(users, ("name",))


def test_a_row_that_is_gone_is_not_passed_over() -> None:
    project = make_project()
    with pytest.raises(DatabaseError):
        update_rows([EndUser(pk=999, project=project, name="gone", roster_version=1)], ("version",))


def test_a_row_that_may_be_gone_is_written_alone_and_where_it_is_there() -> None:
    project = make_project()
    user, other = make_user(project, "there"), make_user(project, "other")
    version = other.version
    user.version, user.extra_json = 77, "{}"
    for one in (user, EndUser(pk=999, project=project, name="gone", roster_version=1)):
        update_if_there(one, ("version",))
    stored = {one.name: (one.version, one.extra_json) for one in EndUser.objects.all()}
    assert stored == {"there": (77, ""), "other": (version, "")}
