"""Fills a fresh database with weeks of believable spend, through the services that the API and the admin call.

The same `now`, seed, users and weeks give the same figures. It is one transaction: stopped half way, it leaves nothing.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction

from budgets.domain.posts import as_posted
from budgets.domain.roles import Role
from budgets.models import Project
from budgets.queries.verify_ledger import violations
from budgets.services.clients import Caller
from budgets.services.demo.acts import Act, acts_of
from budgets.services.demo.cast import USUAL_USERS, Person, Team, cast
from budgets.services.demo.programs import ForkedPrograms, NamelessProgram, Program, Step
from budgets.services.hand_out import get_budget
from budgets.services.keys import create_key
from budgets.services.ledger_checks import record_ledger_check
from budgets.services.members import give_role
from budgets.services.posts import set_budget
from budgets.services.projects import create_project
from budgets.services.rolls import record_reset_run, roll_all_due

USUAL_WEEKS = 9
# How long a step is, by how many days ago: the last day by the hour, as charts show it. Each divides a day, so that
# none carries an evening's work into the next day.
STEP_HOURS = ((1, 1), (10, 4))
OLD_STEP_HOURS = 12
# Programs post a little before a step is over.
POSTED_BEFORE_END = timedelta(minutes=10)
# Work per hour of the day in UTC, and per weekday from Monday on.
BY_HOUR = (1, 1, 1, 1, 1, 2, 4, 7, 10, 11, 10, 8, 9, 11, 11, 10, 8, 5, 3, 2, 2, 1, 1, 1)
BY_WEEKDAY = (1.0, 1.15, 1.1, 1.05, 0.9, 0.25, 0.2)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ODD_SINCE = timedelta(days=2)
POOL = Person("merge-queue", 40, 28, 0, 260, ("claude-haiku-4-5",))
NOTEBOOK = Person("shared-notebook", 25, None, 0, 90, ("gpt-4o",))
POOL_PROJECT, NOTEBOOK_PROJECT, EMPTY_PROJECT = "code-review", "research", "playground"

MEMBERS = (
    ("olga.owner", "support-chat", Role.OWNER),
    ("mo.manager", "code-review", Role.MANAGER),
    ("vera.viewer", "research", Role.VIEWER),
)


class DatabaseInUseError(Exception):
    """There are projects already: made-up spend must not get among real spend."""


@dataclass(frozen=True, slots=True)
class Filled:
    """What the demo has made."""

    projects: int
    users: int
    weeks: int


def fill_demo(
    *,
    now: datetime,
    actor: User | None = None,
    seed: int = 1,
    users: int = USUAL_USERS,
    weeks: int = USUAL_WEEKS,
    on_progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> Filled:
    """Fill the database up to `now`; admin acts are by `actor`. Raises DatabaseInUseError, having changed nothing."""
    # Not for secrets: the same figures for the same seed.
    chance = random.Random(seed)  # noqa: S311
    with transaction.atomic():
        if Project.objects.exists():
            raise DatabaseInUseError
        teams = cast(users=users, weeks=weeks, chance=chance)
        story = _Story(teams, now, weeks, actor, chance)
        steps = list(_steps(now, weeks))
        for done, (begins, ends) in enumerate(steps, 1):
            story.play(begins, ends)
            on_progress(done, len(steps))
        story.check_ledger()
    return Filled(projects=len(teams) + 1, users=users + 2, weeks=weeks)


def _steps(now: datetime, weeks: int) -> Iterator[tuple[datetime, datetime]]:
    """The steps as (begin, end), the oldest first; the last ends at `now`."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    begins = midnight - timedelta(weeks=weeks)
    while begins < now:
        days_ago = (midnight - begins) / DAY
        length = next((hours for days, hours in STEP_HOURS if days_ago <= days), OLD_STEP_HOURS) * HOUR
        yield begins, min(now, begins + length)
        begins += length


