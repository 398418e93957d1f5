"""Which settled months and days, and which hours, make up a span of time. All times are aware and UTC."""

from dataclasses import dataclass, field
from datetime import datetime

from budgets.domain.windows import DAY, Step, floor, floor_day, next_start

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Pieces:
    """Spans `[start, end)` to be read by whole months, whole days and hours; together they are the span, once each."""

    months: list[Span] = field(default_factory=list)
    days: list[Span] = field(default_factory=list)
    hours: list[Span] = field(default_factory=list)


def pieces_of(spans: list[Span], *, settled_until: datetime | None, coarsest: Step) -> Pieces:
    """The coarsest pieces, but none coarser than that, of which all is settled; what is left is hours."""
    found = Pieces()
    for span in spans:
        hours, settled = _around(span, *_settled_days(span, settled_until, coarsest))
        found.hours.extend(hours)
        for one in settled:
            days, months = _around(one, *_whole_months(one, coarsest))
            found.days.extend(days)
            found.months.extend(months)
    return found


def _settled_days(span: Span, settled_until: datetime | None, coarsest: Step) -> Span:
    start, end = span
    if settled_until is None or coarsest is Step.HOUR or start >= settled_until:
        return end, end
    first = floor_day(start)
    return first if first == start else first + DAY, min(floor_day(end), settled_until)


def _whole_months(span: Span, coarsest: Step) -> Span:
    start, end = span
    if coarsest is not Step.MONTH:
        return end, end
    first = floor(start, Step.MONTH)
    return first if first == start else next_start(first, Step.MONTH), floor(end, Step.MONTH)


def _around(span: Span, start: datetime, end: datetime) -> tuple[list[Span], list[Span]]:
    """What of the span is around `[start, end)`, and what is that; where it is empty, all is around."""
    if start >= end:
        return [span] if span[0] < span[1] else [], []
    around = [one for one in ((span[0], start), (end, span[1])) if one[0] < one[1]]
    return around, [(start, end)]
