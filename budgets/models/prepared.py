"""Reads that every request makes, compiled once: the ORM's own SQL and conversions, without working them out each time.

    locked = Prepared(lambda: View.objects.filter(Among("token", "tokens"), project=Given("project")))
    locked.run(project=7, tokens=["a", "b"])

Building and compiling a queryset takes some three times as long as running it. A statement's text must be the same for
whatever is given: hence Among, which takes a list of any length as one parameter, and hence no None among the values.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from operator import itemgetter
from typing import Any, Generic, TypeVar

import msgspec
from django.db import connection, models, transaction
from django.db.models import BooleanField, Expression, F, Func
from django.db.models.query import get_related_populators

from budgets.models.driver import Answer, run

Row = TypeVar("Row")
# What makes a statement's parameter of the values that come with a run, by name.
Binder = Callable[[dict[str, Any]], Any]


class Given(Expression):
    """A value that comes with each run: an integer or a string."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """A placeholder, with this object to say whose it is."""
        return "%s", (self,)

    def binder(self) -> Binder:
        """What takes it from the values of a run."""
        return itemgetter(self.name)


class _GivenList(Given):
    """A list that comes with each run: an array to PostgreSQL, JSON to SQLite."""

    def binder(self) -> Binder:
        """What takes it from the values of a run."""
        return (lambda values: json_text(values[self.name])) if connection.vendor == "sqlite" else super().binder()


class Among(Func):
    """Whether a column's value is in the list that is given under a name, however long it is."""

    output_field = BooleanField()
    template = "%(expressions)s)"

    def __init__(self, column: str, given: str) -> None:
        super().__init__(F(column), _GivenList(given))

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, tuple[Any, ...]]:
        """The list comes as JSON."""
        template = "%(expressions)s))"
        return super().as_sql(
            compiler, connection, template=template, arg_joiner=" IN (SELECT value FROM json_each(", **context
        )

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, tuple[Any, ...]]:
        """The list comes as an array."""
        return super().as_sql(compiler, connection, arg_joiner=" = ANY(", **context)


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A queryset's statement, and what makes its rows of what the database answers."""

    text: str
    binders: tuple[Binder, ...]
    locks: bool
    convert: Callable[[list[Any]], Iterator[Any]]


class Asked(Generic[Row]):
    """A prepared queryset's answer, which may be on its way."""

    def __init__(self, answer: Answer, convert: Callable[[list[Any]], Iterator[Any]]) -> None:
        self._answer, self._convert = answer, convert

    def rows(self) -> list[Row]:
        """What was asked for."""
        return list(self._convert(self._answer.rows))


class Prepared(Generic[Row]):
    """A queryset to run again and again: of models, with select_related too, or of values_list's tuples."""

    def __init__(self, build: "Callable[[], models.QuerySet[Any, Row]]") -> None:
        self._build = build
        self._compiled: _Compiled | None = None

    def run(self, **values: Any) -> list[Row]:
        """The rows for the values that the queryset's Given and Among name."""
        return self.ask(**values).rows()

    def ask(self, **values: Any) -> "Asked[Row]":
        """The same, whose rows are fetched later: within a trip (`driver.one_trip`), with those of others."""
        compiled = self._compiled
        if compiled is None:
            compiled = self._compiled = _compile(self._build())
        if compiled.locks and not connection.in_atomic_block:
            raise transaction.TransactionManagementError("rows are locked within a transaction only")
        return Asked(run(compiled.text, [bind(values) for bind in compiled.binders]), compiled.convert)

    def first(self, **values: Any) -> Row | None:
        """The first of the rows; the queryset sees to it that there are not many."""
        return next(iter(self.run(**values)), None)


def _converters(compiler: Any) -> Iterator[tuple[int, Callable[[Any], Any]]]:
    """The place of each column that is not to be taken as the database gives it, and what makes its value of it."""
    columns = [column[0] for column in compiler.select]
    for at, (chain, column) in compiler.get_converters(columns).items():
        # Django's own do the same in many more steps.
        if isinstance(column.output_field, models.DateTimeField):
            yield at, _as_utc
        elif isinstance(column.output_field, models.JSONField) and column.output_field.decoder is None:
            yield at, msgspec.json.decode
        else:
            yield at, partial(_convert, chain, column)


def _as_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def json_text(value: Any) -> str:
    """The value as JSON."""
    return msgspec.json.encode(value).decode()


def _binder(parameter: Any) -> Binder:
    return parameter.binder() if isinstance(parameter, Given) else lambda values: parameter


def _convert(chain: Sequence[Callable[[Any, Any, Any], Any]], column: Any, value: Any) -> Any:
    for converter in chain:
        value = converter(value, column, connection)
    return value


def _compile(queryset: "models.QuerySet[Any, Any]") -> _Compiled:
    compiler = queryset.query.get_compiler(connection=connection)
    text, parameters = compiler.as_sql()
    binders = tuple(map(_binder, parameters))
    converters = list(_converters(compiler))

    def converted(rows: list[Any]) -> Iterator[list[Any]]:
        for row in map(list, rows):
            for at, convert in converters:
                if (value := row[at]) is not None:
                    row[at] = convert(value)
            yield row

    def tuples(rows: list[Any]) -> Iterator[tuple[Any, ...]]:
        return map(tuple, converted(rows) if converters else rows)

    klass_info = compiler.klass_info
    if klass_info is None or not issubclass(queryset._iterable_class, models.query.ModelIterable):
        return _Compiled(text, binders, queryset.query.select_for_update, tuples)
    model, columns = klass_info["model"], klass_info["select_fields"]
    names = [compiler.select[at][0].target.attname for at in columns]
    populators = get_related_populators(klass_info, compiler.select, connection.alias)  # type: ignore[call-arg]  # of Django 6

    def instances(rows: list[Any]) -> Iterator[Any]:
        for row in converted(rows):
            instance = model.from_db(connection.alias, names, row[columns[0] : columns[-1] + 1])
            for populator in populators:
                populator.populate(row, instance)
            yield instance

    return _Compiled(text, binders, queryset.query.select_for_update, instances)
