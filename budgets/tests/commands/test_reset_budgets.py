"""`reset_budgets [--dry-run]`."""

from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from budgets.models import EndUser, Period, ResetRun
from budgets.services.end_users import archive
from budgets.tests.commands.conftest import Terminal, run
from budgets.tests.factories import DAY, broken, closings, make_project, make_user, open_period, spend, spent

pytestmark = pytest.mark.django_db


@pytest.fixture
def due() -> EndUser:
    """A due user, beside one not due, one without a duration, and one archived."""
    begun = datetime.now(UTC) - 10 * DAY
    project = make_project()
    user = make_user(project, "due", days=7, now=begun)
    spend(user, 1, now=begun)
    make_user(project, "not due", days=28, now=begun)
    make_user(project, "no duration", days=None, now=begun)
    archive(end_user=make_user(project, "archived", days=1, now=begun), now=begun)
    return user


def test_due_periods_roll_once(due: EndUser) -> None:
    start = open_period(due).starts_at
    assert run("reset_budgets") == "reset_budgets: 1 reset, 0 failed\n"
    assert open_period(due).starts_at == start + 7 * DAY
    assert len(spent(due)) == 2
    assert closings(due) == ["due"]
    assert run("reset_budgets") == "reset_budgets: 0 reset, 0 failed\n"
    assert len(spent(due)) == 2
    assert Period.objects.count() == 5
    assert broken() == []


def test_each_run_is_written_down(due: EndUser) -> None:
    before = datetime.now(UTC)
    run("reset_budgets")
    run("reset_budgets")
    second, first = ResetRun.objects.all()
    assert [(one.rolled, one.failed) for one in (first, second)] == [(1, 0), (0, 0)]
    assert before <= first.started_at <= first.finished_at <= second.started_at


def test_a_dry_run_counts_and_changes_nothing(due: EndUser) -> None:
    for _ in range(2):
        assert run("reset_budgets", "--dry-run") == "reset_budgets: 1 due, nothing changed (dry run)\n"
    assert spent(due) == [10**9]
    assert not ResetRun.objects.exists()


def test_a_failure_is_said_and_written_down(due: EndUser) -> None:
    bad = make_user(due.project, "bad", days=1, now=datetime.now(UTC) - 3 * DAY)
    # Its next period's place is taken: it cannot be rolled.
    Period.objects.filter(end_user=bad).update(opened_version=bad.version + 1)
    with pytest.raises(CommandError, match="1 reset, 1 failed"):
        run("reset_budgets")
    assert closings(due) == ["due"]
    run_row = ResetRun.objects.get()
    assert (run_row.rolled, run_row.failed) == (1, 1)


def test_a_bar_is_drawn_on_a_terminal_alone(due: EndUser) -> None:
    terminal = Terminal()
    call_command("reset_budgets", stdout=terminal)
    assert terminal.getvalue().endswith("\rreset_budgets: 1 reset, 0 failed\n")
    assert terminal.getvalue().count("\r") > 1


@pytest.mark.parametrize("at_a_terminal", [False, True])
def test_a_run_that_is_typed_at_a_terminal_is_not_crons(due: EndUser, at_a_terminal: bool) -> None:
    call_command("reset_budgets", stdout=Terminal() if at_a_terminal else StringIO())
    assert ResetRun.objects.get().by_hand is at_a_terminal
