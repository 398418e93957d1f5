"""Reads and writes of many rows in few statements, where Django's ORM has no words for it."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

# SQLite takes 32,766 parameters a statement, PostgreSQL 65,535.
MAX_PARAMETERS = 30_000
# Types of values that a database takes as they are, in any column but one of JSON.
PLAIN = frozenset({int, str, bool, type(None)})

Row = TypeVar("Row")


def rows_in(queryset: "models.QuerySet[Any, Row]", field: str, values: Collection[Any]) -> Iterator[Row]:
    """The rows whose `field` is among `values`, however many those are."""
    ordered = sorted(values)
    for at in range(0, len(ordered), MAX_PARAMETERS):
        yield from queryset.filter(**{f"{field}__in": ordered[at : at + MAX_PARAMETERS]})


def add_to_sums(
    model: type[models.Model],
    *,
    keys: Sequence[str],
    implied: Sequence[str] = (),
    sums: Sequence[str],
    rows: Iterable[tuple[Any, ...]],
) -> None:
    """Insert rows, adding the `sums` columns to those of a row that has the same `keys` already.

    `rows` give the columns in the order of `keys`, then those that are `implied` by the keys, then `sums`. They are
    written in sorted order, so that two transactions never wait for each other's rows crosswise.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    concrete = {field.name: field for field in model._meta.concrete_fields}
    fields = [concrete[name] for name in (*keys, *implied, *sums)]
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    columns = [quote(str(field.column)) for field in fields]
    sum_columns = columns[len(keys) + len(implied) :]
    update = ", ".join(f"{column} = {table}.{column} + excluded.{column}" for column in sum_columns)
    placeholder = f"({', '.join(['%s'] * len(fields))})"
    ordered = sorted(rows)
    batch = MAX_PARAMETERS // len(fields)
    with connection.cursor() as cursor:
        for at in range(0, len(ordered), batch):
            chunk = ordered[at : at + batch]
            parameters = [
                field.get_db_prep_save(value, connection)
                for row in chunk
                for field, value in zip(fields, row, strict=True)
            ]
            cursor.execute(
                # Only names of tables and columns are put into the text; every value is a parameter.
                f"INSERT INTO {table} ({', '.join(columns)}) VALUES {', '.join([placeholder] * len(chunk))} "  # noqa: S608
                f"ON CONFLICT ({', '.join(columns[: len(keys)])}) DO UPDATE SET {update}",
                parameters,
            )


class _Columns:
    """Some of a model's columns: their names in the database, and their values in its instances."""

    def __init__(self, connection: BaseDatabaseWrapper, fields: "Sequence[models.Field[Any, Any]]") -> None:
        self.names = [connection.ops.quote_name(str(field.column)) for field in fields]
        self.placeholders = f"({', '.join(['%s'] * len(fields))})"
        # To ask a field what the database takes for a value takes longer than to write it.
        self._read = [
            (field.attname, frozenset() if isinstance(field, models.JSONField) else PLAIN, field) for field in fields
        ]
        self._connection = connection

    def values(self, instance: models.Model) -> list[Any]:
        """As parameters of a statement."""
        held = instance.__dict__
        return [
            held[name] if type(held[name]) in plain else field.get_db_prep_save(held[name], self._connection)
            for name, plain, field in self._read
        ]


def insert_rows(objects: Sequence[models.Model]) -> None:
    """Insert new rows and give the objects their ids, as bulk_create does, which takes some four times as long.

    No field may set itself as it is saved (auto_now).
    """
    if not objects:
        return
    fields = [field for field in _written(objects[0]) if not isinstance(field, models.AutoField)]
    _fill_in_ids(objects, fields)
    ids = _insert(objects, fields, returns_ids=objects[0]._meta.pk not in fields)
    for one, pk in zip(objects, ids, strict=False):
        one.pk = pk
    for one in objects:
        one._state.adding, one._state.db = False, DEFAULT_DB_ALIAS


def _written(instance: models.Model) -> "list[models.Field[Any, Any]]":
    """The fields but for those that the database works out."""
    return [field for field in instance._meta.concrete_fields if not field.generated]


