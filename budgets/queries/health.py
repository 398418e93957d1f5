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
    """The last run without failures, and how many periods have been due for longer than LATE_AFTER.

    Before the first such run: `has_failed` where there were others, and `set_up_at`, when the first key or project was
    made.
    """

    last_success: ResetRun | None
    overdue: int
    now: datetime
    has_failed: bool = False
    set_up_at: datetime | None = None

    @property
    def is_cron_late(self) -> bool:
        """Whether no run has succeeded within LATE_AFTER; a fresh instance has as long for its first."""
        since = self.last_success.finished_at if self.last_success else self.set_up_at
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
    last_success = ResetRun.objects.filter(failed=0).order_by("-finished_at").first()
    return ResetHealth(
        last_success=last_success,
        overdue=count_due(now=now - LATE_AFTER),
        now=now,
        has_failed=last_success is None and ResetRun.objects.exists(),
        set_up_at=None if last_success else _set_up_at(),
    )


def _set_up_at() -> datetime | None:
    firsts = (table.objects.aggregate(at=Min("created_at"))["at"] for table in (ApiKey, Project))
    return min((at for at in firsts if at is not None), default=None)
