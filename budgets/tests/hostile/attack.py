"""Rounds of hostile requests, each from an empty database, so that one can be repeated alone."""

import random
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator

from jsonschema import ValidationError

from budgets.models import WrongKeyCount
from budgets.tests.hostile.checks import Auditor, Broken
from budgets.tests.hostile.requests import Request, at_random, by_hand
from budgets.tests.hostile.world import World

ROUND = 500
Flush = Callable[[], None]


class Failure(Exception):  # noqa: N818 - what was found
    """A promise did not hold: in which round, after how many requests, which one, and what."""

    def __init__(self, number: int, sent: int, request: Request | None, error: Exception) -> None:
        what = "before any request" if request is None else told(request)
        super().__init__(f"round {number}, request {sent}: {str(error)[:1_000]}\n{what}")
        self.number = number


def told(request: Request) -> str:
    """The request, so that it can be sent again."""
    return (
        f"{request.method} {request.path}, {', '.join(request.done) or 'nothing changed'}\n"
        f"environment {request.environ!r}\n"
        f"body ({len(request.body)} bytes, base64) {b64encode(request.body).decode()[:20_000]}"
    )


def attack(*, count: int, seed: str, first_round: int = 0, flush: Flush) -> "Counter[int]":
    """Send `count` requests in rounds of ROUND, each from an empty database; return the answers by status.

    Half of a round, at most, are the bodies written by hand. Raises Failure.
    """
    statuses: Counter[int] = Counter()
    for number in range(first_round, first_round + -(-count // ROUND)):
        statuses += attack_round(number, min(ROUND, count - statuses.total()), seed=seed, flush=flush)
    return statuses


def attack_round(number: int, size: int, *, seed: str, flush: Flush) -> "Counter[int]":
    """One round, which can be repeated alone. Raises Failure."""
    rng = random.Random(f"{seed}/{number}")
    flush()
    auditor = Auditor(World.build(rng))
    request = None
    try:
        for request in _requests(auditor.world, rng, size):
            # Wrong keys are throttled; let that come up, and not be all that comes up.
            if auditor.sent % 200 == 0:
                WrongKeyCount.objects.all().delete()
            auditor.send(request)
        auditor.finish()
    except (Broken, ValidationError, AssertionError) as error:
        raise Failure(number, auditor.sent, request, error) from error
    return auditor.statuses


def _requests(world: World, rng: random.Random, size: int) -> Iterator[Request]:
    written = by_hand(world, rng)
    rng.shuffle(written)
    chosen = written[: size // 2]
    yield from chosen
    for _ in range(size - len(chosen)):
        yield at_random(world, rng)
