"""Spans of time in settled months, settled days and hours."""

import random
from datetime import UTC, datetime

import pytest

from budgets.domain.spans import Span, pieces_of
from budgets.domain.windows import DAY, HOUR, Step, floor

START, END = datetime(2026, 11, 28, 22, tzinfo=UTC), datetime(2027, 2, 3, 5, tzinfo=UTC)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_whole_months_then_whole_days_then_hours() -> None:
    found = pieces_of([(START, END)], settled_until=at("2027-02-02"), coarsest=Step.MONTH)
    assert found.months == [(at("2026-12-01"), at("2027-02-01"))]
    assert found.days == [(at("2026-11-29"), at("2026-12-01")), (at("2027-02-01"), at("2027-02-02"))]
    assert found.hours == [(START, at("2026-11-29")), (at("2027-02-02"), END)]


@pytest.mark.parametrize("coarsest", [Step.DAY, Step.WEEK])
def test_where_buckets_are_shorter_than_months_no_month_is_read(coarsest: Step) -> None:
    found = pieces_of([(START, END)], settled_until=END + DAY, coarsest=coarsest)
    assert found.months == []
    assert found.days == [(at("2026-11-29"), at("2027-02-03"))]


@pytest.mark.parametrize(("settled_until", "coarsest"), [(None, Step.MONTH), (END + DAY, Step.HOUR), (START, Step.DAY)])
def test_otherwise_all_is_hours(settled_until: datetime | None, coarsest: Step) -> None:
    found = pieces_of([(START, END)], settled_until=settled_until, coarsest=coarsest)
    assert (found.months, found.days, found.hours) == ([], [], [(START, END)])


def test_a_span_of_nothing_has_no_pieces() -> None:
    found = pieces_of([(START, START)], settled_until=END, coarsest=Step.MONTH)
    assert (found.months, found.days, found.hours) == ([], [], [])


@pytest.mark.parametrize(
    ("start", "end"),
    [("9999-12-31T05", "9999-12-31T23"), ("0001-01-01T00", "9999-12-31T23"), ("9999-12-31", "0001-01-01")],
)
def test_the_ends_of_the_calendar_are_spans_too(start: str, end: str) -> None:
    found = pieces_of([(at(start), at(end))], settled_until=at("2027-02-02"), coarsest=Step.MONTH)
    assert len(found.hours) == (start < end)


def hours_of(spans: list[Span]) -> list[datetime]:
    return [start + index * HOUR for start, end in spans for index in range((end - start) // HOUR)]


@pytest.mark.parametrize("seed", range(40))
def test_every_hour_is_in_one_piece_and_pieces_are_whole_and_settled(seed: int) -> None:
    chance = random.Random(seed)
    start = START + chance.randrange(2000) * HOUR
    end = start + chance.choice([1, 30, 800, 3000]) * HOUR
    until = floor(start + chance.randrange(-100, 3000) * HOUR, Step.DAY)
    found = pieces_of([(start, end)], settled_until=until, coarsest=chance.choice(list(Step)))
    assert sorted(hours_of(found.months + found.days + found.hours)) == hours_of([(start, end)])
    assert all(floor(one, Step.DAY) == one <= until for span in found.months + found.days for one in span)
    assert all(floor(one, Step.MONTH) == one for span in found.months for one in span)
