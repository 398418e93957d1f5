"""Inserts of many rows: new ones, and sums that are added to those of rows that are there."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connection, models

from budgets.models.driver import Answer, Rows, Then, ignore, run, run_once
from budgets.services.bulk.columns import Columns, Names, columns_of
from budgets.services.bulk.json_rows import as_json, given_as_json, read_from_json
from budgets.services.bulk.row_by_row import run_for_each

# SQLite keeps what it has made of a statement: of one with as many parameters as may be, that is megabytes.
MAX_INSERTED_PARAMETERS = 2_000


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
    columns = columns_of(model, (*keys, *implied, *sums))
    _insert(columns, _addition(columns, len(keys), len(sums)), [columns.converted(list(row)) for row in sorted(rows)])


@cache
def _addition(columns: Columns, keys: int, sums: int) -> str:
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
    columns = columns_of(model, tuple(field.name for field in fields))
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


def _insert(columns: Columns, suffix: str, rows: Sequence[Sequence[Any]], then: Then | None = None) -> Answer | None:
    """The last of the answers; without rows there is none."""
    if len(rows) == 1:
        return run(_insert_of_one(columns, suffix), rows[0], then or ignore)
    if rows and connection.vendor == "postgresql":
        return run(_insert_from_json_text(columns, suffix), [as_json(columns, rows)], then or ignore)
    if then is None:
        run_for_each(_insert_of_one(columns, suffix), rows)
        return None
    answer, batch = None, MAX_INSERTED_PARAMETERS // len(columns.names)
    for at in range(0, len(rows), batch):
        chunk = rows[at : at + batch]
        text = _insert_text(columns, suffix, len(chunk))
        answer = run_once(text, [value for row in chunk for value in row], then)
    return answer


def _insert_text(columns: Columns, suffix: str, count: int) -> str:
    values = ", ".join([columns.placeholders] * count)
    # Only names of tables and columns are put into the text; every value is a parameter.
    return f"INSERT INTO {columns.table} ({', '.join(columns.names)}) VALUES {values}{suffix}"  # noqa: S608


@cache
def _insert_of_one(columns: Columns, suffix: str) -> str:
    return _insert_text(columns, suffix, 1)


@cache
def _insert_from_json_text(columns: Columns, suffix: str) -> str:
    # As above. They are inserted, and their ids are told, in the order in which they are given.
    return (
        f"INSERT INTO {columns.table} ({', '.join(columns.names)}) "  # noqa: S608
        f"SELECT {', '.join(read_from_json(columns))} FROM {given_as_json(columns)}{suffix}"
    )