class _Story:
    """The demo's projects, programs and acts on their way through time."""

    def __init__(
        self, teams: tuple[Team, ...], now: datetime, weeks: int, actor: User | None, chance: random.Random
    ) -> None:
        self.teams, self.now, self.actor, self.chance = teams, now, actor, chance
        self.began = now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(weeks=weeks)
        self.programs: dict[str, list[Program]] = {}
        self.acts: list[Act] = []
        instance_key, _ = create_key(
            label="demo programs", project=None, expires_at=None, created_by=actor, now=self.began
        )
        for team in teams:
            project = create_project(name=team.name, now=self.began)
            callers = [Caller(instance_key, client_id) for client_id in team.client_ids]
            self._hire(project, callers[0], team.people + ((POOL,) if team.name == POOL_PROJECT else ()))
            self.programs[team.name] = [Program(project, caller, chance) for caller in callers]
            self.acts += acts_of(team, project, self.programs[team.name][0], now=now, weeks=weeks, actor=actor)
        _add_members({name: programs[0].project for name, programs in self.programs.items()}, self.began)
        self.acts.sort(key=lambda act: act.at)
        self._add_odd_ones(instance_key)

    def _add_odd_ones(self, instance_key: Any) -> None:
        """The programs that are flagged, and a project that nobody has used yet."""
        forked, nameless = (self.programs[name][0].project for name in (POOL_PROJECT, NOTEBOOK_PROJECT))
        nameless_key, _ = create_key(
            label="notebook", project=nameless, expires_at=None, created_by=self.actor, now=self.began
        )
        self.forked = ForkedPrograms(forked, Caller(instance_key, "merge-queue-pool"), self.chance)
        self.nameless = NamelessProgram(nameless, Caller(nameless_key, ""), self.chance)
        empty = create_project(name=EMPTY_PROJECT, now=self.now - DAY)
        create_key(label="first steps", project=empty, expires_at=None, created_by=self.actor, now=self.now - DAY)

    def _hire(self, project: Project, caller: Caller, people: tuple[Person, ...]) -> None:
        records = {person.name: self._record(person) for person in people}
        get_budget(project=project, caller=caller, now=self.began)
        set_budget(project=project, caller=caller, user_dict=as_posted(records), now=self.began)

    def _record(self, person: Person) -> dict[str, Any]:
        record: dict[str, Any] = {"total_budget": person.total_budget}
        if person.duration is not None:
            # So that the open period today is in the day that it should be.
            opened = self.now - timedelta(days=person.day_of_period, hours=2)
            while opened > self.began:
                opened -= timedelta(days=person.duration)
            record |= {"duration": person.duration, "created_at": opened.timestamp()}
            record["last_updated_at"] = record["created_at"]
        return record

    def play(self, begins: datetime, ends: datetime) -> None:
        """Whatever happens from `begins` to `ends`: cron, people's work, admins' acts."""
        moment = ends if ends == self.now else ends - POSTED_BEFORE_END
        result = roll_all_due(now=moment)
        record_reset_run(started_at=moment, finished_at=moment, result=result)
        if begins.hour == 0:
            record_ledger_check(started_at=moment, finished_at=moment, violations=0)
        weeks_ago, share = (self.now - ends) / timedelta(weeks=1), _share_of_week(begins, ends)
        for team in self.teams:
            grown = team.growth ** ((begins - self.began) / timedelta(weeks=1))
            self._work(team, Step(moment, share * grown, weeks_ago))
        if self.now - ends < ODD_SINCE:
            self._work_oddly(Step(moment, share, weeks_ago))
        while self.acts and self.acts[0].at <= moment:
            self.acts.pop(0).do(moment)

    def _work(self, team: Team, step: Step) -> None:
        """Whoever calls in this step is served by one of the project's programs."""
        programs = self.programs[team.name]
        at = self.chance.randrange(len(programs)) if step.weeks_ago < 1 else 0
        programs[at].work(team.people, step)

    def _work_oddly(self, step: Step) -> None:
        self.nameless.work((NOTEBOOK,), step)
        self.forked.work((POOL,), step)

    def check_ledger(self) -> None:
        """The nightly check, in earnest."""
        found = len(list(islice(violations(project=None), 1000)))
        record_ledger_check(started_at=self.now, finished_at=self.now, violations=found)


def _add_members(projects: dict[str, Project], began: datetime) -> None:
    """Logins with a role in a project; none of them can log in until an admin gives it a password."""
    for username, project, role in MEMBERS:
        login = User.objects.create_user(username, is_staff=True)
        give_role(project=projects[project], login=login, role=role, now=began)


def _share_of_week(begins: datetime, ends: datetime) -> float:
    hours = round((ends - begins) / HOUR)
    passed = [begins + index * HOUR for index in range(hours)]
    work = sum(BY_HOUR[one.hour] * BY_WEEKDAY[one.weekday()] for one in passed)
    return work / (sum(BY_HOUR) * sum(BY_WEEKDAY))
