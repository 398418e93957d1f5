"""A live server that loses patience early, so that what takes ten seconds elsewhere takes one or two here."""

import resource
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from budgets.tests.harness.server import BudgetServer, make_database
from budgets.tests.overload.strain import wait_until

HERE = Path(__file__).parent
OPEN_FILES = 4096
WORKERS = 2
MAX_BODY_MB = 4
BODIES = {"BUDGETS_MAX_BODY_MB": str(MAX_BODY_MB)}
PATIENT = BODIES | {"BUDGETS_REQUEST_SECONDS": "60", "DATABASE_WAIT_SECONDS": "60"}
IMPATIENT = BODIES | {"BUDGETS_REQUEST_SECONDS": "2", "DATABASE_WAIT_SECONDS": "1"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything beside this file strains a server of its own."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("overload")


@pytest.fixture(scope="package")
def impatient_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BudgetServer]:
    """One live gunicorn with small bounds for all of these tests."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(OPEN_FILES, hard)), hard))
    directory = tmp_path_factory.mktemp("overload")
    server = BudgetServer(directory, make_database(directory), **IMPATIENT)
    wait_until(lambda: len(server.gunicorn.worker_pids()) == WORKERS, "not every worker starts")
    yield server
    server.stop()
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.fixture(scope="module")
def patient_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BudgetServer]:
    """A fresh one that waits a minute before it refuses anything for being late."""
    directory = tmp_path_factory.mktemp("patient")
    server = BudgetServer(directory, make_database(directory), **PATIENT)
    wait_until(lambda: len(server.gunicorn.worker_pids()) == WORKERS, "not every worker starts")
    yield server
    server.stop()


@pytest.fixture
def server(impatient_server: BudgetServer) -> Iterator[BudgetServer]:
    """The server; a test during which a worker was lost, or something answered 500, has failed."""
    workers = impatient_server.gunicorn.worker_pids()
    impatient_server.new_log()
    yield impatient_server
    log = impatient_server.new_log()
    assert impatient_server.gunicorn.worker_pids() == workers, log
    assert "Internal Server Error" not in log, log
    assert " failed\n" not in log, log
    # The next test begins with nobody connected.
    wait_until(lambda: all(open_sockets(pid) <= 1 for pid in workers), "connections are never let go")


def open_sockets(pid: int) -> int:
    """How many TCP sockets the process has open, the listening one among them."""
    rows = Path(f"/proc/{pid}/net/tcp").read_text(encoding="ascii").splitlines()[1:]
    tcp = {f"socket:[{row.split()[9]}]" for row in rows}
    count = 0
    for descriptor in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            count += str(descriptor.readlink()) in tcp
    return count
