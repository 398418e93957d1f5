"""Windows that someone ends."""

import pytest

from budgets.models import EndUser
from budgets.models.period import CloseReason
from budgets.services.periods import reset_cost
from budgets.tests.factories import (
    DAY,
    HOUR,
    NOW,
    broken,
    closings,
    make_project,
    make_user,
    open_period,
    spend,
    spent,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> EndUser:
    made = make_user(make_project(), days=7)
    spend(made, 1)
    return made


def test_a_reset_closes_whatever_was_spent(user: EndUser) -> None:
    fresh = reset_cost(end_user=user, close_reason=CloseReason.ADMIN_RESET, actor=None, note="gift", now=NOW + HOUR)
    assert fresh == open_period(user)
    assert fresh.starts_at == NOW + HOUR
    closed = user.periods.exclude(ends_at=None).get()
    assert (closed.close_reason, closed.close_note, closed.cost_nanousd) == ("admin_reset", "gift", 10**9)
    assert broken() == []


def test_a_reset_of_a_due_window_leaves_no_empty_one_behind(user: EndUser) -> None:
    reset_cost(end_user=user, close_reason=CloseReason.ADMIN_RESET, actor=None, note="", now=NOW + 8 * DAY)
    assert closings(user) == ["due"]
    assert spent(user) == [10**9, 0]
    assert broken() == []


def test_a_reset_by_a_slow_clock_leaves_no_window_of_negative_length(user: EndUser) -> None:
    reset_cost(end_user=user, close_reason=CloseReason.ADMIN_RESET, actor=None, note="", now=NOW - HOUR)
    assert broken() == []
    assert open_period(user).starts_at == NOW
