"""The list of cost entries as a view of its own: it says what the entries that the filters leave come to."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.http import HttpRequest

from budgets.admin.filters import SinceFilter
from budgets.domain.windows import floor_hour
from budgets.models import CostEntry
from budgets.queries.access import reach_of
from budgets.queries.entry_totals import MAX_READ, EntryTotal, total_of_entries, total_of_sums
from budgets.queries.settled import Sums, sums_of
from budgets.queries.spend import EVER

if TYPE_CHECKING:
    from django.contrib.admin.views.main import ChangeList
else:
    from unfold.views import ChangeList

# What the addresses of pages that lead here choose by, beside the filters. Each has an index.
ONE_USER, ONE_CLIENT = "end_user__id__exact", "client__id__exact"
PROJECT, MODEL, SINCE = "project", "model", SinceFilter.parameter_name
# What the sums by the hour can be chosen by.
OF_HOURS = frozenset({PROJECT, MODEL, SINCE})


class EntryList(ChangeList):
    """Django's list with `total`: None where too many entries would have to be read for it."""

    most_read = MAX_READ

    def get_results(self, request: HttpRequest) -> None:
        """The page, and the sum."""
        super().get_results(request)
        filters: list[Any] = self.filter_specs
        self.chosen = {one.parameter_name: one for one in filters if one.value()}
        self.total: EntryTotal | None = None
        span = self.chosen[SINCE].span() if SINCE in self.chosen else EVER
        among = self._among(request)
        if span and self._is_told_by_hours(span):
            self.total = total_of_sums(self._sums(request, span))
        elif among is not None:
            self.total = total_of_entries(self.queryset, among=among)

    def _is_told_by_hours(self, span: tuple[datetime, datetime]) -> bool:
        is_by_others = self.query or self.params.keys() & {ONE_USER, ONE_CLIENT} or self.chosen.keys() - OF_HOURS
        return not is_by_others and all(moment == floor_hour(moment) for moment in span)

    def _sums(self, request: HttpRequest, span: tuple[datetime, datetime]) -> Iterator[Sums]:
        for part in sums_of([span], reach=reach_of(request.user, "view", CostEntry)):
            rows = part
            for name in self.chosen.keys() & {PROJECT, MODEL}:
                rows = self.chosen[name].queryset(request, rows)
            yield rows

    def _among(self, request: HttpRequest) -> QuerySet[CostEntry] | None:
        """The entries that an index leads to from what was chosen; None where nothing that has one was."""
        entries: QuerySet[CostEntry] = self.root_queryset
        lookups = {name: self.params[name] for name in (ONE_USER, ONE_CLIENT) if name in self.params}
        if lookups:
            return entries.filter(**lookups)
        if PROJECT not in self.chosen:
            return None
        for name in self.chosen.keys() & {PROJECT, SINCE}:
            entries = self.chosen[name].queryset(request, entries)
        return entries
