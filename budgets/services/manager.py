"""litellm's BudgetManager over the database: the same methods and parameters, for Django code, commands and actions.

Everything is written as it is called, so there is nothing to save or to load, and no other process to lose spend to.
"""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from django.db import transaction

from budgets.domain.durations import DAYS_BY_WORD
from budgets.domain.handed_records import format_record
from budgets.domain.money import json_number_from_nanousd, nanousd_from_number
from budgets.domain.periods import epoch_us, from_epoch_us, is_due
from budgets.domain.records import UNATTRIBUTED
from budgets.domain.terms import Terms
from budgets.models import EndUser, Period, Project
from budgets.models.cost_entry import EntrySource
from budgets.models.end_user import ChangeSource
from budgets.models.period import CloseReason
from budgets.services.budgets import create_budget
from budgets.services.ledger import Author, LedgerBatch
from budgets.services.periods import reset_cost
from budgets.services.pricing import CallCost, cost_of_completion, cost_of_prompt, cost_of_texts
from budgets.services.projects import get_or_create_project
from budgets.services.rolls import roll_due_of_project, roll_if_due

if TYPE_CHECKING:
    from django.db.models import QuerySet

Duration = Literal["daily", "weekly", "monthly", "yearly"]
USD = float | int


class BudgetManager:
    """Per-user budgets of one project. Amounts are USD, as JSON numbers; a user that is not there raises KeyError."""

    def __init__(
        self,
        project_name: str,
        client_type: str = "hosted",
        api_base: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        """Open the project, made where it is missing. The other parameters are litellm's, and mean nothing here."""
        self.project_name = project_name
        self.client_type, self.api_base, self.headers = client_type, api_base, headers
        self.project: Project = get_or_create_project(name=project_name, now=_now())

    def load_data(self) -> None:
        """Nothing to do: every call reads the database."""

    def save_data(self) -> dict[str, str]:
        """Nothing to do: every call has written already."""
        return {"status": "success"}

    def create_budget(
        self, total_budget: USD | None, user: str, duration: Duration | None = None, created_at: float | None = None
    ) -> dict[str, Any]:
        """Give the user a budget and a new period, and return its record.

        `created_at` is epoch seconds, by default now. Raises ValueError for another duration than the four words, or
        where `total_budget` is no amount.
        """
        if duration is not None and duration not in DAYS_BY_WORD:
            raise ValueError(f"duration needs to be one of {list(DAYS_BY_WORD)}")
        total = None if total_budget is None else nanousd_from_number(total_budget)
        create_budget(
            project=self.project,
            name=user,
            terms=Terms(total, None if duration is None else DAYS_BY_WORD[duration]),
            created_at=None if created_at is None else from_epoch_us(round(created_at * 1_000_000)),
            source=ChangeSource.MANAGER,
            actor=None,
            now=_now(),
        )
        return self._record(user)

    def projected_cost(self, model: str, messages: list[dict[str, str]], user: str) -> USD:
        """The user's current cost once `messages` were sent to `model`, before any answer."""
        return json_number_from_nanousd(
            self._period(user).cost_nanousd + cost_of_prompt(model=model, messages=messages)
        )

    def get_total_budget(self, user: str) -> USD | None:
        """The user's budget; None is unlimited."""
        total = self._period(user).end_user.budget.total_budget_nanousd
        return None if total is None else json_number_from_nanousd(total)

    def update_cost(
        self,
        user: str,
        completion_obj: Any | None = None,
        model: str | None = None,
        input_text: str | None = None,
        output_text: str | None = None,
    ) -> dict[str, Any]:
        """Add what a call cost, told by its completion or by its model and texts; return `{"user": record}`.

        Each call is rounded to whole nano-USD, half to even: there is no cumulative figure here to round instead.
        Raises ValueError where neither is given, and what litellm raises where it knows no price.
        """
        if model and input_text and output_text:
            call = cost_of_texts(model=model, input_text=input_text, output_text=output_text)
        elif completion_obj:
            call = cost_of_completion(completion_obj)
        else:
            raise ValueError("Either a chat completion object or the text response needs to be passed in.")
        self._spend(user, call)
        return {"user": self._record(user)}

    def get_current_cost(self, user: str) -> USD:
        """What the user has spent in the open period."""
        return json_number_from_nanousd(self._period(user).cost_nanousd)

    def get_model_cost(self, user: str) -> dict[str, USD]:
        """What the user has spent in the open period, by model."""
        costs = self._period(user).cost_by_model
        return {model: json_number_from_nanousd(cost) for model, cost in costs.items() if model != UNATTRIBUTED}

    def is_valid_user(self, user: str) -> bool:
        """Whether the user has a budget."""
        return self._users().filter(name=user).exists()

    def get_users(self) -> list[str]:
        """Every user's name."""
        return list(self._users().order_by("pk").values_list("name", flat=True))

    def reset_cost(self, user: str) -> dict[str, Any]:
        """Close the user's period and begin another; return `{"user": record}`."""
        end_user = self._period(user).end_user
        reset_cost(end_user=end_user, close_reason=CloseReason.MANAGER_RESET, actor=None, note="", now=_now())
        return {"user": self._record(user)}

    def reset_on_duration(self, user: str) -> None:
        """Begin another period if the duration has elapsed."""
        roll_if_due(end_user=self._period(user).end_user, now=_now())

    def update_budget_all_users(self) -> None:
        """Begin another period for every user whose duration has elapsed."""
        roll_due_of_project(project_id=self.project.pk, now=_now())

    def _users(self) -> "QuerySet[EndUser]":
        return EndUser.objects.filter(project=self.project, archived_at=None)

    def _period(self, user: str) -> Period:
        """The user's open period with user and budget, rolled where it is due. Raises KeyError without such a user."""
        periods = Period.objects.filter(project=self.project, ends_at=None, end_user__archived_at=None)
        period = periods.select_related("end_user__budget", "end_user__project").filter(end_user__name=user).first()
        if period is None:
            raise KeyError(user)
        if is_due(period.due_at, now := _now()) and roll_if_due(end_user=period.end_user, now=now):
            return self._period(user)
        return period

    def _record(self, user: str) -> dict[str, Any]:
        period = self._period(user)
        budget = period.end_user.budget
        return format_record(
            terms=Terms(budget.total_budget_nanousd, budget.duration_days),
            created_at_us=None if budget.created_at is None else epoch_us(budget.created_at),
            last_updated_at_us=epoch_us(period.starts_at),
            cost_by_model=period.cost_by_model,
            extra_json=period.end_user.extra_json,
        )

    def _spend(self, user: str, call: CallCost) -> None:
        if call.cost_nanousd == 0:
            return
        end_user = self._period(user).end_user
        with transaction.atomic():
            batch = LedgerBatch(self.project, _now())
            account = batch.lock([end_user.pk])[end_user.pk]
            batch.roll_if_due(account)
            author = Author(ChangeSource.MANAGER)
            batch.spend(account, call.model, call.cost_nanousd, source=EntrySource.MANAGER, author=author)
            batch.save()


def _now() -> datetime:
    return datetime.now(UTC)
