"""The connections to PostgreSQL that the pool lends."""

import select
import time
from typing import Any

import psycopg

# A connection that answered this recently, and whose socket says nothing, is taken to live.
FRESH_SECONDS = 1.0
# What the pool asks of a connection before it lends it (psycopg_pool.ConnectionPool.check_connection).
CHECK = ""


class PooledConnection(psycopg.Connection[Any]):
    """A connection that the pool does not ask again, a round trip each time, whether it lives.

    When the server ends, the socket says so, and the connection is asked after all.
    """

    _checked_at = -FRESH_SECONDS

    def execute(self, query: Any, *args: Any, **options: Any) -> "psycopg.Cursor[Any]":
        """As psycopg's, but for the pool's check of a connection that has just stood it."""
        if query != CHECK:
            return super().execute(query, *args, **options)
        if time.monotonic() - self._checked_at >= FRESH_SECONDS or self._has_news():
            super().execute(query)
            self._checked_at = time.monotonic()
        return self.cursor()

    def _has_news(self) -> bool:
        poll = select.poll()
        poll.register(self.fileno(), select.POLLIN)
        return bool(poll.poll(0))
