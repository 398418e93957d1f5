"""After a post of many records PostgreSQL knows how large its tables are."""

import logging
from typing import Any

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from budgets.models import CostEntry
from budgets.services import analysis
from budgets.services.analysis import MANY_ROWS, TABLES, analyze_after
from budgets.tests.factories import WireClient, make_caller, make_project

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgresql]


def known_rows() -> dict[str, float]:
    """How many rows PostgreSQL believes each of the tables to have; -1 where it never looked."""
    names = [model._meta.db_table for model in TABLES]
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, reltuples FROM pg_class WHERE oid = ANY(%s::regclass[])", [names])
        return dict(cursor.fetchall())


def analyzed(rows: int) -> list[str]:
    with CaptureQueriesContext(connection) as queries:
        analyze_after(rows)
    return [one["sql"] for one in queries if one["sql"].startswith("ANALYZE")]


def client_with(users: int) -> WireClient:
    project = make_project()
    client = WireClient(project, make_caller(project))
    for number in range(users):
        client.create_budget(f"user {number}", 10, days=28)
    return client


@pytest.fixture(autouse=True)
def forgotten() -> None:
    """What earlier tests have made it know is of no consequence."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def test_a_post_of_many_new_users_has_their_tables_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analysis, "MANY_ROWS", 20)
    client_with(20).post()
    known = known_rows()
    assert known["budgets_enduser"] == known["budgets_budget"] == known["budgets_highwater"] == 20


def test_a_post_of_few_is_not_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analysis, "MANY_ROWS", 20)
    client_with(19).post()
    assert known_rows()["budgets_enduser"] < 19


def test_tables_that_are_large_already_are_left(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(analyzed(MANY_ROWS)) == 1
    monkeypatch.setattr(analysis, "GROWN_BY", 0)
    assert analyzed(MANY_ROWS) == []


def test_it_waits_for_the_end_of_somebodys_transaction(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analysis, "MANY_ROWS", 20)
    with transaction.atomic():
        client_with(20).post()
        assert known_rows()["budgets_enduser"] == 0
    assert known_rows()["budgets_enduser"] == 20


def test_nobody_waits_for_a_table_that_somebody_else_looks_at(caplog: Any) -> None:
    other = connections["default"].copy()
    try:
        with transaction.atomic(), other.cursor() as cursor:
            cursor.execute("BEGIN")
            # As VACUUM and ANALYZE take it.
            cursor.execute(f"LOCK TABLE {CostEntry._meta.db_table} IN SHARE UPDATE EXCLUSIVE MODE")
            with connection.cursor() as ours:
                ours.execute("SET LOCAL lock_timeout = '1ms'")
            with caplog.at_level(logging.WARNING):
                assert len(analyzed(MANY_ROWS)) == 1
            cursor.execute("ROLLBACK")
    finally:
        other.close()
    assert "tables were not analyzed" not in caplog.text


def test_a_failure_harms_nothing(monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    monkeypatch.setattr(analysis, "quoted", lambda name: f"no_such_{name}")
    with caplog.at_level(logging.WARNING):
        analyze_after(MANY_ROWS)
    assert "tables were not analyzed" in caplog.text
