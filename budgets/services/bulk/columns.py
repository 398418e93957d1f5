"""A model's columns as statements name them, and what a database takes for their values."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any

from django.db import connection, models

from budgets.models.prepared import json_text

# Types of values that a database takes as they are, in any column but one of JSON.
PLAIN = frozenset({int, str, bool, type(None)})
# Fields whose values are of those types.
TAKEN_AS_THEY_ARE = (models.IntegerField, models.BooleanField, models.TextField, models.ForeignKey)

Names = tuple[str, ...]


class Columns:
    """Some of a model's columns: their names in the database, and what it takes for their values."""

    def __init__(self, model: type[models.Model], names: Names) -> None:
        by_name = {field.name: field for field in model._meta.concrete_fields}
        self.fields = [by_name[name] for name in names]
        self.table = quoted(model._meta.db_table)
        self.pk = quoted(str(model._meta.pk.column))
        self.pk_of = attrgetter(model._meta.pk.attname)
        self.names = [quoted(str(field.column)) for field in self.fields]
        self.placeholders = f"({', '.join(['%s'] * len(names))})"
        self._names = [field.attname for field in self.fields]
        self._read = [
            (at, *_taken(field)) for at, field in enumerate(self.fields) if not isinstance(field, TAKEN_AS_THEY_ARE)
        ]

    def of(self, instance: models.Model) -> list[Any]:
        """The instance's values, as parameters of a statement."""
        return self.converted(list(map(instance.__dict__.__getitem__, self._names)))

    def converted(self, row: list[Any]) -> list[Any]:
        """Values in the order of the columns, as parameters, in the same list."""
        for at, plain, convert in self._read:
            value = row[at]
            if type(value) not in plain:
                row[at] = convert(value)
        return row


columns_of = cache(Columns)


def quoted(name: str) -> str:
    """A name of a table, a column or an index, as it stands in a statement."""
    return connection.ops.quote_name(name)


def _taken(field: "models.Field[Any, Any]") -> tuple[frozenset[Any], Callable[[Any], Any]]:
    """The types that the field's column takes as they are, and what makes a parameter of any other value.

    To ask the field takes longer than to write the row.
    """
    if isinstance(field, models.JSONField) and field.encoder is None:
        return frozenset({type(None)}), json_text
    if isinstance(field, models.DateField):
        as_text = _naive_text if isinstance(field, models.DateTimeField) else str
        return (PLAIN | {datetime, date}, str) if connection.vendor == "postgresql" else (PLAIN, as_text)
    if isinstance(field, models.BinaryField):
        return PLAIN | {bytes}, bytes
    if isinstance(field, models.CharField):
        return PLAIN, str
    return PLAIN, lambda value: field.get_db_prep_save(value, connection)


# Most moments of a post are its own.
@lru_cache(maxsize=1_024)
def _naive_text(moment: datetime) -> str:
    return str(moment.astimezone(UTC).replace(tzinfo=None))
