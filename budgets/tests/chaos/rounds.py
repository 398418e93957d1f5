"""Rounds: clients spend while faults happen, and what they spent is held against what the product exports."""

import random
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from budgets.tests.chaos.audit import Costs, Difference, compare, sum_of_export, sum_of_tallies
from budgets.tests.chaos.clients import Clients
from budgets.tests.chaos.faults import DUE_USERS, FAULTS, IDLE_USERS, Fault
from budgets.tests.chaos.world import World, make_world
from budgets.tests.harness.litellm_clients import SessionPool

DAY_SECONDS = 86_400
# Users whose periods end while a round is on do so this long after its beginning.
DUE_AFTER_SECONDS = 3.0
TOTAL_BUDGET_USD = 10_000
IDLE_MODEL, IDLE_NANOUSD = "gpt-4", 1_500_000
LASTING_USERS: dict[str, dict[str, Any]] = {
    "ada": {"total_budget": TOTAL_BUDGET_USD},
    "grace": {"total_budget": TOTAL_BUDGET_USD, "duration": "monthly"},
    "joan": {"total_budget": TOTAL_BUDGET_USD, "duration": "yearly"},
}


@dataclass(frozen=True)
class Pace:
    """How much is done, by clients of which releases; the time between two faults, and two calls of one, in seconds."""

    rounds: int
    crew: tuple[str, ...]
    between_faults: float
    between_calls: float
    gunicorn_arguments: str = ""


@dataclass
class Outcome:
    """A configuration's figures; money in nano-USD, `slowest_recovery` in seconds."""

    name: str
    rounds: int = 0
    acknowledged: int = 0
    failed: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    not_run: set[str] = field(default_factory=set)
    spent: int = 0
    exported: int = 0
    lost: int = 0
    doubled: int = 0
    slowest_recovery: float = 0.0
    failures: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)

    def count_posts(self, tallies: Sequence[Mapping[str, Any]]) -> None:
        """Take over what the clients counted of their posts."""
        self.acknowledged = sum(tally["posts"]["acknowledged"] for tally in tallies)
        self.failed = sum(tally["posts"]["failed"] for tally in tallies)
        self.failures = sum((Counter(tally["failures"]) for tally in tallies), Counter())


