"""One line on whether anything is wrong: all that was looked at and found well, or what needs a look."""

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse

from budgets.dashboard.choices import Choices, within
from budgets.dashboard.links import list_url
from budgets.models import Client, LedgerCheck, ResetRun
from budgets.queries.access import reach_of
from budgets.queries.clients import WordedFlag, flagged_clients, latest_flags
from budgets.queries.health import Cron, ResetHealth, last_ledger_check, reset_health
from budgets.queries.shared_spend import SharedSpend, shared_spend
from budgets.templatetags.moments import ago


@dataclass(frozen=True, slots=True)
class Health:
    """What the login may know of it; None where it may not. Counts and money are of the chosen project."""

    resets: ResetHealth | None
    ledger_check: LedgerCheck | None
    flags: list[WordedFlag] | None
    flagged: int
    shared: SharedSpend | None
    flagged_url: str
    shared_url: str
    health_url: str

    @property
    def may_see_instance(self) -> bool:
        """Whether cron and the ledger are shown."""
        return self.resets is not None

    @property
    def is_well(self) -> bool:
        """Whether nothing needs a look."""
        return not (self.is_late or self.is_broken or self.has_doubts)

    @property
    def is_new(self) -> bool:
        """Whether nothing needs a look, but resets have not run or the ledger was not checked yet."""
        return self.is_well and not self.has_run

    @property
    def has_run(self) -> bool:
        """Whether cron has run and the ledger was checked, or the login may not know."""
        return self.resets is None or (self.resets.cron is not Cron.NEW and self.ledger_check is not None)

    @property
    def is_late(self) -> bool:
        """Whether resets are."""
        return self.resets is not None and self.resets.is_late

    @property
    def is_broken(self) -> bool:
        """Whether the ledger is."""
        return self.ledger_check is not None and self.ledger_check.violations > 0

    @property
    def has_doubts(self) -> bool:
        """Whether a client posts oddly."""
        return self.flagged > 0 or (self.shared is not None and self.shared.in_window_nanousd > 0)

    @property
    def words(self) -> str:
        """What was looked at and found well, as the end of a sentence; nothing where nothing was."""
        parts = []
        if self.resets and not self.is_late:
            run = self.resets.last_cron_run
            parts.append(
                f"resets ran {ago(run.finished_at, self.resets.now)}" if run else "cron has not run the resets yet"
            )
        if self.resets and not self.is_broken:
            check, now = self.ledger_check, self.resets.now
            found = f"was found sound {ago(check.finished_at, now)}" if check else "has not been checked yet"
            parts.append(f"the ledger {found}")
        if self.flags is not None and not self.flagged and not self.is_new:
            parts.append("no client is flagged")
        return ", ".join(parts)


def read_health(request: HttpRequest, choices: Choices, *, now: datetime) -> Health:
    """Read what the login may know."""
    # Whether cron runs and the ledger is sound is about the instance, which no role reaches.
    is_everywhere = reach_of(request.user, "view", ResetRun).is_everything
    clients = within(request, choices, Client)
    return Health(
        resets=reset_health(now=now) if is_everywhere else None,
        ledger_check=last_ledger_check() if is_everywhere else None,
        flags=latest_flags(reach=clients) if clients else None,
        flagged=flagged_clients(reach=clients) if clients else 0,
        shared=shared_spend(choices.window, reach=clients) if clients else None,
        flagged_url=list_url("client", choices.project, state="flagged"),
        shared_url=list_url("client", choices.project, state="shared"),
        health_url=reverse("instance:health"),
    )
