"""One statement run for each of many rows, as SQLite does it best."""

from collections.abc import Sequence
from typing import Any

from django.db import connection


def run_for_each(text: str, rows: Sequence[Sequence[Any]]) -> int:
    """Run a statement for each of the rows, which SQLite prepares once; return how many were written."""
    with connection.cursor() as cursor:
        cursor.executemany(text, rows)
        return int(cursor.rowcount)
