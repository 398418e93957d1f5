"""Which budget windows should have begun anew by now, and have not."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from budgets.models import Period

MAX_SHOWN = 10


@dataclass(frozen=True, slots=True)
class DueResets:
    """How many periods are due, and the longest due of them with their users."""

    count: int
    longest: list[Period]


def due_periods(*, now: datetime) -> QuerySet[Period]:
    """The open periods whose duration has elapsed, those of archived users apart."""
    return Period.objects.filter(ends_at=None, due_at__lte=now, end_user__archived_at=None)


def count_due(*, now: datetime) -> int:
    """How many are due. That none is, as is usual, the index of due open periods tells at once."""
    due = due_periods(now=now)
    # In its order: PostgreSQL takes closed periods for due ones, expects many, and would read all open ones.
    has_any = bool(due.order_by("due_at").values_list("pk")[:1])
    return due.count() if has_any else 0


def due_resets(*, now: datetime) -> DueResets:
    """The due periods, by when they were due."""
    due = due_periods(now=now)
    longest = list(due.select_related("end_user__project").order_by("due_at")[:MAX_SHOWN])
    return DueResets(due.count() if longest else 0, longest)
