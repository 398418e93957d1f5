"""What SQL says of who runs out, against the domain's own forecast."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import F

from budgets.domain.forecast import Forecast, OpenWindow, forecast
from budgets.models import EndUser
from budgets.queries.end_users import with_spent
from budgets.queries.forecasts import RUNS_OUT, with_runs_out
from budgets.tests.factories import NOW, make_project, make_user, open_period, spend

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# name: limit in USD, duration in days, how long ago it began, spent in USD.
CASES: dict[str, tuple[float | None, int | None, timedelta, float]] = {
    "ahead": (10, 28, 7 * DAY, 3),
    "ahead by a second": (10, 28, 14 * DAY - timedelta(seconds=1), 5),
    "on the line": (10, 28, 14 * DAY, 5),
    "behind": (10, 28, 14 * DAY, 3),
    "just begun": (10, 28, 23 * HOUR, 5),
    "early enough": (10, 28, 25 * HOUR, 5),
    "a day's window": (10, 1, 3 * HOUR, 5),
    "too early in a day": (10, 1, 2 * HOUR, 5),
    "at the limit": (10, 28, 7 * DAY, 10),
    "over": (10, 28, 7 * DAY, 10.5),
    "no limit": (None, 28, 7 * DAY, 10),
    "limit of nothing": (0, 28, 7 * DAY, 1),
    "nothing spent": (10, 28, 7 * DAY, 0),
    "never resets": (10, None, 7 * DAY, 3),
    "never resets, in years": (10, None, 7 * DAY, 0.01),
    "never resets, just begun": (10, None, 7 * HOUR, 3),
    "a very long window": (10, 36_500, 7 * DAY, 3),
    "due": (10, 7, 7 * DAY, 3),
}


def domain_forecast(user: EndUser, now: datetime) -> Forecast | None:
    period = open_period(user)
    limit = user.budget.total_budget_nanousd
    return forecast(OpenWindow(period.starts_at, period.due_at, now, period.cost_nanousd, limit))


def test_sql_and_domain_agree() -> None:
    project = make_project()
    for name, (usd, days, ago, spent_usd) in CASES.items():
        user = make_user(project, name, usd=usd, days=days, now=NOW - ago)
        if spent_usd:
            spend(user, spent_usd, now=NOW - ago)
    found = {user.name: user for user in with_runs_out(with_spent(EndUser.objects.all()), now=NOW)}
    assert found.keys() == CASES.keys()
    for name, user in found.items():
        expected, row = domain_forecast(user, NOW), user.__dict__
        runs_out_at = row["runs_out_epoch"] and datetime.fromtimestamp(row["runs_out_epoch"], UTC)
        assert (runs_out_at is None) == (expected is None or expected.runs_out_at is None), name
        if runs_out_at and expected and expected.runs_out_at:
            assert abs(runs_out_at - expected.runs_out_at) < timedelta(milliseconds=10), name
        at_end = expected and expected.at_end_nanousd
        assert (row["projected_nanousd"] is None) == (at_end is None), name
        if at_end:
            assert row["projected_nanousd"] == pytest.approx(at_end.likely, rel=1e-8), name


def test_who_runs_out_is_found_and_sorted_without_reading_the_others() -> None:
    project = make_project()
    for name, usd in (("last", 9), ("first", 8), ("never", 1000)):
        spend(make_user(project, name, usd=usd, days=28, now=NOW - 14 * DAY), 7, now=NOW - DAY)
    users = with_runs_out(with_spent(EndUser.objects.all()), now=NOW)
    assert [user.name for user in users.filter(RUNS_OUT).order_by(F("runs_out_epoch"))] == ["first", "last"]
