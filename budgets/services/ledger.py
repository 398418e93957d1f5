"""The one writer of end users, budgets, periods, cost entries and rollups.

Every operation that changes what a user has spent or may spend goes through a `LedgerBatch`: it locks the users in
a fixed order, collects the changes in memory, and writes them set by set inside the caller's transaction.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from budgets.domain.money import MAX_NANOUSD, MAX_USD, MoneyError
from budgets.domain.periods import current_window_start, due_at, is_due
from budgets.domain.records import MAX_MODELS, UNATTRIBUTED
from budgets.domain.terms import Terms
from budgets.models import (
    Budget,
    BudgetChange,
    Client,
    CostEntry,
    EndUser,
    Period,
    Project,
)
from budgets.models.cost_entry import EntrySource
from budgets.models.driver import one_trip
from budgets.models.end_user import ChangeSource
from budgets.models.period import CloseReason
from budgets.models.prepared import Asked
from budgets.services.accounts import Account, accounts_of, ask_for_accounts, ask_to_lock
from budgets.services.bulk.inserts import insert_rows
from budgets.services.bulk.reads import rows_in
from budgets.services.bulk.updates import update_rows
from budgets.services.spend_sums import SpendSums

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@dataclass(frozen=True, slots=True)
class Author:
    """Who writes: a client, an admin, or code through BudgetManager."""

    source: ChangeSource
    actor: "User | None" = None
    client: Client | None = None


@dataclass(slots=True)
class LedgerBatch:
    """Changes of one project's users, made together at one `now` (UTC). Call inside a transaction, then `save()`."""

    project: Project
    now: datetime
    accounts: list[Account] = field(default_factory=list)
    closed: list[Period] = field(default_factory=list)
    opened: list[Period] = field(default_factory=list)
    changes: list[BudgetChange] = field(default_factory=list)
    entries: list[CostEntry] = field(default_factory=list)
    spent_in: dict[int, Period] = field(default_factory=dict)
    changed: dict[int, Period] = field(default_factory=dict)
    past: dict[int, Period] = field(default_factory=dict)
    sums: SpendSums = field(init=False)

    def __post_init__(self) -> None:
        self.sums = SpendSums(self.project, self.now)

    def lock(self, end_user_ids: Iterable[int]) -> dict[int, Account]:
        """Lock those users, in the order of their ids, and read the rest once nobody else can change it."""
        ids = list(set(end_user_ids))
        with one_trip():
            ask_to_lock(self.project, ids)
            asked = ask_for_accounts(ids)
        return self.take(asked)

    def take(self, asked: Asked[Period]) -> dict[int, Account]:
        """The same for users that are locked and were asked for already."""
        accounts = accounts_of(self.project, asked)
        self.accounts.extend(accounts.values())
        return accounts

    def create_account(
        self,
        *,
        name: str,
        terms: Terms,
        created_at: datetime | None,
        starts_at: datetime,
        author: Author,
        extra_json: str = "",
    ) -> Account:
        """Make a user with a budget and an open period. The caller has locked the roster and raised it."""
        end_user = EndUser.new(
            project=self.project,
            name=name,
            first_seen_at=self.now,
            roster_version=self.project.roster_version,
            extra_json=extra_json,
        )
        budget = Budget.new(end_user=end_user, project=self.project)
        period = Period.new(project=self.project, end_user=end_user, starts_at=starts_at)
        account = Account(end_user, budget, period, is_new=True)
        period.opened_version = end_user.extra_version = account.new_version()
        self.accounts.append(account)
        self.opened.append(period)
        self.set_terms(account, terms, author=author, created_at=created_at)
        return account

    def set_terms(
        self, account: Account, terms: Terms, *, author: Author, created_at: datetime | None, reason: str = ""
    ) -> None:
        """Give the budget new terms from now on; the open period's due date follows its duration."""
        before, budget, period = account.terms, account.budget, account.period
        budget.total_budget_nanousd, budget.duration_days = terms.total_budget_nanousd, terms.duration_days
        budget.created_at = created_at
        period.due_at = due_at(period.starts_at, terms.duration_days)
        period.limit_nanousd = terms.total_budget_nanousd
        if period.pk is not None:
            self.changed[period.pk] = period
        self.changes.append(
            BudgetChange.new(
                project=self.project,
                end_user=account.end_user,
                version=account.new_version(),
                changed_at=self.now,
                source=author.source,
                actor=author.actor,
                client=author.client,
                before_total_budget_nanousd=before.total_budget_nanousd,
                before_duration_days=before.duration_days,
                total_budget_nanousd=terms.total_budget_nanousd,
                duration_days=terms.duration_days,
                budget_created_at=created_at,
                reason=reason,
            )
        )

    def set_extra(self, account: Account, extra_json: str) -> None:
        """Keep other keys of the client's record."""
        account.end_user.extra_json = extra_json
        account.end_user.extra_version = account.new_version()

    def close_period(
        self, account: Account, reason: CloseReason, *, opens_at: datetime, actor: "User | None" = None, note: str = ""
    ) -> Period:
        """Close the open period and open its successor at `opens_at`, without a gap. Return the successor.

        An operation that waited for the user's lock may find a window that began after its own `now`; then the next
        begins with it.
        """
        period = account.period
        opens_at = max(opens_at, period.starts_at)
        period.ends_at, period.close_reason = opens_at, reason
        period.closed_by, period.close_note = actor, note
        period.limit_nanousd = account.budget.total_budget_nanousd
        self.closed.append(period)
        account.period = Period.new(
            project=self.project,
            end_user=account.end_user,
            starts_at=opens_at,
            due_at=due_at(opens_at, account.budget.duration_days),
            limit_nanousd=account.budget.total_budget_nanousd,
            opened_version=account.new_version(),
        )
        self.opened.append(account.period)
        return account.period

    def roll_if_due(self, account: Account) -> bool:
        """Close the open period where its duration has elapsed (design R12); say whether it was."""
        period = account.period
        if not is_due(period.due_at, self.now):
            return False
        opens_at = current_window_start(period.starts_at, account.budget.duration_days, self.now)
        self.close_period(account, CloseReason.DUE, opens_at=opens_at)
        return True

    def spend(
        self,
        account: Account,
        model: str,
        amount_nanousd: int,
        *,
        source: EntrySource,
        period: Period | None = None,
        author: Author,
        reason: str = "",
        is_shared: bool = False,
    ) -> CostEntry:
        """Write spend on `model` into `period`, by default the open one.

        Raises MoneyError where the period would hold more than MAX_USD, or more models than a client may post back.
        """
        period = account.period if period is None else period
        held = period.cost_by_model
        if model not in held and model != UNATTRIBUTED and len(held) - (UNATTRIBUTED in held) >= MAX_MODELS:
            raise MoneyError(f"a period cannot hold more than {MAX_MODELS} models")
        if period.cost_nanousd + amount_nanousd > MAX_NANOUSD:
            raise MoneyError(f"a period cannot hold more than {MAX_USD} USD")
        period.cost_nanousd += amount_nanousd
        period.cost_by_model[model] = period.cost_by_model.get(model, 0) + amount_nanousd
        if period.id is not None:
            self.spent_in[period.id] = period
        account.end_user.last_spend_at = self.now
        entry = CostEntry.new(
            project=self.project,
            end_user=account.end_user,
            period=period,
            version=account.new_version(),
            model=model,
            amount_nanousd=amount_nanousd,
            recorded_at=self.now,
            source=source,
            client=author.client,
            actor=author.actor,
            reason=reason,
            is_shared=is_shared,
        )
        self.entries.append(entry)
        return entry

    def load_periods(self, period_ids: Collection[int]) -> None:
        """Read periods of locked users that are to be spent in, besides the open ones."""
        unknown = set(period_ids) - {account.period.id for account in self.accounts}
        if unknown:
            for period in rows_in(Period.objects.filter(project=self.project), "pk", unknown):
                self.past[period.pk] = period

    def period(self, account: Account, period_id: int) -> Period:
        """A period of the user, as the batch has it so far: the open one, one it has closed, or one that was loaded."""
        if account.period.id == period_id:
            return account.period
        return self.past.get(period_id) or next(one for one in self.closed if one.pk == period_id)

    def save(self) -> None:
        """Write it all, in an order that no constraint minds. Needs a transaction around it."""
        self.save_part()
        self.sums.save()

    def save_part(self) -> None:
        """Write what was gathered so far and let go of it, but for the sums that other transactions wait for."""
        assert transaction.get_connection().in_atomic_block
        self._save_users()
        self._save_periods()
        insert_rows(self.opened)
        insert_rows(self.changes, needs_ids=False)
        insert_rows(self.entries, needs_ids=False)
        self.sums.add(self.entries)
        self.accounts, self.closed, self.opened, self.changes, self.entries = [], [], [], [], []
        self.spent_in, self.changed, self.past = {}, {}, {}

    def _save_periods(self) -> None:
        self.changed |= {period.id: period for period in self.closed}
        # Mostly there is but spend: fewer columns, and fewer indexes to keep.
        costs = ("cost_nanousd", "cost_by_model")
        update_rows([period for pk, period in self.spent_in.items() if pk not in self.changed], costs)
        terms = ("due_at", "ends_at", "limit_nanousd", "close_reason", "closed_by", "close_note")
        update_rows(list(self.changed.values()), (*costs, *terms))

    def _save_users(self) -> None:
        new = [one for one in self.accounts if one.is_new]
        insert_rows([one.end_user for one in new])
        for one in new:
            one.budget.end_user_id = one.end_user.id
        insert_rows([one.budget for one in new])
        changed = [one for one in self.accounts if one.has_new_version and not one.is_new]
        update_rows(
            [one.end_user for one in changed],
            (
                "version",
                "roster_version",
                "last_spend_at",
                "archived_at",
                "archived_roster_version",
                "extra_json",
                "extra_version",
            ),
        )
        with_terms = {change.end_user_id for change in self.changes}
        update_rows(
            [one.budget for one in changed if one.end_user.id in with_terms],
            ("total_budget_nanousd", "duration_days", "created_at"),
        )


def adjust(
    *, end_user: EndUser, model: str, amount_nanousd: int, reason: str, actor: "User | None", now: datetime
) -> CostEntry:
    """Add to or, with a negative amount, take from what a user has spent in the open period, for a reason.

    Raises ValueError where the amount is 0, the reason is empty, or more would be taken than was spent on the model:
    a client cannot be handed costs below zero.
    """
    if amount_nanousd == 0:
        raise ValueError("an adjustment needs an amount other than 0")
    if not reason.strip():
        raise ValueError("an adjustment needs a reason")
    with transaction.atomic():
        batch = LedgerBatch(end_user.project, now)
        account = batch.lock([end_user.pk])[end_user.pk]
        batch.roll_if_due(account)
        if account.period.cost_by_model.get(model, 0) + amount_nanousd < 0:
            raise ValueError("an adjustment cannot take more than was spent on the model in this period")
        entry = batch.spend(
            account,
            model or UNATTRIBUTED,
            amount_nanousd,
            source=EntrySource.ADJUSTMENT,
            author=Author(ChangeSource.ADMIN, actor=actor),
            reason=reason,
        )
        batch.save()
    return entry
