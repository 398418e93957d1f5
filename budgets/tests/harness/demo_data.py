"""Nine weeks of believable spend, posted by clients that are played here, through the services that the API calls.

Only for looking at: the screenshots, or a server to try things on. The same `now` gives the same figures.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction

from budgets.domain.posts import as_posted
from budgets.models import Project
from budgets.services.clients import Caller
from budgets.services.hand_out import get_budget
from budgets.services.keys import create_key
from budgets.services.periods import record_reset_run, roll_all_due
from budgets.services.posts import set_budget
from budgets.services.projects import create_project

WEEKS = 9
STEP = timedelta(hours=4)
# Work per hour of the day in UTC, and per weekday from Monday on.
BY_HOUR = (1, 1, 1, 1, 1, 2, 4, 7, 10, 11, 10, 8, 9, 11, 11, 10, 8, 5, 3, 2, 2, 1, 1, 1)
BY_WEEKDAY = (1.0, 1.15, 1.1, 1.05, 0.9, 0.25, 0.2)
# USD per call, about what a few thousand tokens cost.
USD_PER_CALL = {
    "claude-sonnet-4-5": 0.031,
    "gpt-4o": 0.018,
    "gemini-2.5-flash": 0.0042,
    "gpt-4o-mini": 0.0011,
    "text-embedding-3-small": 0.00007,
}


@dataclass(frozen=True, slots=True)
class Person:
    """An end user: terms, which day of the open period today is, calls in a usual week, and their models."""

    name: str
    total_budget: float | None
    duration: int | None
    day_of_period: int
    calls_per_week: int
    models: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Team:
    """A project: its users, the program that serves them, and by how much its work grows in a week."""

    name: str
    client_id: str
    growth: float
    people: tuple[Person, ...]


TEAMS = (
    Team(
        "support-chat",
        "support-web-1",
        1.05,
        (
            Person("acme-corp", 60, 28, 24, 1100, ("gpt-4o", "gpt-4o-mini", "text-embedding-3-small")),
            Person("bluebird-travel", 28, 28, 20, 800, ("gpt-4o", "gpt-4o-mini")),
            Person("northwind", 20, 7, 4, 900, ("claude-sonnet-4-5", "gpt-4o-mini", "text-embedding-3-small")),
            Person("helios-energy", 40, 28, 9, 600, ("gpt-4o", "gemini-2.5-flash")),
            Person("trial-signups", 1.5, 1, 0, 900, ("gpt-4o-mini", "gemini-2.5-flash")),
        ),
    ),
    Team(
        "code-review",
        "ci-runner-1",
        1.04,
        (
            Person("backend-team", 165, 28, 26, 1150, ("claude-sonnet-4-5", "gpt-4o")),
            Person("frontend-team", 68, 28, 22, 700, ("claude-sonnet-4-5", "gpt-4o-mini")),
            Person("mobile-team", 34, 28, 12, 310, ("claude-sonnet-4-5",)),
            Person("nightly-ci", None, None, 0, 2600, ("gemini-2.5-flash", "text-embedding-3-small")),
        ),
    ),
    Team(
        "research",
        "",
        1.01,
        (
            Person("maria", 15, 7, 3, 260, ("claude-sonnet-4-5", "gpt-4o")),
            Person("tomasz", 10, 7, 5, 330, ("gpt-4o", "text-embedding-3-small")),
            Person("yuki", 300, 365, 200, 240, ("claude-sonnet-4-5", "gemini-2.5-flash")),
            Person("batch-eval", 12, 28, 18, 4000, ("gpt-4o-mini", "text-embedding-3-small")),
        ),
    ),
)


@transaction.atomic
def fill() -> None:
    """Fill an empty database up to the present."""
    now = datetime.now(UTC)
    began = now - timedelta(weeks=WEEKS)
    api_key, _ = create_key(label="demo", project=None, expires_at=None, created_by=None, now=began)
    callers = {team.name: Caller(api_key, team.client_id) for team in TEAMS}
    projects = {team.name: create_project(name=team.name, now=began) for team in TEAMS}
    for team in TEAMS:
        _hire(projects[team.name], callers[team.name], team, now)
    chance = random.Random(20)
    for moment in _moments(now):
        result = roll_all_due(now=moment)
        record_reset_run(started_at=moment, finished_at=moment, result=result)
        for team in TEAMS:
            project = Project.objects.get(name=team.name)
            _work(project, callers[team.name], team, moment, now, chance)


def _moments(now: datetime) -> Iterator[datetime]:
    steps = timedelta(weeks=WEEKS) // STEP
    for index in range(1, steps + 1):
        yield now - (steps - index) * STEP


def _hire(project: Project, caller: Caller, team: Team, now: datetime) -> None:
    began = now - timedelta(weeks=WEEKS)
    records: dict[str, dict[str, Any]] = {}
    for person in team.people:
        record: dict[str, Any] = {"total_budget": person.total_budget}
        if person.duration is not None:
            # So that the open period today is in the day that it should be.
            opened = now - timedelta(days=person.day_of_period, hours=2)
            while opened > began:
                opened -= timedelta(days=person.duration)
            record |= {"duration": person.duration, "created_at": opened.timestamp()}
            record["last_updated_at"] = record["created_at"]
        records[person.name] = record
    get_budget(project=project, caller=caller, now=began)
    set_budget(project=project, caller=caller, user_dict=as_posted(records), now=began)


def _work(project: Project, caller: Caller, team: Team, moment: datetime, now: datetime, chance: random.Random) -> None:
    """What a program does in one step: read, make the calls that fit the budgets, post."""
    records = get_budget(project=project, caller=caller, now=moment)
    weeks_to_go = (now - moment) / timedelta(weeks=1)
    share = _share_of_week(moment) * team.growth ** (WEEKS - weeks_to_go)
    for person in team.people:
        record = records[person.name]
        calls = round(person.calls_per_week * share * chance.uniform(0.6, 1.4))
        for _ in range(calls):
            if person.total_budget is not None and record.get("current_cost", 0) > person.total_budget:
                break
            model = chance.choice(person.models)
            cost = USD_PER_CALL[model] * chance.uniform(0.3, 2.2)
            record["current_cost"] = record.get("current_cost", 0) + cost
            costs = record.setdefault("model_cost", {})
            costs[model] = costs.get(model, 0) + cost
    set_budget(project=project, caller=caller, user_dict=as_posted(records), now=moment)


def _share_of_week(moment: datetime) -> float:
    hours = int(STEP / timedelta(hours=1))
    ended = [moment - timedelta(hours=back) for back in range(hours)]
    work = sum(BY_HOUR[one.hour] * BY_WEEKDAY[one.weekday()] for one in ended)
    return work / (sum(BY_HOUR) * sum(BY_WEEKDAY))
