"""Whether resets happen and the ledger is sound: the last runs of the two commands, and what is overdue."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from budgets.models import LedgerCheck, Period, ResetRun

# Cron runs hourly; one missed run is no alarm, two are.
LATE_AFTER = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class ResetHealth:
    """The last run without failures, and how many periods have been due for longer than LATE_AFTER."""

    last_success: ResetRun | None
    overdue: int
    now: datetime

    @property
    def is_cron_late(self) -> bool:
        """Whether no run has succeeded within LATE_AFTER."""
        return self.last_success is None or self.now - self.last_success.finished_at > LATE_AFTER

    @property
    def is_late(self) -> bool:
        """Whether anything needs a look."""
        return self.is_cron_late or self.overdue > 0


def last_ledger_check() -> LedgerCheck | None:
    """The newest finished check of the whole instance's invariants; None before the first."""
    return LedgerCheck.objects.first()


def reset_health(*, now: datetime) -> ResetHealth:
    """Read the health in two queries."""
    return ResetHealth(
        last_success=ResetRun.objects.filter(failed=0).order_by("-finished_at").first(),
        overdue=Period.objects.filter(ends_at=None, due_at__lt=now - LATE_AFTER, end_user__archived_at=None).count(),
        now=now,
    )
