"""Many rows as one parameter, for PostgreSQL: its driver takes ten times as long for a parameter a value."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from django.db import connection

from budgets.services.bulk.columns import Columns

# Types whose values come as text within JSON, and what makes them of it.
FROM_TEXT = {"jsonb": "{}::jsonb", "bytea": "decode({}, 'base64')"}


def as_json(columns: Columns, rows: Iterable[Sequence[Any]]) -> str:
    """The rows as a JSON list of objects."""
    keys = [f"c{at}" for at in range(len(columns.fields))]
    return msgspec.json.encode([dict(zip(keys, row, strict=True)) for row in rows]).decode()


def given_as_json(columns: Columns) -> str:
    """What `as_json` makes, as a table of the columns c0, c1 and so on."""
    types = ("text" if one in FROM_TEXT else one for one in _types(columns))
    return f"json_to_recordset(%s) AS given({', '.join(f'c{at} {one}' for at, one in enumerate(types))})"


def read_from_json(columns: Columns) -> list[str]:
    """The columns' values, in that table."""
    return [FROM_TEXT.get(one, "{}").format(f"c{at}") for at, one in enumerate(_types(columns))]


def _types(columns: Columns) -> list[str]:
    # Without the length: a cast to it would cut a text that is too long, where the assignment refuses it.
    return [re.sub(r"\(\d+\)", "", str(field.db_type(connection))) for field in columns.fields]
