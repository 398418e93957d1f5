"""What a view was handed, and what it has posted since: the stored side of a reconciliation."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from msgspec import Struct

from budgets.domain.handed_records import handed_client_period, terms_as_handed
from budgets.domain.marks import Mark
from budgets.domain.money import wire_nanousd
from budgets.domain.periods import epoch_us, from_epoch_us
from budgets.domain.records import ClientPeriod, PostedRecord
from budgets.domain.segments import name_hash
from budgets.domain.snapshots import Generation
from budgets.domain.terms import Terms
from budgets.models import BudgetChange, CostEntry, EndUser, HighWater, Period, Project, View
from budgets.models.prepared import Among, Asked, Given, Prepared
from budgets.services.accounts import Account
from budgets.services.bulk.inserts import insert_rows
from budgets.services.bulk.reads import rows_in
from budgets.services.bulk.updates import update_rows
from budgets.services.view_lookup import ViewName
from budgets.services.watches import watch_from_json, watch_to_json

# What was handed out is the first generation, and needs a row only once it is posted.
HANDED_NUMBER = 0
_GENERATIONS = Prepared(
    lambda: HighWater.objects.filter(
        Among("end_user", "end_users"), Among("view__token", "tokens"), view__project=Given("project")
    ).order_by("generation")
)


def ask_for_generations(project: Project, names: Iterable[ViewName], end_user_ids: Iterable[int]) -> Asked[HighWater]:
    """The high-water marks of those views and users, in the order of their generations."""
    tokens = {name.token for name in names}
    return _GENERATIONS.ask(project=project.pk, tokens=list(tokens), end_users=list(set(end_user_ids)))


def by_view_and_user(rows: Iterable[HighWater]) -> dict[tuple[int, int], list[HighWater]]:
    """The same, apart."""
    found: dict[tuple[int, int], list[HighWater]] = defaultdict(list)
    for row in rows:
        found[row.view_id, row.end_user_id].append(row)
    return found


def generation_of(row: HighWater) -> Generation:
    """The row as the rules see it."""
    return Generation(
        number=row.generation,
        is_marked=row.is_marked,
        client_period=ClientPeriod(row.created_at_us, row.last_updated_at_us),
        cost_by_model=row.cost_by_model,
        terms=Terms(row.total_budget_nanousd, row.duration_days),
        extra_json=row.extra_json,
        digest=row.digest,
        period_id=row.period_id,
        opened_at=row.opened_at,
        raised_at=row.raised_at,
        zero_until=row.zero_until,
        watch=None if row.watch is None else watch_from_json(row.watch),
        doubtful_nanousd=row.doubtful_nanousd,
    )


class CountedRecord(Struct, frozen=True):
    """A record whose reconciliation moved a generation: written once the ledger is."""

    view: View
    account: Account
    generation: Generation
    row: HighWater | None


def save_generations(project: Project, counted: Sequence[CountedRecord]) -> None:
    """Write the generations that a post moved. One without a period of its own is current in the open one."""
    rows = [_row_of(project, one) for one in counted]
    known = [row for row in rows if row.id is not None]
    insert_rows([row for row in rows if row.id is None], needs_ids=False)
    update_rows(
        known,
        (
            "created_at_us",
            "last_updated_at_us",
            "cost_by_model",
            "period",
            "total_budget_nanousd",
            "duration_days",
            "extra_json",
            "digest",
            "raised_at",
            "zero_until",
            "watch",
            "doubtful_nanousd",
        ),
    )


def _row_of(project: Project, counted: CountedRecord) -> HighWater:
    generation, end_user = counted.generation, counted.account.end_user
    moved = {
        "created_at_us": generation.client_period.created_at_us,
        "last_updated_at_us": generation.client_period.last_updated_at_us,
        "cost_by_model": dict(generation.cost_by_model),
        "period_id": counted.account.period.id if generation.period_id is None else generation.period_id,
        "total_budget_nanousd": generation.terms.total_budget_nanousd,
        "duration_days": generation.terms.duration_days,
        "extra_json": generation.extra_json,
        "digest": generation.digest,
        "raised_at": generation.raised_at,
        "zero_until": generation.zero_until,
        "watch": None if generation.watch is None else watch_to_json(generation.watch),
        "doubtful_nanousd": generation.doubtful_nanousd,
    }
    if counted.row is None:
        return HighWater.new(
            project=project,
            view=counted.view,
            end_user=end_user,
            name_hash=name_hash(end_user.name),
            generation=generation.number,
            is_marked=generation.is_marked,
            opened_at=generation.opened_at,
            **moved,
        )
    for name, value in moved.items():
        setattr(counted.row, name, value)
    return counted.row


@dataclass(slots=True)
class HandedStates:
    """What marks say was handed out, worked out from the ledger: no read needs to write it down (design R2)."""

    periods: dict[int, list[Period]] = field(default_factory=lambda: defaultdict(list))
    entries: dict[int, list[CostEntry]] = field(default_factory=lambda: defaultdict(list))
    changes: dict[int, list[BudgetChange]] = field(default_factory=lambda: defaultdict(list))

    def load(self, marked: Mapping[int, Mark], users: Mapping[int, EndUser]) -> None:
        """Read what has changed since, of the users whose version has moved on from their mark's."""
        stale = {pk: mark.version for pk, mark in marked.items() if mark.version < users[pk].version}
        if not stale:
            return
        since = min(stale.values())
        for period in rows_in(Period.objects.order_by("opened_version"), "end_user", stale):
            self.periods[period.end_user_id].append(period)
        for entry in rows_in(CostEntry.objects.filter(version__gt=since), "end_user", stale):
            self.entries[entry.end_user_id].append(entry)
        for change in rows_in(BudgetChange.objects.order_by("version"), "end_user", stale):
            self.changes[change.end_user_id].append(change)

    def generation(self, account: Account, mark: Mark, record: PostedRecord) -> Generation:
        """What the mark's view was handed of the user, as the generation before any post."""
        version, user = mark.version, account.end_user
        period, terms, created_at = account.period, account.terms, account.budget.created_at
        if version < user.version:
            period = max(
                (one for one in self.periods[user.id] if one.opened_version <= version),
                key=lambda one: one.opened_version,
                default=period,
            )
            change = next((one for one in reversed(self.changes[user.id]) if one.version <= version), None)
            if change is not None:
                terms = Terms(change.total_budget_nanousd, change.duration_days)
                created_at = change.budget_created_at
        knows_extra = user.extra_version <= version
        return Generation(
            number=HANDED_NUMBER,
            is_marked=True,
            client_period=handed_client_period(
                terms=terms,
                created_at_us=None if created_at is None else epoch_us(created_at),
                last_updated_at_us=epoch_us(period.starts_at),
            ),
            cost_by_model=self._costs(user.id, period, version),
            terms=terms_as_handed(terms),
            # What other keys were handed out is not kept: once they have changed, the post's are taken for an echo.
            extra_json=user.extra_json if knows_extra else record.extra_json,
            digest=mark.digest,
            period_id=period.id,
            opened_at=from_epoch_us(mark.view.read_at_us),
            raised_at=None,
        )

    def _costs(self, end_user_id: int, period: Period, version: int) -> dict[str, int]:
        costs = dict(period.cost_by_model)
        for entry in self.entries[end_user_id]:
            if entry.version > version and entry.period_id == period.id:
                costs[entry.model] -= entry.amount_nanousd
        return {model: wire_nanousd(cost) for model, cost in costs.items() if cost}
