"""Whether resets happen and the ledger is sound: the last runs of the two commands, and what is overdue."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Min

from budgets.models import ApiKey, LedgerCheck, Project, ResetRun
from budgets.queries.late_resets import count_due

# Cron runs hourly; one missed run is no alarm, two are.
LATE_AFTER = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class ResetHealth:
    """The last run without failures, the last of them by cron, and how many periods are due for longer than LATE_AFTER.

    A run of the command counts as cron's. `set_up_at`, when the first key or project was made, is told before the first
    of those; `has_failed` before the first run of all without failures, where there were others.
    """

    last_success: ResetRun | None
    last_by_cron: ResetRun | None
    overdue: int
    now: datetime
    has_failed: bool = False
    set_up_at: datetime | None = None

    @property
    def is_cron_late(self) -> bool:
        """Whether no run has succeeded within LATE_AFTER; a fresh instance has as long for its first."""
        since = self.last_by_cron.finished_at if self.last_by_cron else self.set_up_at
        return self.has_failed or (since is not None and self.now - since > LATE_AFTER)

    @property
    def is_late(self) -> bool:
        """Whether anything needs a look."""
        return self.is_cron_late or self.overdue > 0


def last_ledger_check() -> LedgerCheck | None:
    """The newest finished check of the whole instance's invariants; None before the first."""
    return LedgerCheck.objects.first()


def reset_health(*, now: datetime) -> ResetHealth:
    """Read the health in a few queries."""
    successes = ResetRun.objects.filter(failed=0).order_by("-finished_at")
    last_success = last_by_cron = successes.first()
    if last_success and last_success.by_hand:
        last_by_cron = successes.filter(by_hand=False).first()
    return ResetHealth(
        last_success=last_success,
        last_by_cron=last_by_cron,
        overdue=count_due(now=now - LATE_AFTER),
        now=now,
        has_failed=last_success is None and ResetRun.objects.exists(),
        set_up_at=None if last_by_cron else _set_up_at(),
    )


def _set_up_at() -> datetime | None:
    firsts = (table.objects.aggregate(at=Min("created_at"))["at"] for table in (ApiKey, Project))
    return min((at for at in firsts if at is not None), default=None)
