"""Spend over time and by model, from the rollups: never from the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Case, IntegerField, OuterRef, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import TruncDay

from budgets.models import DaySpend, HourSpend
from budgets.queries.access import Reach

# A chart with more colours than this is not read any more; the rest is one series.
MAX_SERIES = 8
TOP_USERS = 8


@dataclass(frozen=True, slots=True)
class Window:
    """Buckets of a chart: `[start, end)` cut into `step`s of one hour or one day, UTC. `start` is a bucket's start."""

    start: datetime
    end: datetime
    step: timedelta

    @property
    def buckets(self) -> list[datetime]:
        """Each bucket's start."""
        count = -((self.start - self.end) // self.step)
        return [self.start + index * self.step for index in range(count)]

    @property
    def before(self) -> "Window":
        """The window of the same length that ends where this one starts."""
        return Window(self.start - len(self.buckets) * self.step, self.start, self.step)


@dataclass(frozen=True, slots=True)
class Total:
    """Spend in nano-USD and the number of ledger entries behind it."""

    cost_nanousd: int
    entries: int


@dataclass(frozen=True, slots=True)
class Series:
    """One model's spend in nano-USD: in all, and per bucket. `model` None stands for all models beyond MAX_SERIES."""

    model: str | None
    cost_nanousd: int
    entries: int
    values_nanousd: list[int]


@dataclass(frozen=True, slots=True)
class UserSpend:
    """What an end user spent in a window, in nano-USD."""

    end_user_id: int
    cost_nanousd: int


def hours_in(window: Window, reach: Reach) -> QuerySet[HourSpend]:
    """The hourly rollups in the window."""
    hours = HourSpend.objects.filter(hour__gte=window.start, hour__lt=window.end)
    return reach.of(hours)


def days_in(window: Window, reach: Reach) -> QuerySet[DaySpend]:
    """The daily rollups in the window, by whole UTC days."""
    last = (window.end - timedelta(microseconds=1)).date()
    days = DaySpend.objects.filter(day__gte=window.start.date(), day__lte=last)
    return reach.of(days)


def total_spend(window: Window, *, reach: Reach) -> Total:
    """All spend in the window."""
    sums = hours_in(window, reach).aggregate(cost=Sum("cost_nanousd"), entries=Sum("entries"))
    return Total(sums["cost"] or 0, sums["entries"] or 0)


def spend_by_model(window: Window, *, reach: Reach) -> list[Series]:
    """The MAX_SERIES costliest models by falling spend, then the rest as one, each with its spend per bucket."""
    hours = hours_in(window, reach)
    by_model = hours.order_by().values("model").annotate(cost=Sum("cost_nanousd")).order_by("-cost", "model")
    top = [row["model"] for row in by_model[:MAX_SERIES]]
    if not top:
        return []
    rank = Case(
        *(When(model=model, then=Value(index)) for index, model in enumerate(top)),
        default=Value(MAX_SERIES),
        output_field=IntegerField(),
    )
    # Hourly rows carry no end user, so 90 days of them stay few whatever the number of users.
    by_day = window.step >= timedelta(days=1)
    bucketed = hours.annotate(rank=rank, bucket=TruncDay("hour", tzinfo=UTC)) if by_day else hours.annotate(rank=rank)
    rows = (
        bucketed.order_by()
        .values("rank", "bucket" if by_day else "hour")
        .annotate(cost=Sum("cost_nanousd"), count=Sum("entries"))
    )
    return _series(window, top, list(rows))


def _series(window: Window, top: list[str], rows: list[Mapping[str, Any]]) -> list[Series]:
    index_by_bucket = {bucket: index for index, bucket in enumerate(window.buckets)}
    values = [[0] * len(index_by_bucket) for _ in range(MAX_SERIES + 1)]
    entries = [0] * (MAX_SERIES + 1)
    for row in rows:
        values[row["rank"]][index_by_bucket[row.get("bucket") or row["hour"]]] += row["cost"]
        entries[row["rank"]] += row["count"]
    series = [Series(model, sum(values[rank]), entries[rank], values[rank]) for rank, model in enumerate(top)]
    if entries[MAX_SERIES]:
        series.append(Series(None, sum(values[MAX_SERIES]), entries[MAX_SERIES], values[MAX_SERIES]))
    return series


def active_users(window: Window, *, reach: Reach) -> int:
    """How many end users spent anything on the window's UTC days."""
    return days_in(window, reach).order_by().values("end_user").distinct().count()


def top_users(window: Window, *, reach: Reach) -> list[UserSpend]:
    """The TOP_USERS who spent most on the window's UTC days."""
    rows = (
        days_in(window, reach)
        .order_by()
        .values("end_user")
        .annotate(cost=Sum("cost_nanousd"))
        .order_by("-cost", "end_user")
    )
    return [UserSpend(row["end_user"], row["cost"]) for row in rows[:TOP_USERS]]


def has_any_spend(*, reach: Reach) -> bool:
    """Whether anything was ever spent."""
    return reach.of(HourSpend.objects.all()).exists()


def spend_since(since: datetime) -> Subquery:
    """For projects: their spend in nano-USD since the hour `since`; null where there is none."""
    hours = HourSpend.objects.filter(project=OuterRef("pk"), hour__gte=since).order_by().values("project")
    return Subquery(hours.annotate(cost=Sum("cost_nanousd")).values("cost"))
