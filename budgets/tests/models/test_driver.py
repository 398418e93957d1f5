"""That statements which go by the driver do what Django's would, alone and several in one trip."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from budgets.models import EndUser
from budgets.models.driver import one_trip, run, run_once
from budgets.models.prepared import Given, Prepared
from budgets.services.bulk.inserts import insert_rows
from budgets.services.bulk.updates import update_rows
from budgets.tests.factories import NOW, make_project, make_user

RENAME = "UPDATE budgets_enduser SET name = %s WHERE id = %s"
NAME = Prepared(lambda: EndUser.objects.filter(pk=Given("pk")).values_list("name", "last_spend_at"))

pytestmark = pytest.mark.django_db


def rename(user: EndUser, name: str) -> None:
    run(RENAME, [name, user.pk])


@pytest.mark.parametrize("rounds", [1, 3])
def test_a_trip_is_made_in_order_and_brings_every_answer(rounds: int) -> None:
    user = make_user(make_project(), "first")
    for _ in range(rounds):
        with one_trip():
            rename(user, "second")
            before = NAME.ask(pk=user.pk)
            rename(user, "third")
            after = NAME.ask(pk=user.pk)
        assert [name for name, _ in (*before.rows(), *after.rows())] == ["second", "third"]


def test_within_a_trip_an_answer_may_be_asked_for_and_other_statements_made() -> None:
    project = make_project()
    user = make_user(project, "first")
    with one_trip():
        rename(user, "second")
        assert [name for name, _ in NAME.run(pk=user.pk)] == ["second"]
        rename(user, "third")
        run_once("UPDATE budgets_enduser SET extra_json = name WHERE id = %s", [user.pk])
        rename(user, "fourth")
        assert EndUser.objects.filter(name="fourth").count() == 1
    user.refresh_from_db()
    assert (user.extra_json, user.name) == ("third", "fourth")


def test_what_is_to_follow_follows_by_the_end_of_the_trip() -> None:
    project = make_project()
    users = [EndUser(project=project, name=str(number), roster_version=1, first_seen_at=NOW) for number in range(3)]
    with one_trip():
        insert_rows(users[:1], needs_ids=False)
        insert_rows(users[1:2])
        assert users[1].pk is not None
        insert_rows(users[2:], needs_ids=False)
    assert {one.pk: one.name for one in users} == dict(EndUser.objects.values_list("pk", "name"))


@contextmanager
def rolled_back(kind: type[Exception]) -> Iterator[None]:
    with pytest.raises(kind), transaction.atomic(), one_trip():
        yield


def test_what_fails_within_a_trip_is_told_and_undoes_all_of_it() -> None:
    project = make_project()
    user, other = make_user(project, "one"), make_user(project, "two")
    with rolled_back(IntegrityError):
        rename(user, "three")
        rename(other, "three")
        rename(user, "four")
    with rolled_back(DatabaseError):
        rename(user, "three")
        update_rows([EndUser(pk=999_999, project=project, name="gone", roster_version=1)], ("name",))
    with rolled_back(ZeroDivisionError):
        rename(user, str(1 // 0))
    with one_trip():
        rename(user, "five")
    assert set(EndUser.objects.values_list("name", flat=True)) == {"five", "two"}


def test_who_listens_to_statements_hears_them() -> None:
    user = make_user(make_project())
    with CaptureQueriesContext(connection) as queries, one_trip():
        rename(user, "second")
        rename(user, "third")
    assert len([one for one in queries if one["sql"].startswith("UPDATE")]) == 2
    assert EndUser.objects.get().name == "third"


@pytest.mark.postgresql
def test_a_statement_is_prepared_once_whatever_its_values() -> None:
    user = make_user(make_project())
    text = "UPDATE budgets_budget SET created_at = %s, total_budget_nanousd = %s WHERE end_user_id = %s"
    for moment, amount in ((None, None), (NOW, 1), (NOW, 2**40), (None, 2**15)):
        run(text, [moment, amount, user.pk])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_prepared_statements WHERE starts_with(statement, %s)", [text.partition(" = ")[0]]
        )
        assert cursor.fetchone() == (1,)


@pytest.mark.postgresql
def test_a_large_answer_is_not_held_until_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    from budgets.models import pipeline

    monkeypatch.setattr(pipeline, "MOST_ROWS_KEPT", 3)
    make_cursor, made = pipeline.Kept.new_cursor, []

    def noted(kept: pipeline.Kept) -> pipeline.Cursor:
        made.append(make_cursor(kept))
        return made[-1]

    monkeypatch.setattr(pipeline.Kept, "new_cursor", noted)
    for rows, cursors in ((4, 1), (4, 2), (3, 3), (3, 3), (4, 3), (1, 4)):
        assert len(run("SELECT generate_series(1, %s) AS held", [rows]).rows) == rows
        assert len(made) == cursors


@pytest.mark.postgresql
def test_without_prepared_statements_all_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    user = make_user(make_project())
    monkeypatch.setattr(connection.connection, "prepare_threshold", None)
    connection.connection.execute("DEALLOCATE ALL")
    with one_trip():
        rename(user, "second")
        found = NAME.ask(pk=user.pk)
    assert [name for name, _ in found.rows()] == ["second"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements")
        assert cursor.fetchone() == (0,)
