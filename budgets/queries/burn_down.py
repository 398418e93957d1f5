"""The open period of one end user over time: what was spent, bucket by bucket, and where it is heading."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import QuerySet, Sum
from django.db.models.functions import TruncHour

from budgets.domain.forecast import Forecast, OpenWindow, forecast
from budgets.models import CostEntry, DaySpend, Period

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# A window no longer than this is told by the hour: its few days would make no line.
HOURLY_UP_TO = 3 * DAY
# Of a very long period the latest; what came before is one bucket.
MAX_BUCKETS = 400


@dataclass(frozen=True, slots=True)
class Bucket:
    """What was spent in `[start, end)` (UTC) and in the period by its end, in nano-USD."""

    start: datetime
    end: datetime
    spent_nanousd: int
    total_nanousd: int

    def left_of(self, limit_nanousd: int | None) -> int | None:
        """What was left of the limit at the end, in nano-USD; below zero where it was exceeded; None without one."""
        return None if limit_nanousd is None else limit_nanousd - self.total_nanousd


@dataclass(frozen=True, slots=True)
class BurnDown:
    """An open period in buckets of an hour or a UTC day, which add up to what it has cost, and its forecast.

    A day's sum also holds late posts that count in an earlier period; the first bucket makes up for them, so it alone
    may be below zero.
    """

    window: OpenWindow
    is_hourly: bool
    buckets: list[Bucket]
    forecast: Forecast | None


def burn_down(period: Period, *, now: datetime) -> BurnDown:
    """Read the open period in one query."""
    window = OpenWindow(period.starts_at, period.due_at, now, period.cost_nanousd, period.limit_nanousd)
    is_hourly = (period.due_at or now) - period.starts_at <= HOURLY_UP_TO
    by_day = {} if is_hourly else _by_day(period, now)
    spends = _by_hour(period) if is_hourly else {_midnight(day): cost for day, cost in by_day.items()}
    buckets = _buckets(window, spends, HOUR if is_hourly else DAY)
    # The spread of the days is told by all of them or not at all: one left out counts as a day without spend.
    is_whole = not is_hourly and len(buckets) < MAX_BUCKETS
    return BurnDown(window, is_hourly, buckets, forecast(window, by_day if is_whole else None))


def _by_day(period: Period, now: datetime) -> dict[date, int]:
    first = max(period.starts_at, now - MAX_BUCKETS * DAY).astimezone(UTC).date()
    rows: QuerySet[DaySpend] = DaySpend.objects.filter(end_user=period.end_user_id, day__gte=first).order_by()
    return dict(rows.values_list("day").annotate(cost=Sum("cost_nanousd")))


def _by_hour(period: Period) -> dict[datetime, int]:
    """From the ledger, since no rollup tells users by the hour; of one user's few days."""
    rows = CostEntry.objects.filter(period=period).order_by()
    hours = rows.annotate(hour=TruncHour("recorded_at", tzinfo=UTC)).values_list("hour")
    return dict(hours.annotate(cost=Sum("amount_nanousd")))


def _buckets(window: OpenWindow, spends: dict[datetime, int], step: timedelta) -> list[Bucket]:
    """Without gaps from the period's start to now; the first takes what the others leave of the period's cost."""
    starts = _starts(window, step)
    rest = window.spent_nanousd - sum(spends.get(start, 0) for start in starts[1:])
    buckets, total = [], 0
    for index, start in enumerate(starts):
        spent = spends.get(start, 0) if index else rest
        total += spent
        end = starts[index + 1] if index + 1 < len(starts) else window.now
        buckets.append(Bucket(start, end, spent, total))
    return buckets


def _starts(window: OpenWindow, step: timedelta) -> list[datetime]:
    """The period's start, then each whole hour or midnight after it, of which the last MAX_BUCKETS."""
    now = window.now.astimezone(UTC)
    last = _midnight(now.date()) if step == DAY else now.replace(minute=0, second=0, microsecond=0)
    first = window.starts_at.astimezone(UTC)
    # As many as begin after the period does.
    count = max(-((first - last) // step), 0)
    latest = [last - back * step for back in reversed(range(min(count, MAX_BUCKETS - 1)))]
    return [first, *latest]


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
