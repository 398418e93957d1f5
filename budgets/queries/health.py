"""Whether resets happen and the ledger is sound: the last runs of the two commands, and what is overdue."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import Min

from budgets.models import ApiKey, LedgerCheck, Project, ResetRun
from budgets.queries.late_resets import count_due

# Cron runs hourly; one missed run is no alarm, two are.
LATE_AFTER = timedelta(hours=2)


class Cron(StrEnum):
    """What is known of cron by its runs of the resets."""

    # It has not run, and need not have: the instance is fresh.
    NEW = "new"
    ON_TIME = "on_time"
    # It runs, and some users could not be reset.
    FAILING = "failing"
    LATE = "late"
    # It has never run, and by now should have.
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class ResetHealth:
    """How the resets stand at `now`: the last run of all and the last by cron, each also among those without failures.

    A run is by hand or by cron. `set_up_at`, asked for only before the first by cron, is when the first key or project
    was made; `overdue` is how many periods have been due for longer than LATE_AFTER.
    """

    last_run: ResetRun | None
    last_cron_run: ResetRun | None
    last_cron_success: ResetRun | None
    set_up_at: datetime | None
    overdue: int
    now: datetime

    @property
    def cron(self) -> Cron:
        """What is known of it."""
        if self.last_cron_success and self._is_recent(self.last_cron_success.finished_at):
            return Cron.ON_TIME
        if self.last_cron_run:
            return Cron.FAILING if self._is_recent(self.last_cron_run.finished_at) else Cron.LATE
        return Cron.NEW if self.set_up_at is None or self._is_recent(self.set_up_at) else Cron.ABSENT

    @property
    def is_late(self) -> bool:
        """Whether anything needs a look."""
        return self.cron not in (Cron.NEW, Cron.ON_TIME) or self.overdue > 0

    def _is_recent(self, at: datetime) -> bool:
        return self.now - at <= LATE_AFTER


def last_ledger_check() -> LedgerCheck | None:
    """The newest finished check of the whole instance's invariants; None before the first."""
    return LedgerCheck.objects.first()


def reset_health(*, now: datetime) -> ResetHealth:
    """Read the health: in two queries where cron has run last, and without failures."""
    runs = ResetRun.objects.order_by("-finished_at")
    last_run = last_cron_run = runs.first()
    if last_run and last_run.by_hand:
        last_cron_run = runs.filter(by_hand=False).first()
    last_cron_success = last_cron_run
    if last_cron_run and last_cron_run.failed:
        last_cron_success = runs.filter(by_hand=False, failed=0).first()
    return ResetHealth(
        last_run=last_run,
        last_cron_run=last_cron_run,
        last_cron_success=last_cron_success,
        set_up_at=None if last_cron_run else _set_up_at(),
        overdue=count_due(now=now - LATE_AFTER),
        now=now,
    )


def _set_up_at() -> datetime | None:
    firsts = (table.objects.aggregate(at=Min("created_at"))["at"] for table in (ApiKey, Project))
    return min((at for at in firsts if at is not None), default=None)
