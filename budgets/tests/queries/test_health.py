"""What is told of cron, by the runs that there were."""

from datetime import timedelta

import pytest

from budgets.models import ResetRun
from budgets.queries.health import LATE_AFTER, Cron, reset_health
from budgets.services.projects import create_project
from budgets.tests.factories import NOW

pytestmark = pytest.mark.django_db
RECENT, OLD = timedelta(hours=1), LATE_AFTER + timedelta(minutes=1)


def ran(ago: timedelta, *, failed: int = 0, by_hand: bool = False) -> None:
    at = NOW - ago
    ResetRun.objects.create(started_at=at, finished_at=at, rolled=0, failed=failed, by_hand=by_hand)


def test_a_fresh_instance_has_time_for_its_first_run() -> None:
    assert reset_health(now=NOW).cron is Cron.NEW
    create_project(name="p", now=NOW - RECENT)
    assert reset_health(now=NOW).cron is Cron.NEW
    assert not reset_health(now=NOW).is_late
    create_project(name="old", now=NOW - OLD)
    assert reset_health(now=NOW).cron is Cron.ABSENT
    assert reset_health(now=NOW).is_late


@pytest.mark.parametrize(("set_up", "cron"), [(RECENT, Cron.NEW), (OLD, Cron.ABSENT)])
@pytest.mark.parametrize("failed", [0, 2])
def test_a_run_by_hand_tells_nothing_of_cron(set_up: timedelta, cron: Cron, failed: int) -> None:
    create_project(name="p", now=NOW - set_up)
    ran(timedelta(0), failed=failed, by_hand=True)
    health = reset_health(now=NOW)
    assert health.cron is cron
    assert health.last_run is not None


@pytest.mark.parametrize(
    ("runs", "cron"),
    [
        ([(RECENT, 0)], Cron.ON_TIME),
        ([(OLD, 0)], Cron.LATE),
        ([(OLD, 1)], Cron.LATE),
        ([(RECENT, 1)], Cron.FAILING),
        ([(OLD, 0), (RECENT, 1)], Cron.FAILING),
        # One that failed after one that did not: the next has another hour.
        ([(RECENT, 0), (timedelta(0), 1)], Cron.ON_TIME),
    ],
)
@pytest.mark.parametrize("also_by_hand", [False, True])
def test_cron_is_judged_by_its_own_runs(runs: list[tuple[timedelta, int]], cron: Cron, also_by_hand: bool) -> None:
    for ago, failed in runs:
        ran(ago, failed=failed)
    if also_by_hand:
        ran(timedelta(0), by_hand=True)
    assert reset_health(now=NOW).cron is cron
