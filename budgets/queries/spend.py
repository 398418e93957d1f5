"""What was spent in a window and in the one before, from the rollups: never from the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum

from budgets.domain.periods import EPOCH
from budgets.domain.windows import Step, Window
from budgets.models import DaySpend, HourSpend
from budgets.queries.access import Reach
from budgets.queries.settled import Sums, merged, sums_of

EVER = (EPOCH, datetime(9999, 1, 1, tzinfo=UTC))


@dataclass(frozen=True, slots=True)
class Spend:
    """Spend in nano-USD and the ledger entries behind it; then what it is compared by.

    `compared_nanousd` is the part up to the last full hour, and `before_nanousd` what was spent in as long a time of
    the window before.
    """

    cost_nanousd: int
    entries: int
    compared_nanousd: int
    before_nanousd: int


@dataclass(frozen=True, slots=True)
class ModelSpend:
    """A model and what was spent on it."""

    model: str
    spend: Spend


def hours_in(window: Window, reach: Reach) -> QuerySet[HourSpend]:
    """The hourly rollups in the window."""
    return reach.of(HourSpend.objects.filter(hour__gte=window.start, hour__lt=window.end))


def sums_in(window: Window, reach: Reach, coarsest: Step = Step.MONTH) -> list[Sums]:
    """Rows that hold the spend in the window once, none of them longer than `coarsest`."""
    return sums_of([(window.start, window.end)], reach=reach, coarsest=coarsest)


def days_of(window: Window) -> tuple[date, date]:
    """The first and the last UTC day that the window touches."""
    return window.start.date(), (window.end - timedelta(microseconds=1)).date()


def days_in(window: Window, reach: Reach) -> QuerySet[DaySpend]:
    """The daily rollups in the window, by whole UTC days."""
    first, last = days_of(window)
    return reach.of(DaySpend.objects.filter(day__gte=first, day__lte=last))


def total_spend(window: Window, *, reach: Reach, now: datetime) -> Spend:
    """All spend in the window."""
    found = [part.aggregate(**_sums(window, now)) for part in _sums_of_both(window, reach, now)]
    return _spend([sum(row[name] for row in found) for name in _sums(window, now)])


def spend_of_models(window: Window, *, reach: Reach, now: datetime, limit: int) -> list[ModelSpend]:
    """The `limit` models that cost most in the window, by falling spend; none that is of the window before only."""
    parts = [part.values(key=F("model")).annotate(**_sums(window, now)) for part in _sums_of_both(window, reach, now)]
    return [ModelSpend(model, _spend(figures)) for model, *figures in merged(parts, limit=limit)]


def _sums_of_both(window: Window, reach: Reach, now: datetime) -> list[Sums]:
    until = window.compared_until(now)
    # Of a leap year, the window before may reach into this one.
    before_end = min(window.before_until(now), window.start)
    spans = [(window.start, until), (until, window.end), (window.before_start, before_end)]
    return sums_of(spans, reach=reach)


def _sums(window: Window, now: datetime) -> dict[str, Sum]:
    inside = Q(hour__gte=window.start)
    return {
        "cost": Sum("cost_nanousd", filter=inside, default=0),
        "count": Sum("entries", filter=inside, default=0),
        "compared": Sum("cost_nanousd", filter=inside & Q(hour__lt=window.compared_until(now)), default=0),
        "before": Sum("cost_nanousd", filter=~inside, default=0),
    }


def _spend(figures: Sequence[int]) -> Spend:
    cost, entries, compared, before = figures
    return Spend(cost, entries, compared, before)


def models_ever(*, reach: Reach, limit: int) -> list[str]:
    """The first `limit` models, by name, that anything was ever spent on."""
    first, *others = (part.values_list("model", flat=True) for part in sums_of([EVER], reach=reach))
    names = first.union(*others) if others else first.distinct()
    return list(names.order_by("model")[:limit])


def has_any_spend(*, reach: Reach) -> bool:
    """Whether anything was ever spent."""
    return reach.of(HourSpend.objects.all()).exists()


def spend_since(since: datetime) -> Subquery:
    """For projects: their spend in nano-USD since the hour `since`; null where there is none."""
    hours = HourSpend.objects.filter(project=OuterRef("pk"), hour__gte=since).order_by().values("project")
    return Subquery(hours.annotate(cost=Sum("cost_nanousd")).values("cost"))
