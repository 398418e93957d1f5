"""A history: what a few stock clients, an admin, the cron and the network do, one act after another.

Every act means something in every state, if only nothing, so that a failing history can be shortened by leaving acts
out. Whom an act is about and how much of it there is stands in three small numbers.
"""

import random
from collections.abc import Iterator, Sequence
from typing import NamedTuple

CLIENTS, USERS = 3, 3
CLIENT_WEIGHTS, USER_WEIGHTS = (4, 2, 3), (6, 3, 1)
MODELS = ("gpt-4o", "gpt-4o-mini")
# Prices repeat in earnest, so they do here: the same few calls, and some odd ones.
AMOUNTS_NANOUSD = (225_000, 225_000, 31_500, 1_000_000_000, 2_500_000_000, 7, 123_456_789)
LIMITS_USD = (10, 20, 0, 0.5)
DURATIONS_DAYS = (None, 1, 7, 28)
WAITS_SECONDS = (1, 3, 10, 31, 31, 300, 3_600, 6 * 3_600, 86_400, 86_400, 8 * 86_400, 28 * 86_400)
CLOCK_STEPS_HOURS = (-5, -1, 1, 5, 26)


class Act(NamedTuple):
    """One step: `kind` names a method of `World`."""

    kind: str
    client: int
    user: int
    number: int

    def __str__(self) -> str:
        return f"{self.kind}({self.client}, {self.user}, {self.number})"


# How often each is drawn.
WEIGHTS = {
    "spend": 30,
    "deliver": 22,
    "create": 10,
    "wait": 10,
    "load": 5,
    "restart": 3,
    "save": 3,
    "drop": 3,
    "repeat": 4,
    "reset_and_save": 3,
    "reset_and_spend": 2,
    "create_anew": 4,
    "reset_due": 3,
    "spend_over_the_end": 4,
    "shift_client_clock": 1,
    "shift_server_clock": 1,
    "run_cron": 2,
    "edit_terms": 3,
    "edit_limit_in_program": 1,
    "reset_by_admin": 1,
    "adjust": 1,
    "archive": 2,
    "restore": 1,
    "revoke_key": 1,
    "give_key": 2,
}


def generate(seed: int, length: int = 24) -> list[Act]:
    """The history of that seed, the same on every machine."""
    chance = random.Random(seed)
    kinds = chance.choices(list(WEIGHTS), list(WEIGHTS.values()), k=length)
    # Mostly about the same few, for what matters is what happens to one record.
    clients = chance.choices(range(CLIENTS), CLIENT_WEIGHTS, k=length)
    users = chance.choices(range(USERS), USER_WEIGHTS, k=length)
    return [Act(*act, chance.randrange(1_000)) for act in zip(kinds, clients, users, strict=True)]


def shorter(history: Sequence[Act]) -> Iterator[list[Act]]:
    """The history with one stretch left out, long stretches first, then with one act made plainer."""
    size = len(history) // 2
    while size:
        for at in range(0, len(history), size):
            yield [*history[:at], *history[at + size :]]
        size //= 2
    for at, act in enumerate(history):
        for plainer in (act._replace(client=0), act._replace(user=0), act._replace(number=0)):
            if plainer != act:
                yield [*history[:at], plainer, *history[at + 1 :]]
