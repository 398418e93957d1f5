"""Reads and writes of many rows in few statements, where Django's ORM has no words for it."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from django.db import connection, models

# SQLite takes 32,766 parameters a statement, PostgreSQL 65,535.
MAX_PARAMETERS = 30_000

Row = TypeVar("Row")


def rows_in(queryset: "models.QuerySet[Any, Row]", field: str, values: Collection[Any]) -> Iterator[Row]:
    """The rows whose `field` is among `values`, however many those are."""
    ordered = sorted(values)
    for at in range(0, len(ordered), MAX_PARAMETERS):
        yield from queryset.filter(**{f"{field}__in": ordered[at : at + MAX_PARAMETERS]})


def add_to_sums(
    model: type[models.Model], *, keys: Sequence[str], sums: Sequence[str], rows: Iterable[tuple[Any, ...]]
) -> None:
    """Insert rows, adding the `sums` columns to those of a row that has the same `keys` already.

    `rows` give the columns in the order of `keys`, then `sums`. They are written in sorted order, so that two
    transactions never wait for each other's rows crosswise.
    """
    concrete = {field.name: field for field in model._meta.concrete_fields}
    fields = [concrete[name] for name in (*keys, *sums)]
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    columns = [quote(str(field.column)) for field in fields]
    sum_columns = columns[len(keys) :]
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


def update_rows(objects: Sequence[models.Model], fields: Sequence[str]) -> None:
    """Write `fields` of rows that exist, in one statement a batch: an UPDATE of many rows with a CASE each is slow."""
    if not objects:
        return
    manager: models.Manager[Any] = type(objects[0])._default_manager
    if len(objects) == 1:
        objects[0].save(update_fields=list(fields))
        return
    manager.bulk_create(
        objects, update_conflicts=True, update_fields=list(fields), unique_fields=[objects[0]._meta.pk.name]
    )
