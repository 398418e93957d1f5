"""The world of a history: stock clients, a network that delays, drops and repeats, people, a cron and a clock.

What it does to the server goes through the product's own doors: posts and reads through the API's views as bytes,
people's acts and the cron's through the services. Each act is told to the auditor as well.
"""

import copy
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from budgets.api import views
from budgets.domain.terms import Terms as StoredTerms
from budgets.models import ApiKey, EndUser
from budgets.models.end_user import ChangeSource
from budgets.models.period import CloseReason
from budgets.services.budgets import change_terms
from budgets.services.end_users import archive, restore
from budgets.services.keys import create_key, revoke_key
from budgets.services.ledger import adjust
from budgets.services.periods import reset_cost
from budgets.services.projects import create_project
from budgets.services.rolls import roll_all_due
from budgets.tests.simulation import history
from budgets.tests.simulation.auditor import Auditor, Call, Era, Held, How, Reading, Sent, Terms
from budgets.tests.stock_client import StockClient

BEGINNING = datetime(2027, 1, 31, 12, 0, 0, 123456, tzinfo=UTC)
# A post is on its way for no longer, and nothing repeats it later: the server takes what is older for news.
LONGEST_WAY = timedelta(seconds=20)
# Once this has passed since the last post, a lower figure is no late one (design R7).
QUIET = timedelta(seconds=31)
FACTORY = RequestFactory()
SUCCESS = {"status": "success"}
# A key that is revoked, and one that was shown too often since.
REFUSED = {401, 429}


class PostingError(Exception):
    """The server answered what it must not."""


@dataclass
class Post:
    """A body on its way under a key, and what it stands for."""

    sent_at: datetime
    body: str
    key: str
    client_id: str
    sent: Sent


@dataclass
class Program:
    """A process with a stock BudgetManager; `held` is the auditor's account of its dict."""

    client_id: str
    clock_ahead: timedelta = timedelta()
    is_up: bool = False
    manager: StockClient = field(default_factory=lambda: StockClient(imported_at=BEGINNING))
    held: dict[str, Held] = field(default_factory=dict)
    reading: Reading = field(default_factory=Reading)
    on_the_way: list[Post] = field(default_factory=list)
    delivered: list[Post] = field(default_factory=list)
    reset_at: dict[str, datetime] = field(default_factory=dict)


