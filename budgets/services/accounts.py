"""An end user under its lock, with all that a write to it needs to know."""

from collections.abc import Collection
from dataclasses import dataclass

from django.db import connection

from budgets.domain.periods import epoch_us
from budgets.domain.snapshots import StoredUser
from budgets.domain.terms import Terms
from budgets.models import Budget, EndUser, Period, Project
from budgets.models.prepared import Among, Asked, Given, Prepared

_LOCKED_USERS = Prepared(
    lambda: (
        EndUser.objects.filter(Among("pk", "ids"), project=Given("project"))
        .order_by("pk")
        .select_for_update(no_key=True)
        .values_list("pk")
    )
)
# Not by the project as well: SQLite would go through all of its users.
_OPEN_PERIODS = Prepared(
    lambda: (
        Period.objects.filter(Among("end_user", "ids"), ends_at=None)
        .select_related("end_user__budget")
        .order_by("end_user_id")
    )
)


@dataclass(slots=True)
class Account:
    """A locked end user with its budget and open period, as they will be once the batch is saved."""

    end_user: EndUser
    budget: Budget
    period: Period
    is_new: bool = False
    has_new_version: bool = False

    @property
    def terms(self) -> Terms:
        """The budget's terms."""
        return Terms(self.budget.total_budget_nanousd, self.budget.duration_days)

    def stored(self) -> StoredUser:
        """What the rules are told of the user."""
        created_at = self.budget.created_at
        return StoredUser(
            is_archived=self.end_user.archived_at is not None,
            terms=self.terms,
            created_at_us=None if created_at is None else epoch_us(created_at),
            extra_json=self.end_user.extra_json,
            period_id=self.period.pk,
            period_starts_at=self.period.starts_at,
            period_due_at=self.period.due_at,
            period_cost_nanousd=self.period.cost_nanousd,
        )

    def new_version(self) -> int:
        """The user's version once the batch is saved: one more than before, however much changes."""
        if not self.has_new_version:
            self.has_new_version = True
            self.end_user.version += 1
        return self.end_user.version


def ask_to_lock(project: Project, end_user_ids: Collection[int]) -> None:
    """Lock those users, in the order of their ids. SQLite has one lock, and the transaction has it already."""
    if connection.features.has_select_for_update:
        _LOCKED_USERS.ask(project=project.pk, ids=list(end_user_ids))


def ask_for_accounts(end_user_ids: Collection[int]) -> Asked[Period]:
    """All that there is of those users; they are locked by then, so that nobody else can change it."""
    return _OPEN_PERIODS.ask(ids=list(end_user_ids))


def accounts_of(project: Project, asked: Asked[Period]) -> dict[int, Account]:
    """The locked users, by id; no others were locked than the project's."""
    return {one.end_user_id: _account(one) for one in asked.rows() if one.project_id == project.pk}


def _account(period: Period) -> Account:
    user, budget = period.end_user, period.end_user.budget
    # Two that hold each other stay until the garbage collector comes by; of a large post these are many.
    user._state.fields_cache.pop("budget")
    return Account(user, budget, period)
