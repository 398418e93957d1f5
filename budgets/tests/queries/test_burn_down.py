"""The open period in buckets: they add up to what it cost, whatever the days' sums hold beside it."""

from datetime import datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from budgets.models import DaySpend, EndUser
from budgets.queries.burn_down import MAX_BUCKETS, BurnDown, burn_down
from budgets.services.ledger import adjust
from budgets.services.rolls import roll_if_due
from budgets.tests.factories import DAY, HOUR, NOW, make_project, make_user, nanousd, open_period, spend

pytestmark = pytest.mark.django_db


def read(user: EndUser, now: datetime) -> BurnDown:
    return burn_down(open_period(user), now=now)


def spents(shown: BurnDown) -> list[float]:
    return [one.spent_nanousd / nanousd(1) for one in shown.buckets]


def test_days_are_utc_and_the_first_begins_with_the_period() -> None:
    user = make_user(make_project(), usd=10, days=28)
    spend(user, 1)
    spend(user, 2, "other", now=NOW + 2 * DAY)
    spend(user, 4, now=NOW + 2 * DAY + HOUR)
    shown = read(user, NOW + 3 * DAY)
    assert spents(shown) == [1, 0, 6, 0]
    assert [one.start.isoformat()[:13] for one in shown.buckets] == [
        "2027-01-31T12",
        "2027-02-01T00",
        "2027-02-02T00",
        "2027-02-03T00",
    ]
    assert [one.end for one in shown.buckets] == [*(one.start for one in shown.buckets[1:]), NOW + 3 * DAY]
    assert shown.buckets[-1].total_nanousd == open_period(user).cost_nanousd
    assert shown.buckets[-1].left_of(shown.window.limit_nanousd) == nanousd(3)
    assert shown.forecast is not None


def test_what_the_period_before_spent_on_the_first_day_is_left_out() -> None:
    user = make_user(make_project(), usd=10, days=28)
    spend(user, 5, now=NOW + 28 * DAY - HOUR)
    roll_if_due(end_user=user, now=NOW + 28 * DAY)
    spend(user, 1, now=NOW + 28 * DAY + HOUR)
    assert spents(read(user, NOW + 29 * DAY + HOUR)) == [1, 0]


def test_a_daily_window_is_told_by_the_hour() -> None:
    user = make_user(make_project(), usd=10, days=1)
    spend(user, 1)
    spend(user, 2, now=NOW + 2 * HOUR)
    adjust(end_user=user, model="gpt-4o", amount_nanousd=-nanousd(0.5), reason="r", actor=None, now=NOW + 2 * HOUR)
    shown = read(user, NOW + 3 * HOUR)
    assert shown.is_hourly
    assert spents(shown) == [1, 0, 1.5, 0]


def test_of_a_very_long_period_the_latest_days_are_told_and_all_is_summed(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    user = make_user(make_project(), usd=None, days=None)
    spend(user, 7)
    spend(user, 1, now=NOW + 1000 * DAY)
    period = open_period(user)
    with django_assert_num_queries(1):
        shown = burn_down(period, now=NOW + 1001 * DAY)
    assert len(shown.buckets) == MAX_BUCKETS
    assert (shown.buckets[0].spent_nanousd, shown.buckets[-1].total_nanousd) == (nanousd(7), nanousd(8))


@pytest.mark.parametrize("later", [timedelta(0), timedelta(seconds=1), 11 * HOUR, 12 * HOUR])
def test_a_period_that_has_just_begun_is_one_bucket_or_two(later: timedelta) -> None:
    user = make_user(make_project(), usd=10, days=28)
    shown = read(user, NOW + later)
    assert spents(shown) == [0] * (2 if later == 12 * HOUR else 1)
    assert shown.forecast is None
    assert DaySpend.objects.count() == 0
