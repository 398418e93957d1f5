"""The fixtures that several packages of tests share."""

import secrets
from collections.abc import Iterator
from datetime import datetime

import pytest
import time_machine
from django.db import connection

# Before the harness is imported: its asserts, too, are to say what they saw.
pytest.register_assert_rewrite("budgets.tests.harness")

from budgets.tests.harness.server import BudgetServer, make_database  # noqa: E402

# Later than what the factories make. No hour, day or month ends while a test runs.
AS_IF_AT = "2027-02-03T13:30:00+00:00"
# Their servers go by the clock of the machine.
LIVE = ("client", "browser", "overload", "hostile")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the suite run as if at another moment: a fault that hangs on the hour or the day is found before its hour."""
    parser.addoption("--as-if-at", type=datetime.fromisoformat, default=AS_IF_AT, help="when tests begin, ISO 8601")


@pytest.fixture(autouse=True)
def _as_if_at(request: pytest.FixtureRequest) -> Iterator[None]:
    """Begin the test at the moment that was asked for, whenever it runs; its clock goes on from there."""
    if any(map(request.node.get_closest_marker, LIVE)):
        yield
        return
    with time_machine.travel(request.config.getoption("--as-if-at")):
        yield


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