def _fill_in_ids(objects: Sequence[models.Model], fields: "Sequence[models.Field[Any, Any]]") -> None:
    """Of related objects that had none when they were put into these."""
    for field in fields:
        if isinstance(field, models.ForeignKey):
            for one in objects:
                if one.__dict__[field.attname] is None and field.is_cached(one):
                    setattr(one, field.attname, getattr(field.get_cached_value(one), "pk", None))


def _insert(
    objects: Sequence[models.Model],
    fields: "Sequence[models.Field[Any, Any]]",
    *,
    returns_ids: bool = False,
) -> list[Any]:
    """Insert rows of those fields; return new ids where they are asked for."""
    connection = connections[DEFAULT_DB_ALIAS]
    quote, meta = connection.ops.quote_name, objects[0]._meta
    columns, pk = _Columns(connection, fields), quote(str(meta.pk.column))
    suffix = f" RETURNING {pk}" if returns_ids else ""
    ids: list[Any] = []
    batch = MAX_PARAMETERS // len(fields)
    with connection.cursor() as cursor:
        for at in range(0, len(objects), batch):
            chunk = objects[at : at + batch]
            cursor.execute(
                # Only names of tables and columns are put into the text; every value is a parameter.
                f"INSERT INTO {quote(meta.db_table)} ({', '.join(columns.names)}) "  # noqa: S608
                f"VALUES {', '.join([columns.placeholders] * len(chunk))}{suffix}",
                [value for one in chunk for value in columns.values(one)],
            )
            if returns_ids:
                ids.extend(pk for (pk,) in cursor.fetchall())
    return ids


def update_rows(objects: Sequence[models.Model], fields: Sequence[str]) -> None:
    """Write `fields` of rows that exist; the caller has seen to that, by a lock."""
    if not objects:
        return
    connection, meta = connections[DEFAULT_DB_ALIAS], objects[0]._meta
    written = [field for field in meta.concrete_fields if field.name in fields]
    if len(objects) > 1 and connection.vendor == "postgresql":
        updated = _update_from_arrays(connection, objects, written)
    else:
        updated = _update_each(connection, objects, written)
    if updated != len(objects):
        raise DatabaseError(f"{len(objects) - updated} of {meta.label} are gone")


def _update_from_arrays(
    connection: BaseDatabaseWrapper, objects: Sequence[models.Model], fields: "Sequence[models.Field[Any, Any]]"
) -> int:
    """One statement, a list a column; return how many rows there were."""
    quote, meta = connection.ops.quote_name, objects[0]._meta
    columns = _Columns(connection, [meta.pk, *fields])
    pk, *names = columns.names
    assignments = ", ".join(f"{name} = changed.{name}" for name in names)
    # Without the length: a cast to it would cut a text that is too long, where the assignment refuses it.
    types = [re.sub(r"\(\d+\)", "", str(field.db_type(connection))) for field in (meta.pk, *fields)]
    lists = ", ".join(f"%s::{one}[]" for one in types)
    with connection.cursor() as cursor:
        cursor.execute(
            # As above.
            f"UPDATE {quote(meta.db_table)} SET {assignments} "  # noqa: S608
            f"FROM unnest({lists}) AS changed ({', '.join(columns.names)}) "
            f"WHERE {quote(meta.db_table)}.{pk} = changed.{pk}",
            [list(values) for values in zip(*map(columns.values, objects), strict=True)],
        )
        return int(cursor.rowcount)


def _update_each(
    connection: BaseDatabaseWrapper, objects: Sequence[models.Model], fields: "Sequence[models.Field[Any, Any]]"
) -> int:
    """A statement a row, prepared once; return how many rows there were."""
    quote, meta = connection.ops.quote_name, objects[0]._meta
    columns = _Columns(connection, fields)
    assignments = ", ".join(f"{name} = %s" for name in columns.names)
    pk = quote(str(meta.pk.column))
    # As above.
    statement = f"UPDATE {quote(meta.db_table)} SET {assignments} WHERE {pk} = %s"  # noqa: S608
    parameters = [[*columns.values(one), one.pk] for one in objects]
    with connection.cursor() as cursor:
        if len(objects) == 1:
            cursor.execute(statement, parameters[0])
        else:
            cursor.executemany(statement, parameters)
        return int(cursor.rowcount)
