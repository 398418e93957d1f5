"""What admins and clients do in the demo beside spending: limits changed, costs adjusted and reset, a user archived."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from budgets.domain.terms import Terms
from budgets.models import EndUser, Period, Project
from budgets.models.end_user import ChangeSource
from budgets.models.period import CloseReason
from budgets.services.budgets import change_terms
from budgets.services.demo.cast import Team
from budgets.services.demo.programs import Program
from budgets.services.end_users import archive
from budgets.services.ledger import adjust
from budgets.services.periods import reset_cost

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Do = Callable[[datetime], object]


@dataclass(frozen=True, slots=True)
class Act:
    """Something that is done once, at `at` or soon after it."""

    at: datetime
    do: Do


@dataclass(frozen=True, slots=True)
class _Stage:
    project: Project
    program: Program
    actor: "User | None"

    def user(self, name: str) -> EndUser:
        return EndUser.objects.select_related("project", "budget").get(project=self.project, name=name)

    def change_limit(self, name: str, factor_percent: int, reason: str) -> Do:
        def do(now: datetime) -> None:
            user = self.user(name)
            total = user.budget.total_budget_nanousd
            terms = Terms(None if total is None else total * factor_percent // 100, user.budget.duration_days)
            change_terms(
                end_user=user, terms=terms, source=ChangeSource.ADMIN, actor=self.actor, reason=reason, now=now
            )

        return do

    def give_back(self, name: str, percent: int, reason: str) -> Do:
        """Take back a share of what was spent on the costliest model of the open period."""

        def do(now: datetime) -> None:
            user = self.user(name)
            costs = Period.objects.get(end_user=user, ends_at=None).cost_by_model
            model = max(costs, key=lambda one: costs[one], default=None)
            if model is not None and (amount := costs[model] * percent // 100):
                adjust(end_user=user, model=model, amount_nanousd=-amount, reason=reason, actor=self.actor, now=now)

        return do

    def charge(self, name: str, usd: int, reason: str) -> Do:
        def do(now: datetime) -> None:
            amount = usd * 1_000_000_000
            adjust(end_user=self.user(name), model="", amount_nanousd=amount, reason=reason, actor=self.actor, now=now)

        return do

    def reset(self, name: str, note: str) -> Do:
        return lambda now: reset_cost(
            end_user=self.user(name), close_reason=CloseReason.ADMIN_RESET, actor=self.actor, note=note, now=now
        )

    def reset_by_client(self, name: str) -> Do:
        return lambda now: self.program.reset_cost(name, now)

    def archive(self, name: str) -> Do:
        return lambda now: archive(end_user=self.user(name), now=now)


def acts_of(
    team: Team, project: Project, program: Program, *, now: datetime, weeks: int, actor: "User | None"
) -> Iterator[Act]:
    """What is done to the team's people, as far as they and the time are there."""
    stage = _Stage(project, program, actor)
    there = {person.name for person in team.people}
    acts: tuple[tuple[str, float, Do], ...] = (
        ("acme-corp", 40, stage.change_limit("acme-corp", 150, "contract renewed")),
        ("acme-corp", 6, stage.change_limit("acme-corp", 120, "launch week")),
        ("northwind", 9, stage.reset("northwind", "goodwill after Monday's outage")),
        ("globex", 4, stage.give_back("globex", 30, "test traffic, not theirs")),
        ("old-intranet", 5.5, stage.archive("old-intranet")),
        ("backend-team", 21, stage.change_limit("backend-team", 125, "two people joined")),
        ("mobile-team", 2, stage.reset_by_client("mobile-team")),
        ("release-bot", 5, stage.give_back("release-bot", 6, "retry loop, fixed in 2.4.1")),
        ("batch-eval", 3, stage.charge("batch-eval", 4, "run of the old scheduler, not posted")),
        ("tomasz", 1.5, stage.change_limit("tomasz", 200, "asked for by the lab")),
        ("seo-drafts", 8, stage.change_limit("seo-drafts", 60, "pilot is over")),
    )
    for name, days_ago, do in acts:
        if name in there and days_ago < 7 * weeks:
            yield Act(now - timedelta(days=days_ago), do)
