"""The sums that every cost entry is added to as it is written: what charts and lists read (`models/rollup.py`)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.db.models import F

from budgets.models import Client, ClientDaySpend, CostEntry, DaySpend, HourSpend, Project
from budgets.services.bulk.inserts import add_to_sums


@dataclass(slots=True)
class SpendSums:
    """What the entries of one project made at one `now` add to its rollups.

    A user's days are written at once: whoever writes them has the user locked. The hour's and the client's are for all,
    and written last, so that nobody who holds them waits for a user.
    """

    project: Project
    now: datetime
    by_model: dict[str, tuple[int, int, int]] = field(default_factory=dict)
    by_client: dict[int, tuple[int, int]] = field(default_factory=dict)
    shared_by_client: dict[int, int] = field(default_factory=dict)

    @property
    def hour(self) -> datetime:
        """The hour of `now`, UTC."""
        return self.now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)

    def add(self, entries: Sequence[CostEntry]) -> None:
        """Add them up, and write the users' days."""
        by_user: dict[tuple[int, str], tuple[int, int]] = {}
        for entry in entries:
            amount = entry.amount_nanousd
            cost, count, shared = self.by_model.get(entry.model, (0, 0, 0))
            self.by_model[entry.model] = (cost + amount, count + 1, shared + (amount if entry.is_shared else 0))
            key = (entry.end_user_id, entry.model)
            cost, count = by_user.get(key, (0, 0))
            by_user[key] = (cost + amount, count + 1)
            if entry.client_id is not None:
                self._add_to_client(entry.client_id, amount, is_shared=entry.is_shared)
        day = self.hour.date()
        add_to_sums(
            DaySpend,
            keys=("project", "day", "end_user", "model"),
            sums=("cost_nanousd", "entries"),
            rows=[(self.project.id, day, user_id, model, *sums) for (user_id, model), sums in by_user.items()],
        )

    def _add_to_client(self, client_id: int, amount_nanousd: int, *, is_shared: bool) -> None:
        cost, count = self.by_client.get(client_id, (0, 0))
        self.by_client[client_id] = (cost + amount_nanousd, count + 1)
        if is_shared:
            self.shared_by_client[client_id] = self.shared_by_client.get(client_id, 0) + amount_nanousd

    def save(self) -> None:
        """Write the rest."""
        add_to_sums(
            HourSpend,
            keys=("project", "hour", "model"),
            sums=("cost_nanousd", "entries", "shared_nanousd"),
            rows=[(self.project.pk, self.hour, model, *sums) for model, sums in self.by_model.items()],
        )
        add_to_sums(
            ClientDaySpend,
            keys=("client", "day"),
            implied=("project",),
            sums=("cost_nanousd", "entries"),
            rows=[(client_id, self.hour.date(), self.project.pk, *sums) for client_id, sums in self.by_client.items()],
        )
        for pk, amount in self.shared_by_client.items():
            Client.objects.filter(pk=pk).update(shared_nanousd=F("shared_nanousd") + amount)
