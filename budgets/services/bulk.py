"""Reads and writes of many rows in few statements, where Django's ORM has no words for it.

A statement of one row has always the same text, and is left to `models.driver`: most posts write no more.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from operator import attrgetter
from typing import Any, TypeVar

import msgspec
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, models

from budgets.models.driver import Answer, Rows, Then, ignore, run, run_once
from budgets.models.prepared import json_text

# SQLite takes 32,766 parameters a statement, PostgreSQL 65,535.
MAX_PARAMETERS = 30_000
# SQLite keeps what it has made of a statement: of one with as many parameters as may be, that is megabytes.
MAX_INSERTED_PARAMETERS = 2_000
# Types of values that a database takes as they are, in any column but one of JSON.
PLAIN = frozenset({int, str, bool, type(None)})
# Fields whose values are of those types.
TAKEN_AS_THEY_ARE = (models.IntegerField, models.BooleanField, models.TextField, models.ForeignKey)
# Types whose values come as text within JSON, and what makes them of it.
FROM_TEXT = {"jsonb": "{}::jsonb", "bytea": "decode({}, 'base64')"}

Row = TypeVar("Row")
Names = tuple[str, ...]


def rows_in(queryset: "models.QuerySet[Any, Row]", field: str, values: Collection[Any]) -> Iterator[Row]:
    """The rows whose `field` is among `values`, however many those are."""
    ordered = sorted(values)
    for at in range(0, len(ordered), MAX_PARAMETERS):
        yield from queryset.filter(**{f"{field}__in": ordered[at : at + MAX_PARAMETERS]})


class _Columns:
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


_columns = cache(_Columns)


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


def add_to_sums(
    model: type[models.Model],
    *,
    keys: Names,
    implied: Names = (),
    sums: Names,
    rows: Iterable[tuple[Any, ...]],
) -> None:
    """Insert rows, adding the `sums` columns to those of a row that has the same `keys` already.

    `rows` give the columns in the order of `keys`, then those that are `implied` by the keys, then `sums`. They are
    written in sorted order, so that two transactions never wait for each other's rows crosswise.
    """
    columns = _columns(model, (*keys, *implied, *sums))
    _insert(columns, _addition(columns, len(keys), len(sums)), [columns.converted(list(row)) for row in sorted(rows)])


@cache
def _addition(columns: _Columns, keys: int, sums: int) -> str:
    update = ", ".join(f"{name} = {columns.table}.{name} + excluded.{name}" for name in columns.names[-sums:])
    return f" ON CONFLICT ({', '.join(columns.names[:keys])}) DO UPDATE SET {update}"


def insert_rows(objects: Sequence[models.Model], *, needs_ids: bool = True) -> None:
    """Insert new rows and give the objects their ids, as bulk_create does, which takes some four times as long.

    No field may set itself as it is saved (auto_now). Without `needs_ids`, only a single row has its id afterwards, and
    no trip is ended for it.
    """
    if not objects:
        return
    model = type(objects[0])
    fields = _written(model)
    _fill_in_ids(objects, fields)
    columns = _columns(model, tuple(field.name for field in fields))
    fresh, returns_ids = iter(objects), model._meta.pk not in fields and (needs_ids or len(objects) == 1)

    def give_ids(rows: Rows, count: int) -> None:
        for (pk,), one in zip(rows, fresh, strict=False):
            one.pk = pk

    rows = [columns.of(one) for one in objects]
    answer = _insert(columns, f" RETURNING {columns.pk}", rows, give_ids) if returns_ids else _insert(columns, "", rows)
    for one in objects:
        one._state.adding, one._state.db = False, DEFAULT_DB_ALIAS
    if answer is not None and needs_ids:
        answer.wait()


@cache
def _written(model: type[models.Model]) -> "list[models.Field[Any, Any]]":
    """The fields but for those that the database works out."""
    return [
        field for field in model._meta.concrete_fields if not (field.generated or isinstance(field, models.AutoField))
    ]


def _fill_in_ids(objects: Sequence[models.Model], fields: "Sequence[models.Field[Any, Any]]") -> None:
    """Of related objects that had none when they were put into these."""
    for field in fields:
        if isinstance(field, models.ForeignKey):
            for one in objects:
                if one.__dict__[field.attname] is None and (related := one._state.fields_cache.get(field.name)):
                    setattr(one, field.attname, related.pk)


def _insert(columns: _Columns, suffix: str, rows: Sequence[Sequence[Any]], then: Then | None = None) -> Answer | None:
    """The last of the answers; without rows there is none."""
    if len(rows) == 1:
        return run(_insert_of_one(columns, suffix), rows[0], then or ignore)
    if rows and connection.vendor == "postgresql":
        return run(_insert_from_json_text(columns, suffix), [_as_json(columns, rows)], then or ignore)
    if then is None:
        _run_for_each(_insert_of_one(columns, suffix), rows)
        return None
    answer, batch = None, MAX_INSERTED_PARAMETERS // len(columns.names)
    for at in range(0, len(rows), batch):
        chunk = rows[at : at + batch]
        text = _insert_text(columns, suffix, len(chunk))
        answer = run_once(text, [value for row in chunk for value in row], then)
    return answer


def _run_for_each(text: str, rows: Sequence[Sequence[Any]]) -> int:
    """Run a statement for each of the rows, which SQLite prepares once; return how many were written."""
    with connection.cursor() as cursor:
        cursor.executemany(text, rows)
        return int(cursor.rowcount)


def _insert_text(columns: _Columns, suffix: str, count: int) -> str:
    values = ", ".join([columns.placeholders] * count)
    # Only names of tables and columns are put into the text; every value is a parameter.
    return f"INSERT INTO {columns.table} ({', '.join(columns.names)}) VALUES {values}{suffix}"  # noqa: S608


@cache
def _insert_of_one(columns: _Columns, suffix: str) -> str:
    return _insert_text(columns, suffix, 1)


@cache
def _insert_from_json_text(columns: _Columns, suffix: str) -> str:
    # As above. They are inserted, and their ids are told, in the order in which they are given.
    return (
        f"INSERT INTO {columns.table} ({', '.join(columns.names)}) "  # noqa: S608
        f"SELECT {', '.join(_read_from_json(columns))} FROM {_given_as_json(columns)}{suffix}"
    )


def update_rows(objects: Sequence[models.Model], fields: Names) -> None:
    """Write `fields` of rows that exist; the caller has seen to that, by a lock."""
    if not objects:
        return
    model = type(objects[0])
    columns = _columns(model, fields)
    if len(objects) == 1:
        run(_update_text(columns), [*columns.of(objects[0]), objects[0].pk], _all_of(objects))
    elif connection.vendor == "postgresql":
        _update_from_json(_columns(model, (model._meta.pk.name, *fields)), objects)
    else:
        written = _run_for_each(_update_text(columns), [[*columns.of(one), columns.pk_of(one)] for one in objects])
        _all_of(objects)([], written)


def update_if_there(one: models.Model, fields: Names) -> None:
    """Write `fields` of a row that may be gone by now."""
    columns = _columns(type(one), fields)
    run(_update_text(columns), [*columns.of(one), one.pk]).wait()


@cache
def _update_text(columns: _Columns) -> str:
    assignments = ", ".join(f"{name} = %s" for name in columns.names)
    # As above.
    return f"UPDATE {columns.table} SET {assignments} WHERE {columns.pk} = %s"  # noqa: S608


def _update_from_json(columns: _Columns, objects: Sequence[models.Model]) -> None:
    """One statement; the first of the columns is the key."""
    run(_update_from_json_text(columns), [_as_json(columns, map(columns.of, objects))], _all_of(objects))


@cache
def _update_from_json_text(columns: _Columns) -> str:
    key, *values = _read_from_json(columns)
    assignments = ", ".join(f"{name} = {value}" for name, value in zip(columns.names[1:], values, strict=True))
    # As above.
    return (
        f"UPDATE {columns.table} SET {assignments} "  # noqa: S608
        f"FROM {_given_as_json(columns)} WHERE {columns.table}.{columns.pk} = {key}"
    )


def _as_json(columns: _Columns, rows: Iterable[Sequence[Any]]) -> str:
    """Many rows as one parameter: to PostgreSQL, the driver takes ten times as long for a parameter a value."""
    keys = [f"c{at}" for at in range(len(columns.fields))]
    return msgspec.json.encode([dict(zip(keys, row, strict=True)) for row in rows]).decode()


def _given_as_json(columns: _Columns) -> str:
    """What `_as_json` makes, as a table of the columns c0, c1 and so on."""
    types = ("text" if one in FROM_TEXT else one for one in _types(columns))
    return f"json_to_recordset(%s) AS given({', '.join(f'c{at} {one}' for at, one in enumerate(types))})"


def _read_from_json(columns: _Columns) -> list[str]:
    """The columns' values, in that table."""
    return [FROM_TEXT.get(one, "{}").format(f"c{at}") for at, one in enumerate(_types(columns))]


def _types(columns: _Columns) -> list[str]:
    # Without the length: a cast to it would cut a text that is too long, where the assignment refuses it.
    return [re.sub(r"\(\d+\)", "", str(field.db_type(connection))) for field in columns.fields]


def _all_of(objects: Sequence[models.Model]) -> Then:
    """Raises DatabaseError where not all of them were written."""

    def check(rows: Rows, count: int) -> None:
        if count != len(objects):
            raise DatabaseError(f"{len(objects) - count} of {objects[0]._meta.label} are gone")

    return check
