"""The burn-down of a user's open period for the page: a sentence, a drawing, a table, a CSV file."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import HttpResponse

from budgets.domain.csv_cells import usd_cell
from budgets.domain.forecast import Forecast, Range
from budgets.domain.money import NANOUSD_PER_USD
from budgets.domain.periods import MICROSECOND
from budgets.queries.burn_down import Bucket, BurnDown
from budgets.templatetags.money import usd

DAY = timedelta(days=1)
CSV_HEAD = ("from", "to", "spent_usd", "total_usd", "left_usd")


@dataclass(frozen=True, slots=True)
class Row:
    """A bucket in the table: its name, and its figures in nano-USD."""

    label: str
    bucket: Bucket
    left_nanousd: int | None


def table_of(shown: BurnDown) -> list[Row]:
    """The buckets, oldest first, named by their UTC day or hour."""
    limit = shown.window.limit_nanousd
    return [Row(_label(one.start, shown), one, one.left_of(limit)) for one in shown.buckets]


def _label(start: datetime, shown: BurnDown) -> str:
    at = start.astimezone(UTC)
    return f"{at:%Y-%m-%d %H:%M}" if shown.is_hourly or at.time() != datetime.min.time() else f"{at:%Y-%m-%d}"


# --- The sentence ---


def sentence(shown: BurnDown) -> str:
    """Where the spend is heading, in plain words; that nothing can be said yet, where that is so."""
    window, told = shown.window, shown.forecast
    if window.limit_nanousd is not None and window.spent_nanousd > window.limit_nanousd:
        over = usd(window.spent_nanousd - window.limit_nanousd)
        passed = next((one.end for one in shown.buckets if one.total_nanousd > window.limit_nanousd), window.now)
        since = f" since {_label(min(passed, window.now) - MICROSECOND, shown)[:10]} (UTC)"
        return f"Over the limit by {over}{since}.{_until_reset(shown)}"
    if told is None:
        if not window.spent_nanousd:
            return f"Nothing spent in this period yet.{_until_reset(shown)}"
        return f"Too early to say where the spend is heading.{_until_reset(shown)}"
    parts = [_by_the_end(shown, told), _running_out(shown, told)]
    return " ".join(part for part in parts if part)


def _by_the_end(shown: BurnDown, told: Forecast) -> str:
    now, due = shown.window.now, shown.window.due_at
    if told.at_end_nanousd is None or due is None:
        return f"The pace so far is {usd(told.per_day_nanousd.likely)} a day, and this budget never resets."
    more = usd(told.at_end_nanousd.likely - shown.window.spent_nanousd)
    span = between(usd(told.at_end_nanousd.low), usd(told.at_end_nanousd.high))
    return f"At this pace {more} more by {day_text(due, now)}, {usd(told.at_end_nanousd.likely)} in all{span}."


def _running_out(shown: BurnDown, told: Forecast) -> str:
    window = shown.window
    if window.limit_nanousd is None:
        return "There is no limit to reach."
    if told.runs_out_at is None:
        if told.runs_out_earliest is None:
            return "The limit lasts until the reset." if window.due_at else "The limit lasts for two years or more."
        return f"The limit lasts, but at a faster pace is reached on {day_text(told.runs_out_earliest, window.now)}."
    day = day_text(told.runs_out_at, window.now)
    if told.runs_out_earliest is None:
        return f"Runs out {day}."
    early = day_text(told.runs_out_earliest, window.now)
    if told.runs_out_latest is None:
        late = "not before the reset" if window.due_at else "much later"
        return f"Runs out {day}; {early} at a faster pace, {late} at a slower one."
    return f"Runs out {day}{between(early, day_text(told.runs_out_latest, window.now))}."


def between(low: str, high: str) -> str:
    """Such as ", between Nov 28 and Dec 1"; nothing where both are the same."""
    return f", between {low} and {high}" if low != high else ""


def _until_reset(shown: BurnDown) -> str:
    due = shown.window.due_at
    return f" The next reset is on {day_text(due, shown.window.now)}." if due else ""


def day_text(at: datetime, now: datetime) -> str:
    """A day in UTC, as the chart has it: "Nov 29"; with the hour where it is near, the year where another."""
    day = at.astimezone(UTC)
    if at - now < 2 * DAY:
        return f"{day:%b} {day.day} {day:%H:%M} UTC"
    return f"{day:%b} {day.day}" if day.year == now.astimezone(UTC).year else f"{day:%b} {day.day}, {day.year}"


# --- The drawing: floats, for the eye alone ---


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
        yield _point(one.end, level, f"{said} ({usd(one.spent_nanousd)} since {_label(one.start, shown)})")


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


# --- The file ---


def csv_of(shown: BurnDown, name: str) -> HttpResponse:
    """The buckets with exact amounts in USD, as a file to download."""
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    writer = csv.writer(response, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    writer.writerow(CSV_HEAD)
    for row in table_of(shown):
        one, left = row.bucket, row.left_nanousd
        moments = [f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" for at in (one.start, one.end)]
        amounts = [usd_cell(one.spent_nanousd), usd_cell(one.total_nanousd), "" if left is None else usd_cell(left)]
        writer.writerow([*moments, *amounts])
    return response
