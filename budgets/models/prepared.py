"""Reads that every request makes, compiled once: the ORM's own SQL and conversions, without working them out each time.

    locked = Prepared(lambda: View.objects.filter(project=Given("project"), Among("token", "tokens")))
    locked.run(project=7, tokens=["a", "b"])

Building and compiling a queryset takes some three times as long as running it. A statement's text must be the same for
whatever is given: hence Among, which takes a list of any length as one parameter, and hence no None among the values.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from json import dumps
from typing import Any, Generic, TypeVar

from django.db import connection, models, transaction
from django.db.models import BooleanField, Expression, F, Func
from django.db.models.query import get_related_populators

Row = TypeVar("Row")


class Given(Expression):
    """A value that comes with each run: an integer, a string, or a list of either for Among."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """A placeholder, with this object to say whose it is."""
        return "%s", [self]

    def bound(self, values: dict[str, Any]) -> Any:
        """What was given, as the database takes it."""
        value = values[self.name]
        return dumps(value) if isinstance(value, list) and connection.vendor == "sqlite" else value


class Among(Func):
    """Whether a column's value is in the list that is given under a name, however long it is."""

    output_field = BooleanField()
    template = "%(expressions)s)"

    def __init__(self, column: str, given: str) -> None:
        super().__init__(F(column), Given(given))

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Sequence[Any]]:
        """The list comes as JSON."""
        template = "%(expressions)s))"
        return super().as_sql(
            compiler, connection, template=template, arg_joiner=" IN (SELECT value FROM json_each(", **context
        )

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> tuple[str, Sequence[Any]]:
        """The list comes as an array."""
        return super().as_sql(compiler, connection, arg_joiner=" = ANY(", **context)


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A queryset's statement, and what makes its rows of what the database answers."""

    text: str
    parameters: tuple[Any, ...]
    locks: bool
    convert: Callable[[list[Any]], Iterator[Any]]


class Prepared(Generic[Row]):
    """A queryset to run again and again: of models, with select_related too, or of values_list's tuples."""

    def __init__(self, build: "Callable[[], models.QuerySet[Any, Row]]") -> None:
        self._build = build
        self._by_vendor: dict[str, _Compiled] = {}

    def run(self, **values: Any) -> list[Row]:
        """The rows for the values that the queryset's Given and Among name."""
        compiled = self._by_vendor.get(connection.vendor)
        if compiled is None:
            compiled = self._by_vendor[connection.vendor] = _compile(self._build())
        if compiled.locks and not connection.in_atomic_block:
            raise transaction.TransactionManagementError("rows are locked within a transaction only")
        parameters = [one.bound(values) if isinstance(one, Given) else one for one in compiled.parameters]
        with connection.cursor() as cursor:
            cursor.execute(compiled.text, parameters)
            return list(compiled.convert(cursor.fetchall()))

    def first(self, **values: Any) -> Row | None:
        """The first of the rows; the queryset sees to it that there are not many."""
        return next(iter(self.run(**values)), None)


def _compile(queryset: "models.QuerySet[Any, Any]") -> _Compiled:
    compiler = queryset.query.get_compiler(connection=connection)
    text, parameters = compiler.as_sql()
    converters = compiler.get_converters([column[0] for column in compiler.select])

    def converted(rows: list[Any]) -> Iterator[Any]:
        compiler_rows = compiler.apply_converters(rows, converters) if converters else rows
        return map(tuple, compiler_rows)

    klass_info = compiler.klass_info
    if klass_info is None or not issubclass(queryset._iterable_class, models.query.ModelIterable):
        return _Compiled(text, tuple(parameters), queryset.query.select_for_update, converted)
    model, columns = klass_info["model"], klass_info["select_fields"]
    names = [compiler.select[at][0].target.attname for at in columns]
    populators = get_related_populators(klass_info, compiler.select, connection.alias)

    def instances(rows: list[Any]) -> Iterator[Any]:
        for row in converted(rows):
            instance = model.from_db(connection.alias, names, row[columns[0] : columns[-1] + 1])
            for populator in populators:
                populator.populate(row, instance)
            yield instance

    return _Compiled(text, tuple(parameters), queryset.query.select_for_update, instances)
