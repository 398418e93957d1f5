"""Living histories one after another, each in a transaction that is taken back."""

from django.db import transaction

from budgets.tests.simulation import history
from budgets.tests.simulation.compare import differences
from budgets.tests.simulation.world import World


class _TakeBackError(Exception):
    pass


def differences_after(acts: list[history.Act]) -> list[str]:
    """Live the history on an empty ledger; return what the ledger has otherwise than the auditor."""
    found: list[str] = []
    try:
        with transaction.atomic():
            world = World("simulated")
            try:
                world.live(acts)
                found = differences(world.project, world.auditor)
            except (AssertionError, Exception) as error:
                found = [f"{type(error).__name__}: {error}"]
            raise _TakeBackError
    except _TakeBackError:
        pass
    return found


def shortest(acts: list[history.Act]) -> list[history.Act]:
    """A failing history with every act left out that it fails without."""
    again = True
    while again:
        again = False
        for shorter in history.shorter(acts):
            if len(shorter) <= len(acts) and differences_after(shorter):
                acts, again = shorter, True
                break
    return acts
