"""Rolling windows that are due."""

from datetime import datetime

import pytest
from django.db import OperationalError
from pytest_django import DjangoAssertNumQueries

from budgets.models import Budget, EndUser, Period
from budgets.queries.late_resets import due_periods
from budgets.services import rolls
from budgets.services.end_users import archive
from budgets.services.rolls import RollResult, roll_all_due, roll_due_of_project, roll_if_due
from budgets.tests.factories import (
    DAY,
    HOUR,
    NOW,
    SECOND,
    broken,
    closings,
    make_project,
    make_user,
    open_period,
    spend,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> EndUser:
    made = make_user(make_project(), days=7)
    spend(made, 1)
    return made


def test_a_window_rolls_when_its_days_are_over_and_not_before(user: EndUser) -> None:
    assert not roll_if_due(end_user=user, now=NOW + 7 * DAY - SECOND)
    assert roll_if_due(end_user=user, now=NOW + 7 * DAY)
    assert not roll_if_due(end_user=user, now=NOW + 7 * DAY)
    first, second = user.periods.order_by("pk")
    assert (first.ends_at, first.close_reason, first.limit_nanousd) == (NOW + 7 * DAY, "due", 10 * 10**9)
    assert (second.starts_at, second.due_at) == (NOW + 7 * DAY, NOW + 14 * DAY)
    assert broken() == []


def test_windows_never_drift_with_the_hour_they_are_rolled_at(user: EndUser) -> None:
    for weeks in (1, 2, 5):
        roll_if_due(end_user=user, now=NOW + weeks * 7 * DAY + 5 * HOUR)
        assert open_period(user).starts_at == NOW + weeks * 7 * DAY
    assert broken() == []


def test_an_archived_users_window_waits(user: EndUser) -> None:
    archive(end_user=user, now=NOW)
    assert not due_periods(now=NOW + 30 * DAY).exists()


def test_every_project_rolls(user: EndUser) -> None:
    others = [make_user(make_project(name), name, days=1) for name in ("a", "b")]
    assert roll_all_due(now=NOW + 7 * DAY) == RollResult(rolled=3, failed=0)
    assert roll_all_due(now=NOW + 7 * DAY) == RollResult(rolled=0, failed=0)
    assert [closings(one) for one in (user, *others)] == [["due"]] * 3


def test_one_project_can_be_rolled_alone(user: EndUser) -> None:
    other = make_user(make_project("other"), days=1)
    assert roll_due_of_project(project_id=user.project.pk, now=NOW + 7 * DAY) == 1
    assert closings(other) == []


def test_a_due_period_without_a_duration_is_not_rolled_into_an_endless_one(user: EndUser) -> None:
    good = make_user(user.project, "good", days=7)
    Budget.objects.filter(end_user=user).update(duration_days=None)
    assert roll_all_due(now=NOW + 7 * DAY) == RollResult(rolled=1, failed=1)
    assert [closings(one) for one in (user, good)] == [[], ["due"]]


def test_a_batch_that_waits_in_vain_is_not_tried_user_by_user(
    user: EndUser, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tried: list[list[int]] = []

    def busy(end_user_ids: list[int], now: datetime) -> int:
        tried.append(end_user_ids)
        raise OperationalError("database is locked")

    others = [make_user(user.project, name, days=7) for name in ("a", "b")]
    monkeypatch.setattr(rolls, "_roll", busy)
    assert roll_all_due(now=NOW + 7 * DAY) == RollResult(rolled=0, failed=3)
    assert tried == [[one.pk for one in (user, *others)]]
    assert "of 3 end users could not be rolled: database is locked" in caplog.text


def test_one_bad_row_stops_nobody_else(user: EndUser, caplog: pytest.LogCaptureFixture) -> None:
    bad = make_user(user.project, "bad", days=7)
    good = make_user(user.project, "good", days=7)
    # The place of its next period is taken already.
    Period.objects.filter(end_user=bad).update(opened_version=bad.version + 1)
    assert roll_all_due(now=NOW + 7 * DAY) == RollResult(rolled=2, failed=1)
    assert [closings(one) for one in (user, good, bad)] == [["due"], ["due"], []]
    assert f"end user {bad.pk} could not be rolled" in caplog.text


def test_many_due_at_one_moment_roll_once_each_whatever_the_batches(
    user: EndUser, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(rolls, "BATCH_SIZE", 2)
    monkeypatch.setattr(rolls, "READ_AT_ONCE", 4)
    others = [make_user(user.project, f"user {number}", days=7) for number in range(10)]
    # One that cannot be rolled is not asked for again and again.
    bad = others.pop(3)
    Period.objects.filter(end_user=bad).update(opened_version=bad.version + 1)
    assert roll_all_due(now=NOW + 7 * DAY) == RollResult(rolled=10, failed=1)
    assert [closings(one) for one in (user, *others, bad)] == [["due"]] * 10 + [[]]
    assert caplog.text.count("could not be rolled") == 1


def test_who_is_archived_or_rolled_meanwhile_is_left_alone(user: EndUser, monkeypatch: pytest.MonkeyPatch) -> None:
    away, done = (make_user(user.project, name, days=7) for name in ("away", "done"))
    versions = dict(EndUser.objects.values_list("pk", "version"))

    def read_before(due: object) -> list[list[int]]:
        archive(end_user=away, now=NOW)
        roll_if_due(end_user=done, now=NOW + 7 * DAY)
        return [list(versions)]

    monkeypatch.setattr(rolls, "_batches", read_before)
    assert roll_all_due(now=NOW + 7 * DAY) == RollResult(rolled=1, failed=0)
    assert [closings(one) for one in (user, away, done)] == [["due"], [], ["due"]]
    assert {pk: version + 1 for pk, version in versions.items()} == dict(EndUser.objects.values_list("pk", "version"))


@pytest.mark.parametrize("count", [1, 30])
def test_its_statements_do_not_grow(
    user: EndUser, django_assert_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    for number in range(count):
        make_user(user.project, f"user {number}", days=7)
    # Two reads of who is due, five of the batch, and those that begin and end its savepoint.
    with django_assert_num_queries(9):
        assert roll_due_of_project(project_id=user.project.pk, now=NOW + 7 * DAY) == count + 1
