"""Filters of the end users' list."""

from collections.abc import Iterable
from datetime import UTC, date, timedelta
from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from budgets.admin.base import now_of
from budgets.admin.typed import AnyModelAdmin, DropdownFilter
from budgets.domain.durations import duration_words
from budgets.models import EndUser
from budgets.queries.end_user_list import STATES, spent_between
from budgets.queries.end_users import NEAR_PERCENT

Lookups = Iterable[tuple[Any, str]]
Users = QuerySet[EndUser]


class LimitFilter(DropdownFilter):
    """Users by how they stand against their limit."""

    title = "limit"
    parameter_name = "limit"

    def lookups(self, request: HttpRequest, model_admin: AnyModelAdmin) -> Lookups:
        """The states in words, the worst first."""
        return [
            ("over", "over the limit"),
            ("near", f"near it ({NEAR_PERCENT} % or more)"),
            ("runs_out", "runs out before the reset"),
            ("ok", "lasts until the reset"),
            ("unlimited", "unlimited"),
        ]

    def queryset(self, request: HttpRequest, queryset: Users) -> Users:
        """The users who stand so."""
        return queryset.filter(STATES.get(self.value() or "", Q()))


class DurationFilter(DropdownFilter):
    """Users by the duration of their budget."""

    title = "duration"
    parameter_name = "duration"
    NONE, OTHER = "none", "other"
    # With 30, which older releases of litellm called monthly.
    DAYS = (1, 7, 28, 30, 365)

    def lookups(self, request: HttpRequest, model_admin: AnyModelAdmin) -> Lookups:
        """Litellm's words, then the rest."""
        words = [(str(days), duration_words(days)) for days in self.DAYS]
        return [*words, (self.OTHER, "another number of days"), (self.NONE, "never resets")]

    def queryset(self, request: HttpRequest, queryset: Users) -> Users:
        """The users with that duration."""
        value = self.value() or ""
        if value == self.NONE:
            return queryset.filter(budget__duration_days=None)
        if value == self.OTHER:
            return queryset.exclude(budget__duration_days=None).exclude(budget__duration_days__in=self.DAYS)
        days = next((days for days in self.DAYS if str(days) == value), None)
        return queryset.filter(budget__duration_days=days) if days else queryset


class SpentFilter(DropdownFilter):
    """Users who spent anything on the last UTC days; or in a span of days, as the dashboard links to it."""

    title = "spent"
    parameter_name = "spent"
    WORDS: ClassVar[dict[str, str]] = {
        "1": "today",
        "7": "in the last 7 days",
        "30": "in the last 30 days",
        "90": "in the last 90 days",
    }

    def lookups(self, request: HttpRequest, model_admin: AnyModelAdmin) -> Lookups:
        """The days in words."""
        found = list(self.WORDS.items())
        value = request.GET.get(self.parameter_name, "")
        if days := day_span_of(value):
            found.append((value, f"{days[0]} to {days[1]}, UTC"))
        return found

    def queryset(self, request: HttpRequest, queryset: Users) -> Users:
        """The users who did."""
        value = self.value() or ""
        if value in self.WORDS:
            today = now_of(request).astimezone(UTC).date()
            return spent_between(queryset, today - timedelta(days=int(value) - 1), today)
        days = day_span_of(value)
        return spent_between(queryset, *days) if days else queryset


def day_span_of(value: str) -> tuple[date, date] | None:
    """The first and the last day of "2026-11-01..2026-11-24"; None for anything else."""
    try:
        first, last = (date.fromisoformat(part) for part in value.split(".."))
    except ValueError:
        return None
    return first, last


class ArchivedFilter(DropdownFilter):
    """Archived users are hidden until asked for."""

    title = "state"
    parameter_name = "archived"
    all_option = None

    def lookups(self, request: HttpRequest, model_admin: AnyModelAdmin) -> Lookups:
        """In use, archived, or both."""
        return [("", "in use"), ("yes", "archived"), ("all", "in use or archived")]

    def queryset(self, request: HttpRequest, queryset: Users) -> Users:
        """In use, unless another was chosen."""
        if self.value() == "all":
            return queryset
        return queryset.filter(archived_at__isnull=self.value() != "yes")
