"""The burn-down of a user's open period as static/budgets/burn_down.js draws it: floats, for the eye alone."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from budgets.admin.burn_down_table import bucket_label
from budgets.domain.forecast import Range
from budgets.domain.money import NANOUSD_PER_USD
from budgets.domain.windows import DAY
from budgets.queries.burn_down import BurnDown
from budgets.templatetags.money import usd


def chart_of(shown: BurnDown) -> dict[str, Any]:
    """What the script draws: lines of points in milliseconds and USD, each with its text."""
    window = shown.window
    end = _chart_end(shown)
    return {
        "hourly": shown.is_hourly,
        "counts_down": window.limit_nanousd is not None,
        "start": _ms(window.starts_at),
        "end": _ms(end),
        "reset": _ms(window.due_at) if window.due_at else None,
        "limit": _usd(window.limit_nanousd) if window.limit_nanousd is not None else None,
        "actual": list(_actual(shown)),
        **{name: _line(shown, pace, end) for name, pace in _paces(shown).items()},
    }


def _chart_end(shown: BurnDown) -> datetime:
    window, told = shown.window, shown.forecast
    if window.due_at:
        return max(window.due_at, window.now)
    elapsed = window.now - window.starts_at
    runs_out = told.runs_out_at if told else None
    return runs_out if runs_out and runs_out - window.now < 4 * elapsed else window.now + elapsed / 2


def _actual(shown: BurnDown) -> Iterator[dict[str, Any]]:
    window = shown.window
    yield _point(window.starts_at, window.limit_nanousd or 0, "Start of the period")
    for one in shown.buckets:
        left = one.left_of(window.limit_nanousd)
        level = one.total_nanousd if left is None else left
        said = f"{usd(one.total_nanousd)} spent" + ("" if left is None else f", {usd(left)} left")
        yield _point(one.end, level, f"{said} ({usd(one.spent_nanousd)} since {bucket_label(one.start, shown)})")


def _paces(shown: BurnDown) -> dict[str, int | None]:
    pace: Range | None = shown.forecast.per_day_nanousd if shown.forecast else None
    limit = shown.window.limit_nanousd
    if pace is None or (limit is not None and shown.window.spent_nanousd > limit):
        return dict.fromkeys(("low", "likely", "high"))
    return {"low": pace.low, "likely": pace.likely, "high": pace.high}


def _line(shown: BurnDown, per_day_nanousd: int | None, end: datetime) -> list[dict[str, Any]]:
    """From now to the end at that pace; what is left stops at nothing."""
    window = shown.window
    if per_day_nanousd is None:
        return []
    days = (end - window.now) / DAY
    if window.limit_nanousd is None:
        levels = [(window.now, window.spent_nanousd), (end, window.spent_nanousd + round(per_day_nanousd * days))]
        return [_point(at, level, f"{usd(level)} spent, at this pace") for at, level in levels]
    left = window.limit_nanousd - window.spent_nanousd
    at_end = left - round(per_day_nanousd * days)
    points = [_point(window.now, left, f"{usd(left)} left")]
    if at_end < 0 < per_day_nanousd:
        points.append(_point(window.now + left / per_day_nanousd * DAY, 0, "Nothing left, at this pace"))
    return [*points, _point(end, max(at_end, 0), f"{usd(max(at_end, 0))} left, at this pace")]


def _point(at: datetime, level_nanousd: int, text: str) -> dict[str, Any]:
    return {"x": _ms(at), "y": _usd(level_nanousd), "text": text}


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def _usd(amount_nanousd: int) -> float:
    return amount_nanousd / NANOUSD_PER_USD
