"""Statements that are run again and again, by the database's own driver: prepared, and several in one trip.

    with one_trip():
        run(UPDATE, [5, 1])
        answer = run(SELECT, [1])
    answer.rows

Django's cursor takes more of the processor for a small statement than the database does, and lets PostgreSQL read and
plan it anew each time. Its transactions, its errors and its conversions stay. Where somebody listens to what is run
(tests that count it, DEBUG), statements go by Django's cursor, one by one.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.base.base import BaseDatabaseWrapper

if TYPE_CHECKING:
    from budgets.models.pipeline import Kept, Trip

PLACEHOLDER = re.compile(r"(?<!%)%s")

Rows = list[tuple[Any, ...]]
# What is called with the rows, if any, and how many there were or were written.
Then = Callable[[Rows, int], None]


def ignore(rows: Rows, count: int) -> None:
    """Nothing is to be done."""


class Answer:
    """What a statement was answered. Within a trip, asking for its rows ends that."""

    def __init__(self, then: Then) -> None:
        self.trip: Trip | None = None
        self._then = then
        self._rows: Rows = []

    def fill(self, rows: Rows, count: int) -> "Answer":
        """Keep what the database has answered."""
        self._rows, self.trip = rows, None
        self._then(rows, count)
        return self

    @property
    def rows(self) -> Rows:
        """As the driver gives them; none where the statement brings none."""
        self.wait()
        return self._rows

    def wait(self) -> None:
        """Return once it is there, and what was to follow is done."""
        if self.trip is not None:
            self.trip.arrive()


def run(text: str, parameters: Sequence[Any], then: Then = ignore) -> Answer:
    """Run a statement with %s for its parameters, `then` what is to follow: within a trip, at its end.

    There must be few texts: what is known of each is kept.
    """
    database, answer = connections[DEFAULT_DB_ALIAS], Answer(then)
    if _is_watched(database):
        return _run_by_django(database, text, parameters, answer)
    if database.connection is None:
        database.ensure_connection()
    database.validate_no_broken_transaction()
    with database.wrap_database_errors:
        if database.vendor == "sqlite":
            cursor = database.connection.execute(_with_question_marks(text), parameters)
            return answer.fill(cursor.fetchall(), cursor.rowcount)
        return _kept_of(database).run(text, parameters, answer)


def run_once(text: str, parameters: Sequence[Any], then: Then = ignore) -> Answer:
    """The same for a statement of which nothing is to be kept. It is not sent before the others of a trip arrive."""
    database = connections[DEFAULT_DB_ALIAS]
    if database.vendor == "postgresql" and database.connection is not None:
        with database.wrap_database_errors:
            _kept_of(database).arrive()
    return _run_by_django(database, text, parameters, Answer(then))


@contextmanager
def one_trip() -> Iterator[None]:
    """Send what is run inside together, where the database takes it so; what fails is told at the end, at the latest.

    It is done in the order in which it is run. Needs a transaction around it.
    """
    database = connections[DEFAULT_DB_ALIAS]
    assert database.in_atomic_block
    if database.vendor == "sqlite" or _is_watched(database):
        yield
        return
    with database.wrap_database_errors, _kept_of(database).one_trip():
        yield


def _is_watched(database: BaseDatabaseWrapper) -> bool:
    return bool(database.queries_logged or database.execute_wrappers)


def _run_by_django(database: BaseDatabaseWrapper, text: str, parameters: Sequence[Any], answer: Answer) -> Answer:
    with database.cursor() as cursor:
        cursor.execute(text, parameters)
        return answer.fill(cursor.fetchall() if cursor.description else [], cursor.rowcount)


@cache
def _with_question_marks(text: str) -> str:
    return PLACEHOLDER.sub("?", text).replace("%%", "%")


def _kept_of(database: BaseDatabaseWrapper) -> "Kept":
    # Not with SQLite: psycopg takes its time, and its memory, to be imported.
    from budgets.models.pipeline import kept_of

    return kept_of(database.connection)
