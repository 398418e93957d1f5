"""Where a budget's spend is heading: its pace, what it comes to by the period's end, and when the limit is reached."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from math import isqrt

from budgets.domain.periods import MICROSECOND

DAY = timedelta(days=1)
# Too little of the window has passed to say anything: a tenth of it or a day, whichever is less, but at least an hour.
MIN_SHARE_OF_WINDOW = 10
MIN_ELAPSED = timedelta(days=1)
LEAST_ELAPSED = timedelta(hours=1)
# How far ahead a date is told where no reset comes before it.
HORIZON = timedelta(days=730)
# With fewer whole days than this the spread is not measured but guessed: half the pace to twice the pace.
MIN_DAYS_FOR_SPREAD = 3
# From two whole weeks on, what a weekday usually has is known, and is no surprise.
WEEK = 7
MIN_DAYS_FOR_RHYTHM = 2 * WEEK
# Standard deviations to either side, in hundredths: four in five of a normal distribution.
WIDTH_HUNDREDTHS = 128


@dataclass(frozen=True, slots=True)
class Range:
    """An estimate in nano-USD, and what four in five outcomes are expected to lie between."""

    low: int
    likely: int
    high: int


@dataclass(frozen=True, slots=True)
class OpenWindow:
    """An open period at `now`, with its spend and its limit in nano-USD.

    `due_at` None: it never resets. `limit_nanousd` None: unlimited.
    """

    starts_at: datetime
    due_at: datetime | None
    now: datetime
    spent_nanousd: int
    limit_nanousd: int | None


@dataclass(frozen=True, slots=True)
class Forecast:
    """What follows from the pace so far.

    `at_end_nanousd` is None without an end. Each of the moments is None where the limit is not reached before the end
    (or within HORIZON where there is none), at the likely, the high and the low pace: only `runs_out_earliest` may be
    set. All three are None where the limit is exceeded already.
    """

    per_day_nanousd: Range
    at_end_nanousd: Range | None
    runs_out_at: datetime | None
    runs_out_earliest: datetime | None
    runs_out_latest: datetime | None


def enough_elapsed(starts_at: datetime, due_at: datetime | None) -> timedelta:
    """How much of the window must have passed before a forecast is more than a guess."""
    if due_at is None:
        return MIN_ELAPSED
    return max(LEAST_ELAPSED, min(MIN_ELAPSED, (due_at - starts_at) / MIN_SHARE_OF_WINDOW))


def forecast(window: OpenWindow, spend_by_day: Mapping[date, int] | None = None) -> Forecast | None:
    """Forecast the window from its pace so far; None where it has just begun, has ended, or nothing was spent in it.

    The likely pace is linear: what was spent, over the time that passed. So `runs_out_at` comes before the reset
    exactly where the share spent of the limit is ahead of the share passed of the window.

    The range comes from how much the whole UTC days in `spend_by_day` (nano-USD; days left out had none) differ: the
    error of their mean, and the spread of as many days as lie ahead. From two weeks on each day is held against its own
    weekday, so quiet weekends do not widen it; before that they do. It knows nothing of growth or of new work: a pace
    that changes for good leaves it.
    """
    elapsed = window.now - window.starts_at
    if window.spent_nanousd <= 0 or elapsed < enough_elapsed(window.starts_at, window.due_at):
        return None
    if window.due_at is not None and window.due_at <= window.now:
        return None
    pace = _pace(window, spend_by_day or {})
    return Forecast(
        per_day_nanousd=pace,
        at_end_nanousd=_at_end(window, pace),
        runs_out_at=_linear_runs_out_at(window),
        runs_out_earliest=_runs_out_at(window, pace.high),
        runs_out_latest=_runs_out_at(window, pace.low),
    )


def whole_days(window: OpenWindow, spend_by_day: Mapping[date, int]) -> list[tuple[int, int]]:
    """Each UTC day that lies wholly in the elapsed window: its weekday (Monday is 0) and its spend in nano-USD.

    The first and the last day are left out unless whole: the first may hold spend of the period before.
    """
    first = window.starts_at.astimezone(UTC)
    day = first.date() if first.time() == time.min else first.date() + DAY
    today = window.now.astimezone(UTC).date()
    return [
        (one.weekday(), spend_by_day.get(one, 0)) for one in (day + index * DAY for index in range((today - day).days))
    ]


def _pace(window: OpenWindow, spend_by_day: Mapping[date, int]) -> Range:
    elapsed_us = (window.now - window.starts_at) // MICROSECOND
    likely = window.spent_nanousd * (DAY // MICROSECOND) // elapsed_us
    days = whole_days(window, spend_by_day) if spend_by_day else []
    if len(days) < MIN_DAYS_FOR_SPREAD:
        return Range(likely // 2, likely, likely * 2)
    days_ahead = max(1, _ahead(window) // DAY)
    # The error of the mean over the days seen, and of the mean over the days to come.
    variance_of_mean = _variance(days) * (len(days) + days_ahead) // (len(days) * days_ahead)
    margin = isqrt(variance_of_mean * WIDTH_HUNDREDTHS**2) // 100
    return Range(max(0, likely - margin), likely, likely + margin)


def _variance(days: list[tuple[int, int]]) -> int:
    """The variance of a day's spend, in squared nano-USD: within each weekday once two weeks are known."""
    by_group: dict[int, list[int]] = {}
    for weekday, spend in days:
        by_group.setdefault(weekday if len(days) >= MIN_DAYS_FOR_RHYTHM else 0, []).append(spend)
    squares = sum(sum(spend * spend for spend in group) - sum(group) ** 2 // len(group) for group in by_group.values())
    return squares // (len(days) - len(by_group))


def _ahead(window: OpenWindow) -> timedelta:
    """How long the pace has to hold: to the end or, without one, for as long as has passed."""
    return (window.due_at or window.now + (window.now - window.starts_at)) - window.now


def _at_end(window: OpenWindow, pace: Range) -> Range | None:
    if window.due_at is None:
        return None
    ahead_us, day_us = (window.due_at - window.now) // MICROSECOND, DAY // MICROSECOND
    low, likely, high = (
        window.spent_nanousd + each * ahead_us // day_us for each in (pace.low, pace.likely, pace.high)
    )
    return Range(low, likely, high)


def _linear_runs_out_at(window: OpenWindow) -> datetime | None:
    if window.limit_nanousd is None or window.spent_nanousd > window.limit_nanousd:
        return None
    elapsed_us = (window.now - window.starts_at) // MICROSECOND
    return _before_end(window, window.starts_at, elapsed_us * window.limit_nanousd // window.spent_nanousd)


def _runs_out_at(window: OpenWindow, pace_nanousd: int) -> datetime | None:
    if window.limit_nanousd is None or window.spent_nanousd > window.limit_nanousd or pace_nanousd <= 0:
        return None
    left_us = (window.limit_nanousd - window.spent_nanousd) * (DAY // MICROSECOND) // pace_nanousd
    return _before_end(window, window.now, left_us)


def _before_end(window: OpenWindow, start: datetime, after_us: int) -> datetime | None:
    """That long after `start`, where that is before the end."""
    # Compared as integers: it may lie beyond the calendar.
    end_us = ((window.due_at or _horizon(window.now)) - start) // MICROSECOND
    return start + after_us * MICROSECOND if after_us < end_us else None


def _horizon(now: datetime) -> datetime:
    return now + min(HORIZON, datetime.max.replace(tzinfo=UTC) - now)
