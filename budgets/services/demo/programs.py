"""Programs that spend in the demo, as litellm's client does: they keep a dict, add to it, and post the whole of it."""

import copy
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from budgets.domain.posts import as_posted
from budgets.models import Project
from budgets.services.clients import Caller
from budgets.services.demo.cast import SPREAD, TAKEN_OVER, USD_PER_CALL, Person
from budgets.services.hand_out import get_budget
from budgets.services.posts import set_budget

Records = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Step:
    """One stretch of work that ends at `moment`: its share of a usual week, and how long ago that was."""

    moment: datetime
    share_of_week: float
    weeks_ago: float


@dataclass
class Program:
    """One process that serves people of a project. It reads anew each day, as if restarted, and posts what it spent."""

    project: Project
    caller: Caller
    chance: random.Random
    records: Records = field(default_factory=dict)
    _day: object = None

    def work(self, people: tuple[Person, ...], step: Step) -> None:
        """Make the calls that fit the budgets, and post."""
        self._load(step)
        spent = [spend(self.records[person.name], person, step, self.chance) for person in people if self.knows(person)]
        if any(spent):
            self._post(step.moment)

    def knows(self, person: Person) -> bool:
        """Whether the person is handed out: one that was archived is not."""
        return person.name in self.records

    def reset_cost(self, name: str, now: datetime) -> None:
        """As `reset_cost()` and `save_data()` of the client."""
        self.records = self._read(now)
        self.records[name] |= {"current_cost": 0, "model_cost": {}}
        self._post(now)

    def _load(self, step: Step) -> None:
        if self._day != step.moment.date():
            self._day = step.moment.date()
            self.records = self._read(step.moment)

    def _read(self, now: datetime) -> Records:
        # Who came or went since is told by the project's own row.
        self.project.refresh_from_db()
        return get_budget(project=self.project, caller=self.caller, now=now)

    def _post(self, now: datetime) -> None:
        set_budget(project=self.project, caller=self.caller, user_dict=as_posted(self.records), now=now)


@dataclass
class ForkedPrograms(Program):
    """Two workers forked after the dict was read: each spends in a copy of its own and posts it under one mark."""

    _copies: list[Records] = field(default_factory=list)

    def work(self, people: tuple[Person, ...], step: Step) -> None:
        """Each worker in turn makes half of the calls."""
        if not self._copies:
            self.records = self._read(step.moment)
            self._copies = [copy.deepcopy(self.records) for _ in range(2)]
        for turn, records in enumerate(self._copies):
            self.records = records
            spent = [spend(records[one.name], one, step, self.chance) for one in people if self.knows(one)]
            if any(spent):
                self._post(step.moment - timedelta(minutes=2 - turn))


@dataclass
class NamelessProgram(Program):
    """A notebook without a client id that never reads: nothing tells it from another one."""

    def work(self, people: tuple[Person, ...], step: Step) -> None:
        """Spend in a dict of its own."""
        for person in people:
            record = self.records.setdefault(person.name, {"total_budget": person.total_budget})
            spend(record, person, step, self.chance)
        self._post(step.moment)


def spend(record: dict[str, Any], person: Person, step: Step, chance: random.Random) -> bool:
    """Make the person's calls of one step while the budget allows them; say whether there were any."""
    costs: dict[str, float] = record.setdefault("model_cost", {})
    limit, began_at = record["total_budget"], record.get("current_cost", 0)
    total = began_at
    for _ in range(_round(person.calls_per_week * step.share_of_week * chance.uniform(0.6, 1.4), chance.random)):
        # As litellm's own example asks before each call.
        if limit is not None and total > limit:
            break
        model = _model_of_the_time(chance.choice(person.models), step, chance)
        cost = USD_PER_CALL[model] * chance.uniform(*SPREAD)
        total += cost
        costs[model] = costs.get(model, 0) + cost
    if total == began_at:
        return False
    record["current_cost"] = total
    return True


def _model_of_the_time(model: str, step: Step, chance: random.Random) -> str:
    successor, weeks_ago = TAKEN_OVER.get(model, (model, 0))
    return successor if step.weeks_ago < weeks_ago and chance.random() < 0.5 else model


def _round(calls: float, draw: Callable[[], float]) -> int:
    """Up or down by chance, so that few calls over many steps are as many in the end."""
    return int(calls) + (draw() < calls % 1)
