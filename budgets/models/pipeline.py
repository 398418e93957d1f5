"""What `models.driver` does on PostgreSQL: statements prepared once a connection, and pipeline mode for a trip."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from typing import Any

import psycopg
from psycopg.adapt import Dumper
from psycopg.types.datetime import TimestamptzLoader

from budgets.models.driver import Answer

Cursor = psycopg.Cursor[tuple[Any, ...]]
# A cursor holds its last answer until it is asked again: megabytes, of a large project.
MOST_ROWS_KEPT = 200


class _Integer(Dumper):
    """Leaves the type to the statement: PostgreSQL would prepare another for each size, and for NULL in its place."""

    oid = 0

    def dump(self, obj: int) -> bytes:
        """In decimal digits."""
        return b"%d" % obj


class _Moment(Dumper):
    """The same for moments."""

    oid = 0

    def dump(self, obj: datetime) -> bytes:
        """In ISO's form."""
        return str(obj).encode()


class Trip:
    """Statements on their way, and the cursors that their answers come to."""

    def __init__(self, kept: "Kept") -> None:
        self._kept = kept
        self._pipeline = ExitStack()
        self._under_way: list[tuple[Answer, Cursor, str]] = []

    def send(self, cursor: Cursor, text: str, parameters: Sequence[Any], answer: Answer) -> Answer:
        """Run it behind the others, without waiting."""
        if not self._under_way:
            self._pipeline.enter_context(self._kept.connection.pipeline())
        answer.trip = self
        self._under_way.append((answer, cursor, text))
        cursor.execute(text, parameters, prepare=True)
        return answer

    def arrive(self) -> None:
        """Wait for every answer. What is sent after that is a further trip."""
        self._pipeline.close()
        for answer, cursor, text in self._under_way:
            self._kept.take(answer, cursor, text)
        self._under_way.clear()

    def fail(self, error: BaseException) -> None:
        """Give up what is on its way."""
        self._pipeline.__exit__(type(error), error, error.__traceback__)


class Kept:
    """What is kept of a connection: a cursor for each text, which knows by then how to convert what it carries."""

    def __init__(self, connection: "psycopg.Connection[tuple[Any, ...]]") -> None:
        self.connection = connection
        self._cursors: dict[str, Cursor] = {}
        self.trip: Trip | None = None

    def run(self, text: str, parameters: Sequence[Any], answer: Answer) -> Answer:
        """Run it, or send it with the trip."""
        # Taken out meanwhile: within a trip the same text may be run again before its first answer is there.
        cursor = self._cursors.pop(text, None) or self.new_cursor()
        if self.trip is not None:
            return self.trip.send(cursor, text, parameters, answer)
        cursor.execute(text, parameters, prepare=True)
        return self.take(answer, cursor, text)

    def take(self, answer: Answer, cursor: Cursor, text: str) -> Answer:
        """Fill the answer, after which the cursor is free again."""
        rows = [] if cursor.rownumber is None else cursor.fetchall()
        if len(rows) <= MOST_ROWS_KEPT:
            self._cursors[text] = cursor
        return answer.fill(rows, cursor.rowcount)

    @contextmanager
    def one_trip(self) -> Iterator[None]:
        """Send what is run inside together."""
        trip = self.trip = Trip(self)
        try:
            yield
            trip.arrive()
        except BaseException as error:
            trip.fail(error)
            raise
        finally:
            self.trip = None

    def arrive(self) -> None:
        """Wait for what is on its way, if anything is."""
        if self.trip is not None:
            self.trip.arrive()

    def new_cursor(self) -> Cursor:
        """One that leaves types to the statement."""
        cursor = psycopg.Cursor(self.connection)
        cursor.adapters.register_dumper(int, _Integer)
        cursor.adapters.register_dumper(datetime, _Moment)
        # Django's is written in Python; whoever reads the rows makes its moments UTC.
        cursor.adapters.register_loader("timestamptz", TimestamptzLoader)
        return cursor


def kept_of(connection: Any) -> Kept:
    """What is kept of that connection."""
    kept = vars(connection).get("budgets_kept")
    if not isinstance(kept, Kept):
        kept = vars(connection)["budgets_kept"] = Kept(connection)
    return kept
