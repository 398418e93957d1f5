"""Forecasts on series whose outcome is known."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budgets.domain.forecast import HORIZON, Forecast, OpenWindow, forecast, whole_days
from budgets.domain.periods import MICROSECOND

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
# A Monday, at midnight.
START = datetime(2026, 11, 2, tzinfo=UTC)
USD = 1_000_000_000


def series(*days_usd: int, start: datetime = START) -> dict[date, int]:
    return {start.date() + index * DAY: usd * USD for index, usd in enumerate(days_usd)}


def after(*days_usd: int, window_days: int | None, limit_usd: int | None) -> Forecast:
    """The forecast at the end of those days."""
    found = forecast(
        OpenWindow(
            starts_at=START,
            due_at=START + window_days * DAY if window_days else None,
            now=START + len(days_usd) * DAY,
            spent_nanousd=sum(days_usd) * USD,
            limit_nanousd=None if limit_usd is None else limit_usd * USD,
        ),
        series(*days_usd),
    )
    assert found is not None
    return found


def test_a_constant_series_is_known_exactly() -> None:
    found = after(*[10] * 7, window_days=28, limit_usd=100)
    assert (found.per_day_nanousd.low, found.per_day_nanousd.high) == (10 * USD, 10 * USD)
    assert found.at_end_nanousd is not None
    assert found.at_end_nanousd.likely == 280 * USD
    assert found.runs_out_at == found.runs_out_earliest == found.runs_out_latest == START + 10 * DAY


def test_a_limit_that_lasts_until_the_reset_does_not_run_out() -> None:
    found = after(*[10] * 7, window_days=28, limit_usd=280)
    assert found.runs_out_at is found.runs_out_earliest is found.runs_out_latest is None


def test_a_weekly_rhythm_is_no_uncertainty_once_two_weeks_are_known() -> None:
    week = (20, 20, 20, 20, 20, 2, 2)
    first, second = after(*week, window_days=28, limit_usd=1000), after(*week, *week, window_days=28, limit_usd=1000)
    assert first.per_day_nanousd.high > first.per_day_nanousd.likely
    assert second.per_day_nanousd.low == second.per_day_nanousd.likely == second.per_day_nanousd.high
    assert second.at_end_nanousd is not None
    # Divided once, down: by less than a nano-USD for each day ahead.
    assert 0 <= 4 * 104 * USD - second.at_end_nanousd.likely < 14


def test_a_growing_series_widens_the_range() -> None:
    steady, growing = (after(*days, window_days=28, limit_usd=None) for days in ([8] * 15, range(1, 16)))
    assert steady.per_day_nanousd.likely == growing.per_day_nanousd.likely
    assert growing.per_day_nanousd.high > steady.per_day_nanousd.high


def test_one_spike_is_told_by_the_range() -> None:
    found = after(1, 1, 1, 50, 1, 1, 1, window_days=14, limit_usd=100)
    assert found.per_day_nanousd.low == 0
    assert found.per_day_nanousd.high > 2 * found.per_day_nanousd.likely
    # 56 a week is more than 100 in two weeks; on its quiet days alone it would never get there.
    assert found.runs_out_at == START + 12 * DAY + 12 * HOUR
    assert found.runs_out_latest is None


def test_a_pace_slows_with_silence() -> None:
    busy, silent = (
        after(10, 10, 10, window_days=28, limit_usd=100),
        after(10, 10, 10, *[0] * 9, window_days=28, limit_usd=100),
    )
    assert busy.runs_out_at == START + 10 * DAY
    assert silent.runs_out_at is None
    assert silent.per_day_nanousd.likely == 30 * USD // 12


@pytest.mark.parametrize(
    ("window_days", "too_early", "enough"),
    [(1, 2 * HOUR, 3 * HOUR), (28, 23 * HOUR, 24 * HOUR), (None, 23 * HOUR, 24 * HOUR), (3650, 23 * HOUR, 24 * HOUR)],
)
def test_too_little_data_says_nothing(window_days: int | None, too_early: timedelta, enough: timedelta) -> None:
    due_at = START + window_days * DAY if window_days else None
    assert forecast(OpenWindow(START, due_at, START + too_early, USD, USD)) is None
    assert forecast(OpenWindow(START, due_at, START + enough, USD, USD)) is not None


@pytest.mark.parametrize("hours", [-1, 0])
def test_a_window_that_has_not_begun_says_nothing(hours: int) -> None:
    assert forecast(OpenWindow(START, None, START + hours * HOUR, USD, USD)) is None


@pytest.mark.parametrize("spent", [0, -USD])
def test_nothing_spent_says_nothing(spent: int) -> None:
    assert forecast(OpenWindow(START, START + 28 * DAY, START + 7 * DAY, spent, USD)) is None


def test_a_window_that_is_over_says_nothing() -> None:
    assert forecast(OpenWindow(START, START + DAY, START + DAY, USD, USD)) is None


@pytest.mark.parametrize("limit_usd", [0, 69])
def test_a_limit_exceeded_already_has_no_moment_ahead(limit_usd: int) -> None:
    found = after(*[10] * 7, window_days=28, limit_usd=limit_usd)
    assert found.runs_out_at is found.runs_out_earliest is found.runs_out_latest is None
    assert found.at_end_nanousd is not None


def test_a_limit_just_reached_runs_out_now() -> None:
    found = after(*[10] * 7, window_days=28, limit_usd=70)
    assert found.runs_out_at == START + 7 * DAY


def test_an_unlimited_budget_has_a_pace_and_an_end_alone() -> None:
    found = after(*[10] * 7, window_days=28, limit_usd=None)
    assert found.runs_out_at is None
    assert found.at_end_nanousd is not None


def test_without_a_reset_dates_are_told_up_to_the_horizon() -> None:
    near, far = after(*[1] * 10, window_days=None, limit_usd=700), after(*[1] * 10, window_days=None, limit_usd=800)
    assert near.at_end_nanousd is None
    assert near.runs_out_at == START + 700 * DAY
    assert far.runs_out_at is None
    assert START + 10 * DAY + HORIZON < START + 800 * DAY


def test_without_days_the_range_is_half_to_twice() -> None:
    found = forecast(OpenWindow(START, START + 10 * DAY, START + 2 * DAY, 2 * USD, 20 * USD))
    assert found is not None
    assert (found.per_day_nanousd.low, found.per_day_nanousd.high) == (USD // 2, 2 * USD)


def test_days_partly_outside_of_the_window_do_not_count() -> None:
    window = OpenWindow(START + HOUR, START + 28 * DAY, START + 3 * DAY + HOUR, USD, None)
    assert whole_days(window, series(99, 1, 2, 99)) == [(1, USD), (2, 2 * USD)]


AMOUNTS = st.integers(0, 4 * 10**18)


@given(
    st.integers(0, 7000 * 365).map(lambda days: START + days * DAY),
    st.none() | st.integers(1, 36_500),
    st.timedeltas(timedelta(0), 36_500 * DAY),
    AMOUNTS,
    st.none() | AMOUNTS,
)
def test_no_window_breaks_it_and_it_agrees_with_the_share_of_the_window(
    start: datetime, days: int | None, elapsed: timedelta, spent: int, limit: int | None
) -> None:
    due_at = start + days * DAY if days else None
    found = forecast(OpenWindow(start, due_at, start + elapsed, spent, limit))
    if found is None:
        return
    assert 0 <= found.per_day_nanousd.low <= found.per_day_nanousd.likely <= found.per_day_nanousd.high
    if limit is None or spent > limit:
        assert found.runs_out_at is None
    elif due_at is not None:
        # Ahead of the window: spent / limit > elapsed / window, but for the microsecond that is rounded down.
        ahead = spent * ((due_at - start) // MICROSECOND) - limit * (elapsed // MICROSECOND)
        assert (found.runs_out_at is not None) == (ahead > 0)
