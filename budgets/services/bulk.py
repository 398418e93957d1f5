"""Reads and writes of many rows in few statements, where Django's ORM has no words for it."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, DatabaseError, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper

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
    connection = connections[DEFAULT_DB_ALIAS]
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


def insert_rows(objects: Sequence[models.Model]) -> None:
    """Insert new rows and give the objects their ids, as bulk_create does, which takes some four times as long."""
    if not objects:
        return
    connection = connections[DEFAULT_DB_ALIAS]
    meta = type(objects[0])._meta
    fields = [one for one in meta.concrete_fields if not (isinstance(one, models.AutoField) or one.generated)]
    quote = connection.ops.quote_name
    returning = f" RETURNING {quote(meta.pk.column)}" if meta.pk not in fields else ""
    columns = ", ".join(quote(str(field.column)) for field in fields)
    placeholder = f"({', '.join(['%s'] * len(fields))})"
    batch = MAX_PARAMETERS // len(fields)
    with connection.cursor() as cursor:
        for at in range(0, len(objects), batch):
            chunk = objects[at : at + batch]
            parameters = [_value(connection, one, field, is_new=True) for one in chunk for field in fields]
            cursor.execute(
                # Only names of tables and columns are put into the text; every value is a parameter.
                f"INSERT INTO {quote(meta.db_table)} ({columns}) "  # noqa: S608
                f"VALUES {', '.join([placeholder] * len(chunk))}{returning}",
                parameters,
            )
            if returning:
                for one, (pk,) in zip(chunk, cursor.fetchall(), strict=True):
                    one.pk = pk
    for one in objects:
        one._state.adding, one._state.db = False, connection.alias


def _value(
    connection: BaseDatabaseWrapper, instance: models.Model, field: "models.Field[Any, Any]", *, is_new: bool
) -> Any:
    value = field.pre_save(instance, is_new)
    if value is None and field.is_relation and field.is_cached(instance):
        # It was put there before it had an id.
        value = getattr(field.get_cached_value(instance), "pk", None)
        setattr(instance, field.attname, value)
    return field.get_db_prep_save(value, connection)


def _update_row(instance: models.Model, names: Sequence[str]) -> None:
    connection = connections[DEFAULT_DB_ALIAS]
    meta = type(instance)._meta
    quote = connection.ops.quote_name
    fields = [field for field in meta.concrete_fields if field.name in names]
    assignments = ", ".join(f"{quote(str(field.column))} = %s" for field in fields)
    parameters = [_value(connection, instance, field, is_new=False) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(
            # As above.
            f"UPDATE {quote(meta.db_table)} SET {assignments} WHERE {quote(meta.pk.column)} = %s",  # noqa: S608
            [*parameters, instance.pk],
        )
        if cursor.rowcount != 1:
            raise DatabaseError(f"{meta.label} {instance.pk} is gone")


def update_rows(objects: Sequence[models.Model], fields: Sequence[str]) -> None:
    """Write `fields` of rows that exist, in one statement a batch: an UPDATE of many rows with a CASE each is slow."""
    if not objects:
        return
    manager: models.Manager[Any] = type(objects[0])._default_manager
    if len(objects) == 1:
        _update_row(objects[0], fields)
        return
    manager.bulk_create(
        objects, update_conflicts=True, update_fields=list(fields), unique_fields=[objects[0]._meta.pk.name]
    )
