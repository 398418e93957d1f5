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


def _by_row(request: HttpRequest, changelist: Any, lookups: RowLookups) -> Iterator[Narrowing]:
    for lookup, (title, model) in lookups.items():
        if value := request.GET.get(lookup):
            without = changelist.get_query_string(remove=[lookup])
            yield Narrowing(title, _row_name(request, model, value), without)


def _row_name(request: HttpRequest, model: type[Model], value: str) -> str:
    """The row's name, if the login may see it; else what the address says."""
    rows = reach_of(request.user, "view", model).of(model._default_manager.all())
    row = rows.filter(pk=value).first() if is_row_id(value) else None
    return visible_name(str(row)) if row else value


def _by_filter(changelist: Any) -> Iterator[Narrowing]:
    for one in changelist.filter_specs:
        if value := one.value():
            words = {str(key): str(word) for key, word in one.lookup_choices}.get(value, value)
            yield Narrowing(one.title, words, changelist.get_query_string(remove=[one.parameter_name]))
