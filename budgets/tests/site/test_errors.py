"""The page of a fault that no view has answered, whoever met it."""

from typing import Any

import pytest
from django.contrib import admin
from django.db import InterfaceError, OperationalError
from django.test import Client
from django.urls import path

from budgetsite import urls

FAULTS = {
    "locked": OperationalError("database is locked"),
    "away": InterfaceError("connection already closed"),
    "odd": ValueError("a secret"),
}


def fail(_request: object, kind: str) -> Any:
    raise FAULTS[kind]


handler500 = urls.handler500
urlpatterns = [path("fail/<str:kind>", fail), path("admin/", admin.site.urls)]
pytestmark = pytest.mark.urls("budgets.tests.site.test_errors")


@pytest.fixture
def site() -> Client:
    # No database fixture: a query would fail the test.
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("kind", ["locked", "away"])
def test_a_busy_database_is_no_fault_of_the_server(site: Client, kind: str) -> None:
    response = site.get(f"/fail/{kind}")
    assert response.status_code == 503
    assert int(response["Retry-After"]) > 0
    assert "<h1>The database is busy</h1>" in response.content.decode()
    assert 'href="/admin/">To the dashboard' in response.content.decode()


def test_any_other_is(site: Client) -> None:
    response = site.get("/fail/odd")
    assert response.status_code == 500
    assert "<h1>Something went wrong</h1>" in response.content.decode()
    assert "secret" not in response.content.decode()
