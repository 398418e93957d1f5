"""Which windows are due: one question, asked of the index of due open periods."""

import pytest
from django.db import connection

from budgets.models import EndUser, Period
from budgets.queries.health import LATE_AFTER, reset_health
from budgets.queries.late_resets import MAX_SHOWN, count_due, due_periods, due_resets
from budgets.services.end_users import archive
from budgets.services.rolls import roll_if_due
from budgets.tests.factories import DAY, NOW, SECOND, make_project, make_user, open_period

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> EndUser:
    """Due a day from NOW, beside one never due, one due later, and one archived."""
    project = make_project()
    make_user(project, "no duration", days=None)
    make_user(project, "later", days=28)
    archive(end_user=make_user(project, "archived"), now=NOW)
    return make_user(project, days=1)


def test_a_period_is_due_from_its_end_on_until_it_is_rolled(user: EndUser) -> None:
    assert not due_periods(now=NOW + DAY - SECOND).exists()
    assert due_periods(now=NOW + DAY).get() == open_period(user)
    roll_if_due(end_user=user, now=NOW + DAY)
    assert not due_periods(now=NOW + DAY).exists()


def test_the_longest_due_come_first_and_all_are_counted(user: EndUser) -> None:
    for number in range(MAX_SHOWN):
        make_user(user.project, f"user {number}", now=NOW - (number + 1) * SECOND)
    due = due_resets(now=NOW + DAY)
    assert due.count == MAX_SHOWN + 1 == count_due(now=NOW + DAY)
    assert count_due(now=NOW) == 0
    assert [one.end_user.name for one in due.longest] == [f"user {number}" for number in reversed(range(MAX_SHOWN))]


def test_overdue_are_those_that_have_been_due_for_long(user: EndUser) -> None:
    late = NOW + DAY + LATE_AFTER
    assert reset_health(now=late - SECOND).overdue == 0
    assert reset_health(now=late).overdue == 1


def test_the_index_of_due_periods_is_asked(user: EndUser) -> None:
    """Of many open periods, counted by the database, few of them due: with few rows any index would serve."""
    users = [EndUser(project=user.project, name=f"user {number}", roster_version=1) for number in range(2000)]
    EndUser.objects.bulk_create(users)
    Period.objects.bulk_create(
        Period(project=user.project, end_user=one, opened_version=1, starts_at=NOW, due_at=NOW + (number + 1) * DAY)
        for number, one in enumerate(users)
    )
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE budgets_period, budgets_enduser")
    assert "period_due" in due_periods(now=NOW).order_by("due_at", "pk").explain()
