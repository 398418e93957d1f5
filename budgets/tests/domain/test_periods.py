"""Budget windows: where one ends and the next begins."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budgets.domain.periods import current_window_start, due_at, epoch_us, from_epoch_us, is_due, iso_epoch_us

START = datetime(2027, 1, 1, 9, 30, tzinfo=UTC)
DAY, MICROSECOND = timedelta(days=1), timedelta(microseconds=1)
MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(9000, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def test_a_window_is_due_when_its_days_are_over() -> None:
    assert due_at(START, 7) == START + 7 * DAY


def test_a_window_without_a_duration_is_never_due() -> None:
    assert due_at(START, None) is None
    assert not is_due(None, datetime.max.replace(tzinfo=UTC))


def test_a_window_beyond_the_calendar_is_never_due() -> None:
    assert due_at(datetime(9999, 12, 1, tzinfo=UTC), 365) is None


def test_the_end_is_outside_of_the_window() -> None:
    assert is_due(START, START)
    assert not is_due(START, START - MICROSECOND)


@pytest.mark.parametrize(
    ("elapsed", "windows"),
    [(MICROSECOND, 0), (7 * DAY - MICROSECOND, 0), (7 * DAY, 1), (7 * DAY + MICROSECOND, 1), (70 * DAY + DAY, 10)],
)
def test_the_next_start_is_the_last_plus_whole_durations(elapsed: timedelta, windows: int) -> None:
    assert current_window_start(START, 7, START + elapsed) == START + windows * 7 * DAY


def test_a_start_in_the_future_becomes_now() -> None:
    assert current_window_start(START + DAY, 1, START) == START
    assert current_window_start(START + DAY, None, START) == START


def test_without_a_duration_the_window_stays_where_it_began() -> None:
    assert current_window_start(START, None, START + 1000 * DAY) == START


@given(MOMENTS, st.integers(1, 36_500), st.timedeltas(timedelta(0), 36_500 * DAY))
def test_the_window_found_holds_now_and_never_drifts(start: datetime, days: int, elapsed: timedelta) -> None:
    now = start + elapsed
    found = current_window_start(start, days, now)
    assert found <= now < found + days * DAY
    assert (found - start) % (days * DAY) == timedelta(0)


@given(MOMENTS)
def test_microseconds_round_trip(moment: datetime) -> None:
    assert from_epoch_us(epoch_us(moment)) == moment
    # As on the wire: a float of epoch seconds, rounded back. From 2**32 s on (2106) it cannot tell microseconds apart.
    if epoch_us(moment) < 2**32 * 1_000_000:
        assert round(epoch_us(moment) / 1_000_000 * 1_000_000) == epoch_us(moment)


def test_moments_before_1970_count_down() -> None:
    assert epoch_us(datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)) == -1


@given(MOMENTS)
def test_a_moment_is_read_as_either_database_writes_it(moment: datetime) -> None:
    by_sqlite, by_postgresql = str(moment.replace(tzinfo=None)), str(moment).removesuffix(":00")
    # PostgreSQL leaves out the zeros at the end.
    shortest = by_postgresql.removesuffix("+00").rstrip("0") + "+00" if moment.microsecond else by_postgresql
    for text in (by_sqlite, by_postgresql, shortest):
        assert iso_epoch_us(text) == epoch_us(moment)


def test_another_zone_s_moment_is_the_same_moment() -> None:
    assert iso_epoch_us("2027-01-01 15:00:00.5+05:30") == epoch_us(START) + 500_000
