"""What each worker process of a long run does: histories by the block, on a throw-away database of its own."""

import logging
import os
from dataclasses import dataclass, field
from pathlib import Path

import django
from django.core.management import call_command

from budgets.tests.harness.server import make_database

# A broken rule is to be noticed within so many histories.
MUTANT_HISTORIES = 400
# mutations.py needs Django set up, which only the workers have; a test holds the two together.
MUTATION_COUNT = 11


@dataclass
class Sums:
    """What a run came to."""

    histories: int = 0
    posts: int = 0
    calls: int = 0
    failed: list[int] = field(default_factory=list)


def prepare(directory: str) -> None:
    """Give this process Django and an empty database, on the engine that the run is on."""
    own = Path(directory) / str(os.getpid())
    own.mkdir()
    os.environ["DATABASE_URL"] = make_database(own)
    os.environ["DJANGO_SETTINGS_MODULE"] = "budgets.tests.settings"
    django.setup()
    # Refusals of revoked keys are part of it, and would fill the screen.
    logging.disable(logging.CRITICAL)
    call_command("migrate", verbosity=0)


def live_block(first: int, count: int) -> Sums:
    """Live the histories of `count` seeds."""
    from budgets.tests.simulation import history, run

    sums = Sums(histories=count)
    for seed in range(first, first + count):
        outcome = run.live(history.generate(seed))
        sums.posts, sums.calls = sums.posts + outcome.posts, sums.calls + outcome.calls
        if outcome.differences:
            sums.failed.append(seed)
    return sums


def report_of(seed: int) -> str:
    """The failing history of the seed, shortened."""
    from budgets.tests.simulation import run

    return run.report(seed)


def try_mutation(number: int, first: int) -> tuple[str, int | None]:
    """The mutation in words, and after how many histories the auditor notices it; None where it does not."""
    from budgets.tests.simulation.mutations import MUTATIONS, noticed_after

    mutation = MUTATIONS[number]
    return f"{mutation.rule}  {mutation.fault}", noticed_after(mutation, first, MUTANT_HISTORIES)
