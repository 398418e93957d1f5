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
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


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
    with scratch_database():
        seen = Tracebacks()
        logging.getLogger().handlers = [seen]
        return attack_and_tell(options, seen)


def attack_and_tell(options: argparse.Namespace, seen: Tracebacks) -> int:
    """Attack, print how it went, and return the exit status."""
    from django.db import connection

    from budgets.tests.hostile.attack import ROUND, Failure, attack

    began = time.monotonic()
    try:
        statuses = attack(count=options.count, seed=options.seed, first_round=options.first_round, flush=empty)
    except Failure as failure:
        say(f"FAILED, seed {options.seed}: {failure}")
        say(f"again: --seed {options.seed} --first-round {failure.number} --count {ROUND}")
        return 1
    say(f"by status: {', '.join(f'{status}: {number:,}' for status, number in sorted(statuses.items()))}")
    for kind, number in seen.kinds.most_common(10):
        say(f"logged {number} x {kind}")
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    say(
        f"{statuses.total():,} bodies on {connection.vendor}, seed {options.seed}, in {time.monotonic() - began:.0f} s"
        f" and at most {peak_mb} MB: no promise broken"
    )
    return 0


def say(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
