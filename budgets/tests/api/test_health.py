"""`/healthz` and `/readyz`."""

from typing import Any

import pytest
from django.db import OperationalError
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client


def test_the_process_answers_without_a_database() -> None:
    # No database fixture: a query would fail the test.
    response = Client().get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_ready_where_every_migration_is_applied() -> None:
    response = Client().get("/readyz")
    assert (response.status_code, response.json()["status"]) == (200, "ok")


@pytest.mark.django_db
def test_not_ready_where_a_migration_is_missing() -> None:
    MigrationRecorder.Migration.objects.filter(app="budgets").delete()
    response = Client().get("/readyz")
    assert response.status_code == 503
    assert "to apply" in response.json()["migrations"]


@pytest.mark.django_db
def test_not_ready_where_the_database_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise OperationalError("password=hunter2 refused")

    monkeypatch.setattr("budgets.queries.database.MigrationExecutor", fail)
    monkeypatch.setattr("budgets.api.health.connection.close", lambda: None)
    response = Client().get("/readyz")
    assert (response.status_code, response.json()) == (
        503,
        {"status": "unavailable", "database": "does not answer"},
    )


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
@pytest.mark.django_db
def test_no_key_is_needed_and_no_cookie_is_set(path: str) -> None:
    assert not Client().get(path).cookies
