"""Figures that cron has read of every user, where they are fresh; and where nothing fresh is kept, to read it now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from django.db.models import QuerySet

from budgets.domain.windows import Window
from budgets.models import OutlookFigures, Project, UserFigures
from budgets.queries.access import Reach
from budgets.queries.spend import days_of

# Cron runs hourly; after two missed runs the figures are read anew, however long that takes.
MAX_AGE = timedelta(hours=3)
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
    return _kept(UserFigures.objects.filter(first_day=first, as_of__lt=window.end), reach, now)


def kept_outlook(*, reach: Reach, now: datetime) -> Kept[OutlookFigures]:
    """Where the open budgets are heading."""
    return _kept(OutlookFigures.objects.all(), reach, now)


def _kept(figures: QuerySet[F], reach: Reach, now: datetime) -> Kept[F]:
    rows = list(reach.of(figures.filter(as_of__gt=now - MAX_AGE, as_of__lte=now)))
    if not rows:
        return Kept([], reach)
    within = reach.of(Project.objects.all(), "pk").values_list("pk", flat=True)
    return Kept(rows, Reach(frozenset(within) - {row.project_id for row in rows}))
