"""Updates of many rows that exist, each with values of its own."""

from collections.abc import Sequence
from functools import cache

from django.db import DatabaseError, connection, models

from budgets.models.driver import Rows, Then, run
from budgets.services.bulk.columns import Columns, Names, columns_of
from budgets.services.bulk.json_rows import as_json, given_as_json, read_from_json
from budgets.services.bulk.row_by_row import run_for_each


def update_rows(objects: Sequence[models.Model], fields: Names) -> None:
    """Write `fields` of rows that exist; the caller has seen to that, by a lock."""
    if not objects:
        return
    model = type(objects[0])
    columns = columns_of(model, fields)
    if len(objects) == 1:
        run(_update_text(columns), [*columns.of(objects[0]), objects[0].pk], _all_of(objects))
    elif connection.vendor == "postgresql":
        _update_from_json(columns_of(model, (model._meta.pk.name, *fields)), objects)
    else:
        written = run_for_each(_update_text(columns), [[*columns.of(one), columns.pk_of(one)] for one in objects])
        _all_of(objects)([], written)


def update_if_there(one: models.Model, fields: Names) -> None:
    """Write `fields` of a row that may be gone by now."""
    columns = columns_of(type(one), fields)
    run(_update_text(columns), [*columns.of(one), one.pk]).wait()


@cache
def _update_text(columns: Columns) -> str:
    assignments = ", ".join(f"{name} = %s" for name in columns.names)
    # Only names of tables and columns are put into the text; every value is a parameter.
    return f"UPDATE {columns.table} SET {assignments} WHERE {columns.pk} = %s"  # noqa: S608


def _update_from_json(columns: Columns, objects: Sequence[models.Model]) -> None:
    """One statement; the first of the columns is the key."""
    run(_update_from_json_text(columns), [as_json(columns, map(columns.of, objects))], _all_of(objects))


@cache
def _update_from_json_text(columns: Columns) -> str:
    key, *values = read_from_json(columns)
    assignments = ", ".join(f"{name} = {value}" for name, value in zip(columns.names[1:], values, strict=True))
    # As above.
    return (
        f"UPDATE {columns.table} SET {assignments} "  # noqa: S608
        f"FROM {given_as_json(columns)} WHERE {columns.table}.{columns.pk} = {key}"
    )


def _all_of(objects: Sequence[models.Model]) -> Then:
    """Raises DatabaseError where not all of them were written."""

    def check(rows: Rows, count: int) -> None:
        if count != len(objects):
            raise DatabaseError(f"{len(objects) - count} of {objects[0]._meta.label} are gone")

    return check
