"""Who is in the demo: projects, their end users and terms, and the models that they call."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

# USD per call, about what a few thousand tokens cost.
USD_PER_CALL = {
    "claude-opus-4-5": 0.052,
    "claude-sonnet-4-5": 0.031,
    "claude-haiku-4-5": 0.0094,
    "gpt-5.1": 0.021,
    "gpt-4o": 0.018,
    "gpt-5-mini": 0.0037,
    "gpt-4o-mini": 0.0011,
    "o4-mini": 0.0088,
    "gemini-2.5-pro": 0.019,
    "gemini-2.5-flash": 0.0042,
    "mistral/mistral-large-latest": 0.0046,
    "deepseek/deepseek-chat": 0.0012,
    "text-embedding-3-small": 0.00007,
}
# How many weeks ago a model took over half of the calls of another.
TAKEN_OVER = {"gpt-4o": ("gpt-5.1", 3), "gpt-4o-mini": ("gpt-5-mini", 4), "claude-sonnet-4-5": ("claude-opus-4-5", 1)}
# A call costs this much of its usual price, evenly spread.
SPREAD = (0.3, 2.2)

# What a limit is to the spend expected in one period: below 1 it runs out. And the durations, in days.
HEADROOMS = (1.9, 1.25, 0.95, 2.4, 0.75, 1.4, 1.05, 0.6, 1.7, 3.0, 1.15)
LONGEST_USUAL = 30
# Below this the period is well on its way today, so that some are over their limit, near it, or about to run out.
TIGHT = 1.1
DURATIONS = (28, 28, 7, 28, 30, 28, 7, 365, 1, None)
NICE_LIMITS = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.5)
UNLIMITED = frozenset({"nightly-ci", "platform-oncall"})


@dataclass(frozen=True, slots=True)
class Person:
    """An end user: terms in USD and days, which day of the open period today is, calls in a usual week, and models."""

    name: str
    total_budget: float | None
    duration: int | None
    day_of_period: int
    calls_per_week: int
    models: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Team:
    """A project: its users, the programs that serve them, and by how much its work grows in a week."""

    name: str
    client_ids: tuple[str, ...]
    growth: float
    people: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class _Sketch:
    name: str
    client_ids: tuple[str, ...]
    growth: float
    # USD that a usual user spends in a week.
    usd_per_week: float
    models: tuple[tuple[str, ...], ...]
    names: tuple[str, ...]


SKETCHES = (
    _Sketch(
        "support-chat",
        ("support-web-1", "support-web-2"),
        1.05,
        9,
        (("gpt-4o", "gpt-4o-mini", "text-embedding-3-small"), ("gpt-4o-mini", "claude-haiku-4-5"), ("gpt-4o",)),
        (
            *("acme-corp", "bluebird-travel", "northwind", "helios-energy", "trial-signups", "globex", "initech"),
            *("umbra-insurance", "vandelay-imports", "stark-logistics", "wayne-foods", "hooli-retail", "pied-piper"),
            *("soylent-kitchens", "tyrell-optics", "cyberdyne-tools", "aperture-labs", "wonka-sweets", "duff-drinks"),
            *("oceanic-air", "massive-games", "gringotts-bank", "dunder-paper", "prestige-hotels", "old-intranet"),
        ),
    ),
    _Sketch(
        "code-review",
        ("ci-runner-1", "ci-runner-2"),
        1.04,
        24,
        (("claude-sonnet-4-5", "gpt-4o"), ("claude-sonnet-4-5", "gpt-4o-mini"), ("claude-sonnet-4-5", "o4-mini")),
        (
            *("backend-team", "frontend-team", "mobile-team", "nightly-ci", "data-platform", "payments-team"),
            *("search-team", "infra-team", "security-review", "release-bot", "design-systems", "platform-oncall"),
        ),
    ),
    _Sketch(
        "research",
        ("notebook-hub",),
        1.01,
        7,
        (
            ("claude-sonnet-4-5", "gemini-2.5-pro"),
            ("gemini-2.5-flash", "text-embedding-3-small"),
            ("gpt-4o", "o4-mini"),
        ),
        (
            *("maria", "tomasz", "yuki", "batch-eval", "amara", "lars", "priya", "chen", "fatima", "diego", "ingrid"),
            *("kofi", "noor", "sven"),
        ),
    ),
    _Sketch(
        "content-studio",
        ("studio-api",),
        1.03,
        5,
        (
            ("mistral/mistral-large-latest", "gpt-4o-mini"),
            ("deepseek/deepseek-chat",),
            ("gemini-2.5-pro", "gpt-4o-mini"),
        ),
        (
            "newsletter",
            "product-pages",
            "press-team",
            "seo-drafts",
            "translations",
            "podcast",
            "events",
            "social-media",
        ),
    ),
)
USUAL_USERS = sum(len(sketch.names) for sketch in SKETCHES)


def cast(*, users: int, weeks: int, chance: random.Random) -> tuple[Team, ...]:
    """The teams with `users` people in all; spend is to grow over that many weeks. The same `chance`, the same cast."""
    sizes = _sizes(users)
    return tuple(
        Team(
            sketch.name,
            sketch.client_ids,
            sketch.growth,
            tuple(_person(sketch, name, index, weeks, chance) for index, name in enumerate(_names(sketch, size))),
        )
        for sketch, size in zip(SKETCHES, sizes, strict=True)
    )


def _sizes(users: int) -> list[int]:
    """As many of each project as its share of the usual users; the first takes what rounding leaves."""
    sizes = [users * len(sketch.names) // USUAL_USERS for sketch in SKETCHES]
    return [sizes[0] + users - sum(sizes), *sizes[1:]]


def _names(sketch: _Sketch, size: int) -> Iterator[str]:
    for index in range(size):
        turn, at = divmod(index, len(sketch.names))
        yield f"{sketch.names[at]}-{turn + 1}" if turn else sketch.names[at]


def _person(sketch: _Sketch, name: str, index: int, weeks: int, chance: random.Random) -> Person:
    models = sketch.models[index % len(sketch.models)]
    usd_per_week = sketch.usd_per_week * chance.lognormvariate(0, 0.8)
    usd_per_call = sum(USD_PER_CALL[model] for model in models) / len(models) * sum(SPREAD) / 2
    duration = None if name in UNLIMITED else DURATIONS[index % len(DURATIONS)]
    headroom = HEADROOMS[index % len(HEADROOMS)]
    expected = usd_per_week * sketch.growth ** (weeks - 1) * _days_of_spend(duration, weeks) / 7
    return Person(
        name=name,
        total_budget=None if name in UNLIMITED else _nice(expected * headroom),
        duration=duration,
        day_of_period=int(min(duration or 1, 7 * weeks) * chance.uniform(0.6 if headroom < TIGHT else 0, 0.98)),
        calls_per_week=max(1, min(3000, round(usd_per_week / usd_per_call))),
        models=models,
    )


def _days_of_spend(duration: int | None, weeks: int) -> int:
    """How many days of a period the demo has spend for, and so its limit is made for; of a year it is made for all."""
    if duration is None:
        return 7 * weeks
    return duration if duration > LONGEST_USUAL else min(duration, 7 * weeks)


def _nice(usd: float) -> float:
    """A limit as people choose them."""
    magnitude = 10.0 ** (len(str(int(usd))) - 1) if usd >= 1 else 0.1
    return round(min(NICE_LIMITS, key=lambda nice: abs(nice * magnitude - usd)) * magnitude, 2)
