"""Filters of several lists, as unfold's drop-downs."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest

from budgets.admin.base import now
from budgets.admin.typed import AnyModelAdmin, DropdownFilter, M
from budgets.domain.names import visible_name
from budgets.domain.row_ids import is_row_id
from budgets.domain.windows import DAY, HOUR, floor_day, floor_hour
from budgets.models import Project
from budgets.queries.access import reach_of

# More than this in a drop-down helps nobody.
MAX_CHOICES = 200


def id_in(rows: QuerySet[M], field: str, value: str | None) -> QuerySet[M]:
    """The rows whose `field` has the id of the URL; all where it names none, none where it is no number."""
    if not value:
        return rows
    return rows.filter(**{field: int(value)}) if is_row_id(value) else rows.none()


class ProjectFilter(DropdownFilter):
    """The rows of one project."""

    title = "project"
    parameter_name = "project"
    takes_any = True
    path: ClassVar[str] = "project"

    def lookups(self, request: HttpRequest, model_admin: AnyModelAdmin) -> Iterable[tuple[Any, str]]:
        """The first projects by name, and the chosen one."""
        within = reach_of(request.user, "view", model_admin.model).of(Project.objects.all(), "pk")
        found = list(within.values_list("pk", "name")[:MAX_CHOICES])
        chosen = request.GET.get(self.parameter_name, "")
        if len(found) == MAX_CHOICES and is_row_id(chosen) and int(chosen) not in dict(found):
            found += within.filter(pk=int(chosen)).values_list("pk", "name")
        return [(str(pk), visible_name(name)) for pk, name in found]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model] | None:
        """The project's rows; none where the id is no number."""
        return id_in(queryset, self.path, self.value())


def span_of(value: str | None) -> tuple[datetime, datetime] | None:
    """`[start, end)` in UTC of "2026-11-01T00..2026-11-25T00"; None for anything else."""
    try:
        start, end = (datetime.fromisoformat(part).replace(tzinfo=UTC) for part in (value or "").split(".."))
    except ValueError:
        return None
    return start, end


class SinceFilter(DropdownFilter):
    """The rows of the last day, week, month or quarter; or of an exact span, as the dashboard links to it."""

    title = "date"
    parameter_name = "since"
    field: ClassVar[str] = "recorded_at"
    DAYS: ClassVar[dict[str, int]] = {"1": 1, "7": 7, "30": 30, "90": 90}

    def lookups(self, request: HttpRequest, model_admin: AnyModelAdmin) -> Iterable[tuple[Any, str]]:
        """The spans in words."""
        spans = [("1", "last 24 hours"), ("7", "last 7 days"), ("30", "last 30 days"), ("90", "last 90 days")]
        value = request.GET.get(self.parameter_name, "")
        if span := span_of(value):
            start, end = (f"{moment:%Y-%m-%d %H}:00" for moment in span)
            spans.append((value, f"{start} to before {end} UTC"))
        return spans

    def span(self) -> tuple[datetime, datetime] | None:
        """`[start, end)` in UTC of what was chosen: up to and with the running hour or day, or the exact span."""
        if days := self.DAYS.get(self.value() or ""):
            # By whole days with the one that is running, as the dashboard's ranges; a single one by the hour.
            end = floor_hour(now()) + HOUR if days == 1 else floor_day(now()) + DAY
            return end - days * DAY, end
        return span_of(self.value())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model] | None:
        """The rows since then, or in the span."""
        span = self.span()
        return queryset.filter(**{f"{self.field}__gte": span[0], f"{self.field}__lt": span[1]}) if span else queryset
