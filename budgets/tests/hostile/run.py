"""Many hostile bodies against the endpoints, in process, on a scratch database: `make fuzz COUNT=50000 SEED=1`.

Prints how each was answered. On the first promise that does not hold it prints the body and how to send it again, and
exits with 1.
"""

import argparse
import logging
import os
import random
import resource
import sys
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import jsonschema

ROUND = 500


def attack(*, count: int, seed: str, first_round: int = 0, flush: Callable[[], None]) -> "Counter[int]":
    """Send `count` requests in rounds of ROUND, each from an empty database; return the answers by status.

    Every round begins with the bodies written by hand, as far as they go. Raises Failure.
    """
    statuses: Counter[int] = Counter()
    for number in range(first_round, first_round + -(-count // ROUND)):
        statuses += attack_round(number, min(ROUND, count - statuses.total()), seed=seed, flush=flush)
    return statuses


def attack_round(number: int, size: int, *, seed: str, flush: Callable[[], None]) -> "Counter[int]":
    """One round, which can be repeated alone. Raises Failure."""
    from django.core.cache import cache

    from budgets.tests.hostile.checks import Auditor, Broken
    from budgets.tests.hostile.requests import Request
    from budgets.tests.hostile.world import World

    rng = random.Random(f"{seed}/{number}")
    flush()
    auditor = Auditor(World.build(rng))
    request = None
    try:
        for request in round_of_requests(auditor.world, rng, size):
            # Wrong keys are throttled; let that come up, and not be all that comes up.
            if auditor.sent % 200 == 0:
                cache.clear()
            auditor.send(request)
        auditor.finish()
    except (Broken, jsonschema.ValidationError, AssertionError) as error:
        raise Failure(number, auditor.sent, request or Request("", b"", {}), error) from error
    return auditor.statuses


def round_of_requests(world: "World", rng: random.Random, size: int) -> "Iterator[Request]":  # noqa: F821
    """Half of the round's requests, at most, are of those written by hand."""
    from budgets.tests.hostile.requests import at_random, by_hand

    written = by_hand(world, rng)
    rng.shuffle(written)
    chosen = written[: size // 2]
    yield from chosen
    for _ in range(size - len(chosen)):
        yield at_random(world, rng)


class Failure(Exception):  # noqa: N818 - what was found
    """A promise did not hold: in which round, after how many requests, which one, and what."""

    def __init__(self, number: int, sent: int, request: "Request", error: Exception) -> None:  # noqa: F821
        super().__init__(
            f"round {number}, request {sent}: {str(error)[:1_000]}\n"
            f"{request.method} {request.path}, {', '.join(request.done) or 'nothing changed'}\n"
            f"environment {request.environ!r}\n"
            f"body ({len(request.body)} bytes, base64) {b64encode(request.body).decode()[:20_000]}"
        )
        self.number = number


@contextmanager
def scratch_database() -> Iterator[None]:
    """Django on a new database of the engine that DATABASE_URL names, thrown away afterwards."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "budgets.tests.settings")
    import django

    django.setup()
    from django.db import connection

    name = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)


def empty() -> None:
    """Throw away every row."""
    from django.core.management import call_command

    call_command("flush", interactive=False, verbosity=0)


class Tracebacks(logging.Handler):
    """Counts what the server logged as a fault."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.kinds: Counter[str] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        """Count by the exception's class."""
        error = record.exc_info[1] if record.exc_info else None
        self.kinds[f"{type(error).__name__}: {str(error)[:80]}" if error else record.getMessage()[:80]] += 1


def main() -> int:
    """Read the options, attack, and print the result."""
    parser = argparse.ArgumentParser(prog="python -m budgets.tests.hostile.run")
    parser.add_argument("--count", type=int, default=50_000)
    parser.add_argument("--seed", default=str(random.SystemRandom().randrange(10**9)))
    parser.add_argument("--first-round", type=int, default=0, help="where a failure was, to repeat it with --count 500")
    options = parser.parse_args()
    began = time.monotonic()
    with scratch_database():
        from django.db import connection

        seen = Tracebacks()
        root = logging.getLogger()
        root.handlers = [seen]
        try:
            statuses = attack(
                count=options.count, seed=options.seed, first_round=options.first_round, flush=empty
            )
        except Failure as failure:
            say(f"FAILED, seed {options.seed}: {failure}")
            say(f"again: --seed {options.seed} --first-round {failure.number} --count {ROUND}")
            return 1
        by_status = ", ".join(f"{status}: {number:,}" for status, number in sorted(statuses.items()))
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        say(
            f"{statuses.total():,} bodies on {connection.vendor}, seed {options.seed}, in {time.monotonic() - began:.0f} s"
            f" and at most {peak_mb} MB: no promise broken; by status {by_status}"
        )
        for kind, number in seen.kinds.most_common(10):
            say(f"  logged {number} x {kind}")
    return 0


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