class World:
    """One project, as a history leaves it."""

    def __init__(self, name: str) -> None:
        self.now = BEGINNING
        self.auditor = Auditor()
        self.project = create_project(name=name, now=self.now)
        self.programs = [Program(f"worker-{number}") for number in range(history.CLIENTS)]
        self.keys: dict[str, tuple[ApiKey, str]] = {}
        self.names = [f"user-{number}" for number in range(history.USERS)]
        self.is_clock_set = False
        self.eras = self.lines = self.calls = 0
        self.clock = time_machine.travel(self.now, tick=False)
        for program in self.programs:
            self._give_key(program)

    def live(self, acts: Sequence[history.Act]) -> None:
        """Let it all happen, then let every program post what it has left."""
        with self.clock as traveller:
            self.move_clock = traveller.move_to
            for program in self.programs:
                self._start(program)
            for act in acts:
                getattr(self, act.kind)(self.programs[act.client], self.names[act.user], act.number)
            self._settle()

    # --- What programs do ---

    def load(self, program: Program, _user: str, _number: int) -> None:
        """`load_data()`, whatever is still on its way."""
        if program.is_up:
            self._read(program)

    def restart(self, program: Program, _user: str, number: int) -> None:
        """The process ends, with or without what it had on its way, and another begins under the same client id."""
        if number % 3 == 0:
            program.on_the_way.clear()
        self._start(program)

    def create(self, program: Program, user: str, number: int) -> None:
        """`create_budget` where `is_valid_user` says no."""
        if program.is_up and user not in program.manager.user_dict:
            self._create(program, user, number, "created")

    def create_anew(self, program: Program, user: str, number: int) -> None:
        """`create_budget` on a user there is, half a minute after anything was heard."""
        # One that told its moments and now leaves them to litellm's default looks like another process.
        stops_telling = self._tells_moments(program) and program.clock_ahead
        if self._can_save(program) and user in program.manager.user_dict and not stops_telling:
            self._be_quiet(program)
            if self.is_clock_set:
                self.auditor.hazy.add(user)
            self._create(program, user, number, "created anew")

    def spend(self, program: Program, user: str, number: int) -> None:
        """`update_cost`, after `create_budget` where `is_valid_user` says no: a call, and a post."""
        self.create(program, user, number)
        if program.is_up:
            chance = random.Random(number)
            self._spend(program, user, chance.choice(history.MODELS), chance.choice(history.AMOUNTS_NANOUSD))

    def save(self, program: Program, _user: str, _number: int) -> None:
        """`save_data()` in a thread of the program's own."""
        if program.is_up:
            self._send(program)

    def reset_and_save(self, program: Program, user: str, number: int) -> None:
        """`reset_cost` of what was spent and `save_data`, with nothing on its way any more."""
        if self._can_save(program) and program.manager.user_dict.get(user, {}).get("current_cost"):
            # A second reset within half a minute of the spend that followed the first looks like the first, come late;
            # and that spend may have been on its way for as long as anything is.
            was_reset_at = program.reset_at.get(user)
            if number % 2 and (was_reset_at is None or self.now - was_reset_at > QUIET + LONGEST_WAY):
                self._deliver_all(program)
                program.delivered.clear()
            else:
                self._be_quiet(program)
            self._reset(program, user, "reset")
            self._save(program)

    def reset_and_spend(self, program: Program, user: str, number: int) -> None:
        """`reset_cost` and no `save_data`, then a call that costs less than was spent on its model before."""
        record = program.manager.user_dict.get(user, {})
        costs = {model: round(cost * 10**9) for model, cost in record.get("model_cost", {}).items() if cost}
        if not self._can_save(program) or not costs:
            return
        model = max(costs, key=lambda one: costs[one])
        smaller = [amount for amount in history.AMOUNTS_NANOUSD if amount < costs[model]]
        if smaller:
            self._be_quiet(program)
            self._send(program)
            self._be_quiet(program)
            self._reset(program, user, "reset")
            self._spend(program, user, model, random.Random(number).choice(smaller))
            self._deliver_all(program)

    def spend_over_the_end(self, program: Program, user: str, number: int) -> None:
        """A call as the program's own window elapses, its reset, and another call, all on their way at once."""
        record = program.manager.user_dict.get(user, {})
        if program.is_up and "duration" in record:
            elapses_at = record["last_updated_at"] + record["duration"] * 86_400
            self._wait(timedelta(seconds=max(0, elapses_at - self._clock_of(program).timestamp())))
            self.spend(program, user, number)
            self._wait(timedelta(seconds=1))
            self.reset_due(program, user, number)
            self.spend(program, user, number + 1)

    def reset_due(self, program: Program, _user: str, _number: int) -> None:
        """`update_budget_all_users` by the program's own clock."""
        if not program.is_up:
            return
        for name, record in program.manager.user_dict.items():
            if "duration" in record:
                before = record["last_updated_at"]
                program.manager.reset_on_duration(name, self._clock_of(program))
                if record["last_updated_at"] != before:
                    program.reset_at[name] = self.now
                    self._begin_era(program, name, "new window")
                    self._send(program)

    def edit_limit_in_program(self, program: Program, user: str, number: int) -> None:
        """A program sets `total_budget` in its dict and saves, with nothing else on its way."""
        if program.is_up and user in program.manager.user_dict and user in self.auditor.users:
            self._send(program)
            self._deliver_all(program)
            if user in self.auditor.users and not self.auditor.users[user].is_archived and self._has_key(program):
                limit = 30 + number % 7
                if program.manager.user_dict[user]["total_budget"] == limit:
                    # Set to what the program has said before, it says nothing new (design R4).
                    return
                program.manager.user_dict[user]["total_budget"] = limit
                terms = Terms(limit * 10**9, self.auditor.users[user].terms.days)
                self._send(program)
                self._deliver_all(program)
                self.auditor.edit(user, terms, self.now)
                program.delivered.clear()

    def shift_client_clock(self, program: Program, _user: str, number: int) -> None:
        """Its machine's clock is set."""
        hours = history.CLOCK_STEPS_HOURS[number % len(history.CLOCK_STEPS_HOURS)]
        program.clock_ahead += timedelta(hours=hours)

    # --- What the network does ---

    def deliver(self, program: Program, _user: str, number: int) -> None:
        """One of the posts on their way arrives, not always the oldest."""
        if program.on_the_way:
            self._deliver(program, number % len(program.on_the_way))

    def drop(self, program: Program, _user: str, number: int) -> None:
        """One is lost, but never the first that tells of costs dropped: spend that follows would hide it."""
        may_be_lost = [one for one in program.on_the_way if not self.auditor.hears_of_dropped_costs(one.sent)]
        if may_be_lost:
            program.on_the_way.remove(may_be_lost[number % len(may_be_lost)])

    def repeat(self, program: Program, _user: str, number: int) -> None:
        """One that arrived arrives again."""
        if repeatable := self._repeatable(program):
            self._post(program, repeatable[number % len(repeatable)])

    def wait(self, _program: Program, _user: str, number: int) -> None:
        """Time passes."""
        self._wait(timedelta(seconds=history.WAITS_SECONDS[number % len(history.WAITS_SECONDS)]))

    # --- What people, the cron and the server's clock do ---

    def shift_server_clock(self, _program: Program, _user: str, number: int) -> None:
        """The server's clock is set, while nothing is on its way."""
        for program in self.programs:
            self._deliver_all(program)
            program.delivered.clear()
        self.is_clock_set = True
        self.auditor.set_clock()
        self._set_now(self.now + timedelta(hours=history.CLOCK_STEPS_HOURS[number % len(history.CLOCK_STEPS_HOURS)]))

    def run_cron(self, _program: Program, _user: str, _number: int) -> None:
        """`reset_budgets`."""
        roll_all_due(now=self.now)
        self.auditor.roll_all(self.now)

    def edit_terms(self, _program: Program, user: str, number: int) -> None:
        """An admin gives a user another limit, and maybe another duration."""
        if (end_user := self._find(user)) is None:
            return
        old = self.auditor.users[user].terms
        days = history.DURATIONS_DAYS[number % 4] if number % 3 == 0 else old.days
        terms = Terms(None if number % 11 == 0 else (40 + number % 5) * 10**9, days)
        change_terms(
            end_user=end_user,
            terms=StoredTerms(terms.limit_nanousd, terms.days),
            source=ChangeSource.ADMIN,
            actor=None,
            reason="",
            now=self.now,
        )
        self.auditor.edit(user, terms, self.now)

    def reset_by_admin(self, _program: Program, user: str, _number: int) -> None:
        """An admin resets a user."""
        if end_user := self._find(user):
            self.run_cron(self.programs[0], user, 0)
            reset_cost(end_user=end_user, close_reason=CloseReason.ADMIN_RESET, actor=None, note="", now=self.now)
            self.auditor.reset(user, self.now)

    def adjust(self, _program: Program, user: str, number: int) -> None:
        """An admin adds to what was spent."""
        if end_user := self._find(user):
            model, amount = history.MODELS[number % 2], 1 + number
            adjust(end_user=end_user, model=model, amount_nanousd=amount, reason="why", actor=None, now=self.now)
            self.auditor.adjust(user, model, amount, self.now)

    def archive(self, _program: Program, user: str, _number: int) -> None:
        """An admin archives a user."""
        if end_user := self._find(user):
            archive(end_user=end_user, now=self.now)
            self.auditor.archive(user)

    def restore(self, _program: Program, user: str, _number: int) -> None:
        """An admin brings a user back, with no post on its way that nothing but its client id tells from another's."""
        for program in self.programs:
            if any(self._is_nameless(post) for post in program.on_the_way):
                self._deliver_all(program)
        if end_user := self._find(user):
            restore(end_user=end_user, now=self.now)
            self.auditor.restore(user)

    def revoke_key(self, program: Program, _user: str, _number: int) -> None:
        """An admin revokes the key of a program: what it posts is refused from now on.

        Not the first that tells of costs dropped, as with those that are lost.
        """
        for post in list(program.on_the_way):
            if self.auditor.hears_of_dropped_costs(post.sent):
                self._deliver(program, program.on_the_way.index(post))
        revoke_key(api_key=self.keys[program.client_id][0], now=self.now)

    def give_key(self, program: Program, _user: str, _number: int) -> None:
        """The program is given a key that works, and goes on with its dict."""
        if not self._has_key(program):
            self._give_key(program)
            if not program.is_up:
                self._start(program)

    # --- How ---

    def _start(self, program: Program) -> None:
        # No two processes begin at the same microsecond.
        self._wait(timedelta(seconds=1))
        program.manager = StockClient(imported_at=self._clock_of(program))
        program.held, program.is_up = {}, True
        self._read(program)

    def _read(self, program: Program) -> None:
        # A program that reads before its posts of users of its own making are in, and makes them anew, makes them twice
        # under one name.
        self._deliver_own(program)
        response = self._ask(views.get_budget, program, json.dumps({"project_name": self.project.name}))
        if response.status_code != 200:
            # The constructor raises, and so does load_data().
            if response.status_code not in REFUSED:
                raise PostingError(f"a reading is answered {response.content!r}")
            program.is_up = False
            return
        program.manager.user_dict = json.loads(response.content)["data"]
        self.auditor.roll_all(self.now)
        for post in [*program.on_the_way, *self._repeatable(program)]:
            self.auditor.read_meanwhile(post.sent)
        # Nothing but its moment tells a post repeated after the reading from the same script run again.
        program.delivered = [one for one in program.delivered if not self._is_nameless(one)]
        program.reading = self.auditor.reading()
        program.held = {}
        for name in program.manager.user_dict:
            self._begin_era(program, name, "handed")

    def _create(self, program: Program, user: str, number: int, how: How) -> None:
        limit = history.LIMITS_USD[number % len(history.LIMITS_USD)]
        days = history.DURATIONS_DAYS[(number // 4) % len(history.DURATIONS_DAYS)]
        # litellm's default for created_at is the moment of import; some programs tell it better.
        tells = self._tells_moments(program) and not self.is_clock_set and not program.clock_ahead
        created_at = self._clock_of(program) if tells else None
        program.manager.create_budget(user, limit, days=days, created_at=created_at)
        self._begin_era(program, user, how)
        # litellm posts a budget with a duration by itself. One made anew must be heard of before more is spent.
        if how == "created anew":
            self._save(program)
        elif days is not None:
            self._send(program)

    def _save(self, program: Program) -> None:
        """`save_data()` itself, which waits for the answer."""
        self._send(program)
        self._deliver(program, len(program.on_the_way) - 1)

    def _spend(self, program: Program, user: str, model: str, amount_nanousd: int) -> None:
        self.calls += 1
        self.auditor.calls[self.calls] = Call(self.calls, user, model, amount_nanousd)
        program.manager.spend(user, amount_nanousd / 10**9, model)
        held = program.held[user]
        program.held[user] = self._hold(program, user, held.era, held.calls | {self.calls})
        self._send(program)

    def _reset(self, program: Program, user: str, how: How) -> None:
        program.reset_at[user] = self.now
        program.manager.reset_cost(user)
        self._begin_era(program, user, how)

    def _begin_era(self, program: Program, user: str, how: How) -> None:
        record = program.manager.user_dict[user]
        self.eras += 1
        before = program.held.get(user)
        if before is None:
            self.lines += 1
        limit = record["total_budget"]
        era = Era(
            number=self.eras,
            line=self.lines if before is None else before.era.line,
            how=how,
            terms=Terms(None if limit is None else round(limit * 10**9), record.get("duration")),
            created_at=_moment(record.get("created_at")),
            since=_moment(record.get("last_updated_at")),
            was_handed=how == "handed" or (before is not None and before.era.was_handed),
            handed_costs="current_cost" in record if before is None else before.era.handed_costs,
        )
        program.held[user] = self._hold(program, user, era, frozenset())

    def _hold(self, program: Program, user: str, era: Era, calls: frozenset[int]) -> Held:
        record = program.manager.user_dict[user]
        text = json.dumps(record, sort_keys=True)
        return Held(era, calls, text, has_costs=bool(record.get("current_cost")), is_marked="_view" in record)

    def _send(self, program: Program) -> None:
        body = json.dumps({"project_name": self.project.name, "user_dict": program.manager.user_dict})
        sent = Sent(program.client_id, copy.copy(program.held), program.reading)
        program.on_the_way.append(Post(self.now, body, self.keys[program.client_id][1], program.client_id, sent))

    def _deliver(self, program: Program, index: int) -> None:
        post = program.on_the_way.pop(index)
        program.delivered.append(post)
        self._post(program, post)

    def _post(self, program: Program, post: Post) -> None:
        response = self._ask(views.set_budget, program, post.body, key=post.key)
        if response.status_code == 200:
            if json.loads(response.content) != SUCCESS:
                raise PostingError(f"a post is answered {response.content!r}")
            self.auditor.take_in(post.sent, self.now)
        elif response.status_code not in REFUSED:
            raise PostingError(f"a post is answered {response.content!r}")

    def _ask(
        self, view: Callable[[HttpRequest], HttpResponse], program: Program, body: str, *, key: str | None = None
    ) -> HttpResponse:
        # No two requests arrive in the same microsecond.
        self._set_now(self.now + timedelta(microseconds=1))
        headers: dict[str, Any] = {
            "Authorization": f"Bearer {key or self.keys[program.client_id][1]}",
            "X-Client-Id": program.client_id,
        }
        return view(FACTORY.post("/", body, content_type="application/json", headers=headers))

    def _give_key(self, program: Program) -> None:
        self.keys[program.client_id] = create_key(
            label=program.client_id, project=self.project, expires_at=None, created_by=None, now=self.now
        )

    def _has_key(self, program: Program) -> bool:
        return self.keys[program.client_id][0].revoked_at is None

    def _can_save(self, program: Program) -> bool:
        """Whether it can make heard that it dropped costs."""
        return program.is_up and self._has_key(program)

    def _tells_moments(self, program: Program) -> bool:
        return program is self.programs[-1]

    def _find(self, user: str) -> EndUser | None:
        return EndUser.objects.filter(project=self.project, name=user).select_related("budget", "project").first()

    def _clock_of(self, program: Program) -> datetime:
        return self.now + program.clock_ahead

    def _repeatable(self, program: Program) -> list[Post]:
        program.delivered = [one for one in program.delivered if self.now - one.sent_at <= LONGEST_WAY]
        return program.delivered

    def _deliver_own(self, program: Program) -> None:
        for post in list(program.on_the_way):
            has_own = any(not held.is_marked for held in post.sent.records.values())
            if has_own and post in program.on_the_way:
                self._deliver(program, program.on_the_way.index(post))

    def _is_nameless(self, post: Post) -> bool:
        return any(not held.is_marked and held.era.created_at is None for held in post.sent.records.values())

    def _be_quiet(self, program: Program) -> None:
        self._deliver_all(program)
        self._wait(QUIET)

    def _deliver_all(self, program: Program) -> None:
        while program.on_the_way:
            self._deliver(program, 0)

    def _wait(self, span: timedelta) -> None:
        until = self.now + span
        while late := self._next_late(until):
            self._set_now(max(self.now, late[1].sent_at + LONGEST_WAY))
            self._deliver(late[0], late[0].on_the_way.index(late[1]))
        self._set_now(until)

    def _next_late(self, until: datetime) -> tuple[Program, Post] | None:
        late = [(one, post) for one in self.programs for post in one.on_the_way if post.sent_at + LONGEST_WAY <= until]
        return min(late, key=lambda pair: pair[1].sent_at, default=None)

    def _set_now(self, now: datetime) -> None:
        self.now = now
        self.move_clock(now)

    def _settle(self) -> None:
        self._wait(QUIET)
        for program in self.programs:
            if not self._has_key(program):
                self._give_key(program)
            if program.is_up:
                self._send(program)
                self._deliver_all(program)
        self.run_cron(self.programs[0], "", 0)


def _moment(seconds: float | None) -> datetime | None:
    """A record's moment, to the microsecond."""
    return None if seconds is None else datetime.fromtimestamp(0, UTC) + timedelta(microseconds=round(seconds * 10**6))
