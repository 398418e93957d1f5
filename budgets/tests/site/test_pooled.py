"""The pool's connections: asked whether they live no oftener than is needed, and never lent when dead."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import connection
from psycopg_pool import ConnectionPool

from budgetsite import pooled
from budgetsite.pooled import PooledConnection

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db]


@pytest.fixture
def lent() -> Iterator[PooledConnection]:
    parameters: dict[str, Any] = connection.get_connection_params()
    with PooledConnection.connect(**parameters, autocommit=True) as one:
        yield one


def asked(lent: PooledConnection, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the server is asked from now on."""
    queries: list[Any] = []
    execute = psycopg.Connection.execute

    def noted(self: Any, query: Any, *args: Any, **options: Any) -> Any:
        queries.append(query)
        return execute(self, query, *args, **options)

    monkeypatch.setattr(psycopg.Connection, "execute", noted)
    return queries


def test_a_connection_is_asked_once_a_second(lent: PooledConnection, monkeypatch: pytest.MonkeyPatch) -> None:
    queries = asked(lent, monkeypatch)
    for _ in range(3):
        ConnectionPool.check_connection(lent)
    assert queries == [pooled.CHECK]
    monkeypatch.setattr(pooled, "FRESH_SECONDS", 0.0)
    ConnectionPool.check_connection(lent)
    assert queries == [pooled.CHECK] * 2


def test_a_connection_whose_server_has_gone_is_found_out_at_once(lent: PooledConnection) -> None:
    ConnectionPool.check_connection(lent)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [lent.info.backend_pid])
    with pytest.raises(psycopg.OperationalError):
        ConnectionPool.check_connection(lent)


def test_the_product_lends_such_connections() -> None:
    assert isinstance(connection.connection, PooledConnection)
