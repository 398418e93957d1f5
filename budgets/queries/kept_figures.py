"""Figures that cron has read of every user, where they are fresh; and where nothing fresh is kept, to read it now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Generic, TypeVar

from django.db.models import QuerySet

from budgets.domain.windows import Window
from budgets.models import OutlookFigures, Project, UserFigures
from budgets.queries.access import Reach
from budgets.queries.spend import days_of

# Cron runs hourly; after two missed runs the figures are read anew, however long that takes.
MAX_AGE = timedelta(hours=3)
# Of long ranges much has to be read, and an hour changes little: they are kept for so long before they are read again.
LONG_RANGE = timedelta(days=32)
LONG_RANGE_KEPT = timedelta(hours=6)
F = TypeVar("F", UserFigures, OutlookFigures)


@dataclass(frozen=True, slots=True)
class Kept(Generic[F]):
    """The projects' kept figures, and the projects without: their users are to be read now."""

    rows: Sequence[F]
    rest: Reach

    @property
    def as_of(self) -> datetime | None:
        """The moment of the oldest; None where all is read now."""
        return min((row.as_of for row in self.rows), default=None)


def kept_users(window: Window, *, reach: Reach, now: datetime) -> Kept[UserFigures]:
    """Who spent in the window's UTC days."""
    first, _ = days_of(window)
    oldest = now - MAX_AGE - (LONG_RANGE_KEPT if is_long(first, now) else timedelta())
    return _kept(UserFigures.objects.filter(first_day=first, as_of__lt=window.end, as_of__gt=oldest), reach, now)


def kept_outlook(*, reach: Reach, now: datetime) -> Kept[OutlookFigures]:
    """Where the open budgets are heading."""
    return _kept(OutlookFigures.objects.filter(as_of__gt=now - MAX_AGE), reach, now)


def is_long(first: date, now: datetime) -> bool:
    """Whether a range from that UTC day on is one of those that are kept for longer."""
    return now.astimezone(UTC).date() - first >= LONG_RANGE


def _kept(figures: QuerySet[F], reach: Reach, now: datetime) -> Kept[F]:
    rows = list(reach.of(figures.filter(as_of__lte=now)))
    if not rows:
        return Kept([], reach)
    within = reach.of(Project.objects.all(), "pk").values_list("pk", flat=True)
    return Kept(rows, Reach(frozenset(within) - {row.project_id for row in rows}))
