"""What a list leaves out, told above it: each filter in words, with the address of the list without it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.http import HttpRequest

from budgets.domain.names import visible_name
from budgets.domain.row_ids import is_row_id
from budgets.queries.access import reach_of

# A lookup of the address by a row's id, such as "client__id__exact": what the row is called, and its model.
RowLookups = Mapping[str, tuple[str, type[Model]]]


@dataclass(frozen=True, slots=True)
class Narrowing:
    """A filter that is on: "project", "research", and the query string of the list without it."""

    title: str
    value: str
    without: str


def narrowings(request: HttpRequest, changelist: Any, lookups: RowLookups) -> list[Narrowing]:
    """The filters that are on, those by one row first."""
    return [*_by_row(request, changelist, lookups), *_by_filter(changelist)]


def without_narrowings(changelist: Any, lookups: RowLookups) -> str:
    """The query string of the list without any filter; search and order stay."""
    return str(changelist.get_query_string(remove=[*lookups, *(one.parameter_name for one in changelist.filter_specs)]))


def _by_row(request: HttpRequest, changelist: Any, lookups: RowLookups) -> Iterator[Narrowing]:
    for lookup, (title, model) in lookups.items():
        if values := [value for value in request.GET.getlist(lookup) if value]:
            without = changelist.get_query_string(remove=[lookup])
            yield Narrowing(title, " or ".join(_row_name(request, model, value) for value in values), without)


def _row_name(request: HttpRequest, model: type[Model], value: str) -> str:
    """The row's name, if the login may see it; else what the address says."""
    rows = reach_of(request.user, "view", model).of(model._default_manager.all())
    row = rows.filter(pk=value).first() if is_row_id(value) else None
    return str(row) if row else visible_name(value)


def _by_filter(changelist: Any) -> Iterator[Narrowing]:
    for one in changelist.filter_specs:
        value = one.value()
        words = {str(key): str(word) for key, word in one.lookup_choices}.get(value)
        # A value that is none of the choices leaves the list as it is, but for the filters that take any.
        if value and (words or getattr(one, "takes_any", False)):
            without = changelist.get_query_string(remove=[one.parameter_name])
            yield Narrowing(one.title, words or visible_name(value), without)
