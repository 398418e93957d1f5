"""Reads of rows by long lists of values."""

from collections.abc import Collection, Iterator
from typing import Any, TypeVar

from django.db import models

# SQLite takes 32,766 parameters a statement, PostgreSQL 65,535.
MAX_PARAMETERS = 30_000

Row = TypeVar("Row")


def rows_in(queryset: "models.QuerySet[Any, Row]", field: str, values: Collection[Any]) -> Iterator[Row]:
    """The rows whose `field` is among `values`, however many those are."""
    ordered = sorted(values)
    for at in range(0, len(ordered), MAX_PARAMETERS):
        yield from queryset.filter(**{f"{field}__in": ordered[at : at + MAX_PARAMETERS]})
