"""The rows that a first post writes, written with no more around it than one transaction, for the benchmark."""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from django.db import connection, models, transaction

ROWS = 10_000
ROWS_AT_A_TIME = 1_000


@dataclass
class Copy:
    """An empty copy of one of the product's tables, and the rows that are to go into it; types on PostgreSQL alone."""

    name: str
    columns: list[str]
    types: list[str]
    rows: list[tuple[Any, ...]]


def measure(*, with_indexes: bool) -> None:
    """Print the seconds by the clock and of the processor that it took to write the last rows of each table.

    Into copies of the tables with one index each or, `with_indexes`, with all that the tables have.
    """
    from budgets.models import CostEntry, DaySpend, EndUser, HighWater, Period

    tables: list[type[models.Model]] = [EndUser, Period, CostEntry, DaySpend, HighWater]
    with connection.cursor() as cursor:
        copies = [_copy(cursor, model._meta.db_table, with_indexes) for model in tables]
        started, cpu_started = time.perf_counter(), time.process_time()
        with transaction.atomic():
            for copy in copies:
                _upsert(cursor, copy)
        print(time.perf_counter() - started, time.process_time() - cpu_started)  # noqa: T201  # What it is run for.
        for copy in copies:
            cursor.execute(f"DROP TABLE {copy.name}")


def _copy(cursor: Any, table: str, with_indexes: bool) -> Copy:
    name = f"copy_of_{table}"
    cursor.execute(f"CREATE TABLE {name} AS SELECT * FROM {table} WHERE 1 = 0")
    cursor.execute(f"CREATE UNIQUE INDEX {name}_by_id ON {name} (id)")
    if with_indexes:
        for index, statement in _indexes(cursor, table):
            statement = re.sub(rf"\b{index}\b", f"copy_of_{index}", statement)
            cursor.execute(re.sub(rf"\b{table}\b", name, statement))
    cursor.execute(f"SELECT * FROM {table} ORDER BY id DESC LIMIT {ROWS}")
    columns = cursor.description
    types = [column.type_display for column in columns] if connection.vendor == "postgresql" else []
    return Copy(name, [column[0] for column in columns], types, cursor.fetchall())


def _indexes(cursor: Any, table: str) -> list[tuple[str, str]]:
    """The table's indexes: their names, and the statements that make them."""
    if connection.vendor == "postgresql":
        cursor.execute("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s", [table])
        return [*cursor.fetchall()]
    cursor.execute("SELECT name, sql FROM sqlite_master WHERE tbl_name = %s AND type = 'index'", [table])
    return [(name, statement or _of_constraint(cursor, table, name)) for name, statement in cursor.fetchall()]


def _of_constraint(cursor: Any, table: str, index: str) -> str:
    # SQLite tells no statement for what stands in the table's own.
    cursor.execute(f"PRAGMA index_info({index})")
    return f"CREATE UNIQUE INDEX {index} ON {table} ({', '.join(row[2] for row in cursor.fetchall())})"


def _upsert(cursor: Any, copy: Copy) -> None:
    """In the way that is quickest on the database: to PostgreSQL, the driver takes long for a parameter a value."""
    updates = ", ".join(f"{name} = excluded.{name}" for name in copy.columns)
    given = _given_as_json if connection.vendor == "postgresql" else _given_as_values
    for at in range(0, len(copy.rows), ROWS_AT_A_TIME):
        rows, parameters = given(copy, copy.rows[at : at + ROWS_AT_A_TIME])
        cursor.execute(
            f"INSERT INTO {copy.name} ({', '.join(copy.columns)}) {rows} ON CONFLICT (id) DO UPDATE SET {updates}",
            parameters,
        )


def _given_as_json(copy: Copy, rows: Sequence[tuple[Any, ...]]) -> tuple[str, list[Any]]:
    """The rows in a statement, and its one parameter."""
    keys = [f"c{at}" for at in range(len(copy.columns))]
    # What PostgreSQL has as JSON is read as text.
    types = ("text" if one == "jsonb" else one for one in copy.types)
    given = ", ".join(f"{key} {one}" for key, one in zip(keys, types, strict=True))
    values = ", ".join(f"{key}::{one}" for key, one in zip(keys, copy.types, strict=True))
    text = msgspec.json.encode([dict(zip(keys, row, strict=True)) for row in rows]).decode()
    return f"SELECT {values} FROM json_to_recordset(%s) AS given({given})", [text]


def _given_as_values(copy: Copy, rows: Sequence[tuple[Any, ...]]) -> tuple[str, list[Any]]:
    """The rows in a statement, and a parameter for each value."""
    one = f"({', '.join(['%s'] * len(copy.columns))})"
    return f"VALUES {', '.join([one] * len(rows))}", [value for row in rows for value in row]
