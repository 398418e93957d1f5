"""Living histories one after another, each in a transaction that is taken back."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from budgets.tests.simulation.compare import differences
from budgets.tests.simulation.history import Act, generate, shorter
from budgets.tests.simulation.world import PostingError, World


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a history came to: posts taken in, calls counted, and where ledger and auditor disagree."""

    posts: int
    calls: int
    differences: list[str]


class _TakeBackError(Exception):
    pass


def live(acts: Sequence[Act]) -> Outcome:
    """Live the history on an empty ledger, and compare."""
    world = None
    found: list[str] = []
    try:
        with transaction.atomic():
            world = World("simulated")
            try:
                world.live(acts)
                found = differences(world.project, world.auditor)
            except PostingError as error:
                found = [str(error)]
            raise _TakeBackError
    except _TakeBackError:
        pass
    assert world is not None
    return Outcome(world.auditor.posts, len(world.auditor.counted), found)


def shortest(acts: Sequence[Act]) -> list[Act]:
    """A failing history, with every act left out that it fails without."""
    shortened, is_shorter = list(acts), True
    while is_shorter:
        is_shorter = False
        for attempt in shorter(shortened):
            if live(attempt).differences:
                shortened, is_shorter = attempt, True
                break
    return shortened


def report(seed: int) -> str:
    """The failing history of that seed in its shortest form, with what it ends in."""
    acts = shortest(generate(seed))
    lines = [f"seed {seed}: {' '.join(map(str, acts))}", *(f"  {said}" for said in live(acts).differences)]
    return "\n".join([*lines, f"  again: make simulate HISTORIES=1 SEED={seed}"])
