"""Real litellm clients and what they meet."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from budgets.tests.harness.fake_openai import FakeOpenAI
from budgets.tests.harness.holding_proxy import HoldingProxy
from budgets.tests.harness.litellm_clients import RELEASES, LitellmSession, SessionPool
from budgets.tests.harness.server import BudgetServer

HERE = Path(__file__).parent
OpenSession = Callable[[str], LitellmSession]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything beside this file runs real clients."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("client")


@pytest.fixture(params=RELEASES)
def release(request: pytest.FixtureRequest) -> str:
    """Each litellm release in turn."""
    return str(request.param)


@pytest.fixture(scope="session")
def session_pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SessionPool]:
    """The run's client processes."""
    pool = SessionPool(tmp_path_factory.mktemp("clients"))
    yield pool
    pool.stop()


@pytest.fixture
def open_session(
    session_pool: SessionPool, release: str, gunicorn_server: BudgetServer, project: str
) -> Iterator[OpenSession]:
    """Opens, by client id, a process with a BudgetManager on the test's project."""
    taken: list[LitellmSession] = []

    def open_it(client_id: str) -> LitellmSession:
        session = session_pool.take(release)
        taken.append(session)
        session.open(project, gunicorn_server.base(client_id))
        return session

    yield open_it
    for session in taken:
        session_pool.give_back(session)


@pytest.fixture
def bare_session(session_pool: SessionPool, release: str) -> Iterator[LitellmSession]:
    """A process without a BudgetManager."""
    session = session_pool.take(release)
    yield session
    session_pool.give_back(session)


@pytest.fixture
def holding_proxy(gunicorn_server: BudgetServer) -> Iterator[HoldingProxy]:
    """A road to the server on which posts can be held."""
    proxy = HoldingProxy(gunicorn_server.host)
    yield proxy
    proxy.stop()


@pytest.fixture
def fake_openai() -> Iterator[FakeOpenAI]:
    """An OpenAI on loopback."""
    server = FakeOpenAI()
    yield server
    server.stop()
