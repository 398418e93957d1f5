"""The fixtures that several packages of tests share."""

import secrets
from collections.abc import Iterator

import pytest
from django.db import connection

# Before the harness is imported: its asserts, too, are to say what they saw.
pytest.register_assert_rewrite("budgets.tests.harness")

from budgets.tests.harness.server import BudgetServer, make_database  # noqa: E402


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On SQLite, leave out what it has not: nothing of it could fail there."""
    if connection.vendor == "postgresql":
        return
    left_out = [item for item in items if item.get_closest_marker("postgresql")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BudgetServer]:
    """One live gunicorn for the whole run."""
    directory = tmp_path_factory.mktemp("server")
    server = BudgetServer(directory, make_database(directory))
    yield server
    server.stop()


@pytest.fixture
def gunicorn_server(shared_server: BudgetServer) -> Iterator[BudgetServer]:
    """The live gunicorn; a test during which it logs a fault has failed."""
    shared_server.new_log()
    yield shared_server
    log = shared_server.new_log()
    assert "Traceback" not in log, log
    assert "Internal Server Error" not in log, log


@pytest.fixture
def project() -> str:
    """A project name of the test's own."""
    return f"project-{secrets.token_hex(5)}"