class Run:
    """One configuration from its beginning to its end."""

    def __init__(self, world: World, clients: Clients, faults: Sequence[Fault], pace: Pace) -> None:
        self.world, self.clients, self.pace = world, clients, pace
        of_this = [fault for fault in faults if fault.is_of(world)]
        self.faults = [fault for fault in of_this if fault.can_be_done(world)]
        not_run = {fault.name for fault in of_this if not fault.can_be_done(world)}
        self.outcome = Outcome(world.name, not_run=not_run)
        self._idle: Costs = {}

    def play(self) -> Outcome:
        """Every round, stopped by the first that finds the ledger wrong."""
        for number in range(1, self.pace.rounds + 1):
            self._play_round(number)
            self.outcome.rounds += 1
            if self.outcome.lost or self.outcome.doubled or self.outcome.problems:
                break
        return self.outcome

    def _play_round(self, number: int) -> None:
        if number > 1:
            self.clients.go_on()
        self.world.due_at = time.time() + DUE_AFTER_SECONDS
        self._add_idle_users(number)
        self.clients.start(self._users(number))
        for fault in self.world.choice.sample(self.faults, len(self.faults)):
            time.sleep(self.pace.between_faults)
            acknowledged, moment = self._acknowledged(), datetime.now(UTC)
            fault.happen(self.world)
            self.outcome.faults[fault.name] += 1
            self.world.wait_until_serving()
            if fault.kills:
                self._look(f"round {number}, after {fault.name}", acknowledged, moment)
            if self.outcome.problems or self.world.problems:
                break
        time.sleep(self.pace.between_faults)
        self._settle(f"round {number}, at its end")

    def _users(self, number: int) -> dict[str, dict[str, Any]]:
        """The users to spend on: some for good, and some whose day ends while the round is on."""
        since = self.world.due_at - DAY_SECONDS
        due = {"total_budget": TOTAL_BUDGET_USD, "duration": "daily", "created_at": since}
        return LASTING_USERS | {f"due-{number}-{at}": due for at in range(DUE_USERS)}

    def _add_idle_users(self, number: int) -> None:
        since = self.world.due_at - DAY_SECONDS
        cost = IDLE_NANOUSD / 10**9
        record = {
            "total_budget": TOTAL_BUDGET_USD,
            "duration": 1,
            "created_at": since,
            "last_updated_at": since,
            "current_cost": cost,
            "model_cost": {IDLE_MODEL: cost},
        }
        names = [f"idle-{number}-{at}" for at in range(IDLE_USERS)]
        body = {"project_name": self.world.project, "user_dict": dict.fromkeys(names, record)}
        answer = self.world.server.post("/set_budget", body, client_id=f"roster-{number}")
        assert answer.data == {"status": "success"}, answer
        self._idle |= {(name, IDLE_MODEL): IDLE_NANOUSD for name in names}

    def _look(self, when: str, acknowledged: Costs, moment: datetime) -> None:
        """While clients go on: what had been acknowledged up to the moment is there, and nothing that was not spent.

        The next post of a client makes good what an earlier one lost. So what was there at the moment is looked for in
        what was recorded up to then.
        """
        rows = self.world.server.export(self.world.project)
        begun = sum_of_tallies(self.clients.tallies(), "begun") | self._idle
        before = [row for row in rows if datetime.fromisoformat(row["recorded_at"]) <= moment]
        self._note(compare(at_least=acknowledged, exported=sum_of_export(before), at_most=begun), when)
        self._note(compare(at_least=acknowledged, exported=sum_of_export(rows), at_most=begun), when)

    def _acknowledged(self) -> Costs:
        return sum_of_tallies(self.clients.tallies(), "acknowledged") | self._idle

    def _settle(self, when: str) -> None:
        """Once every client has saved: what was spent is what is exported, and every sum is right."""
        if not self.clients.finish():
            self.outcome.problems.append(f"{when}: a client could not save any more")
        tallies = self.clients.tallies()
        spent = sum_of_tallies(tallies, "spent") | self._idle
        exported = sum_of_export(self.world.server.export(self.world.project))
        self._note(compare(at_least=spent, exported=exported, at_most=spent), when)
        self.outcome.spent, self.outcome.exported = sum(spent.values()), sum(exported.values())
        self.outcome.count_posts(tallies)
        self.outcome.slowest_recovery = self.world.slowest_recovery
        verified = self.world.server.try_manage("verify_ledger")
        if verified.returncode:
            self.outcome.problems.append(f"{when}: {verified.stdout}{verified.stderr}")
        self.outcome.problems += [f"{when}: {fault}" for tally in tallies for fault in tally["faults"]]
        self.outcome.problems += [f"{when}: {problem}" for problem in self.world.problems]
        if not self.outcome.acknowledged:
            self.outcome.problems.append(f"{when}: no post was ever acknowledged")
        if self.outcome.failures["500"]:
            self.outcome.problems.append(f"{when}: {self.outcome.failures['500']} posts were answered with status 500")

    def _note(self, difference: Difference, when: str) -> None:
        # What is wrong once stays wrong, and is not to be counted again at the next look.
        self.outcome.lost = max(self.outcome.lost, difference.lost)
        self.outcome.doubled = max(self.outcome.doubled, difference.doubled)
        told = [f"{when}: {place}" for place in difference.places]
        self.outcome.problems += [one for one in told if one not in self.outcome.problems]


def play(name: str, pool: SessionPool, *, seed: int, faults: Sequence[Fault] = FAULTS, pace: Pace) -> Outcome:
    """One configuration's run; every choice in it comes from the seed."""
    choice = random.Random(f"{seed} {name}")
    with make_world(name, choice, gunicorn_arguments=pace.gunicorn_arguments) as world:
        bases = world.api_bases(len(pace.crew))
        clients = Clients(pool, world.project, bases, crew=pace.crew, choice=choice, pause_seconds=pace.between_calls)
        outcome = Run(world, clients, faults, pace).play()
        clients.give_back()
    return outcome
