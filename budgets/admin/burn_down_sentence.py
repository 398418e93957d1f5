"""The burn-down of a user's open period in plain words: where the spend is heading."""

from datetime import datetime

from django.utils import timezone

from budgets.admin.burn_down_table import bucket_label
from budgets.domain.forecast import Forecast
from budgets.domain.periods import MICROSECOND
from budgets.domain.windows import DAY
from budgets.queries.burn_down import BurnDown
from budgets.templatetags.moments import abbreviation
from budgets.templatetags.money import usd


def sentence(shown: BurnDown) -> str:
    """Where the spend is heading, in plain words; that nothing can be said yet, where that is so."""
    window, told = shown.window, shown.forecast
    if window.limit_nanousd is not None and window.spent_nanousd > window.limit_nanousd:
        over = usd(window.spent_nanousd - window.limit_nanousd)
        passed = next((one.end for one in shown.buckets if one.total_nanousd > window.limit_nanousd), window.now)
        since = f" since {bucket_label(min(passed, window.now) - MICROSECOND, shown)[:10]} (UTC)"
        heading = f" {_by_the_end(shown, told)}" if told else _until_reset(shown)
        return f"Over the limit by {over}{since}.{heading}"
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
    """A day in the viewer's zone: "Nov 29"; with the time if it is near, with the year if that is another."""
    day = timezone.localtime(at)
    if at - now < 2 * DAY:
        return f"{day:%b} {day.day} {day:%H:%M} {abbreviation(day)}"
    return f"{day:%b} {day.day}" if day.year == timezone.localtime(now).year else f"{day:%b} {day.day}, {day.year}"
