"""Many histories at once: `python -m budgets.tests.simulation --histories 20000 --seed 0`, as `make simulate` does.

Each worker process has a throw-away database of its own: SQLite, or under `harness/postgresql.py` PostgreSQL.
Exit status 1 where any history ends otherwise than predicted.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from budgets.tests.simulation.workers import (
    MUTANT_HISTORIES,
    MUTATION_COUNT,
    Sums,
    live_block,
    prepare,
    report_of,
    try_mutation,
)

BLOCK = 50
MAX_REPORTS = 5


def say(text: str) -> None:
    """A line of the outcome."""
    sys.stdout.write(text + "\n")


def main(arguments: list[str]) -> int:
    """Run as the options say; print what it came to."""
    parser = argparse.ArgumentParser(prog="python -m budgets.tests.simulation", description=__doc__)
    parser.add_argument("--histories", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=0, help="of the first history; the others follow")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--mutations", action="store_true", help="break each rule in turn instead")
    options = parser.parse_args(arguments)
    with (
        tempfile.TemporaryDirectory(prefix="budgets-simulation-") as directory,
        ProcessPoolExecutor(
            options.jobs, mp_context=get_context("spawn"), initializer=prepare, initargs=(directory,)
        ) as pool,
    ):
        return break_rules(pool, options.seed) if options.mutations else live_all(pool, options.histories, options.seed)


def live_all(pool: ProcessPoolExecutor, histories: int, seed: int) -> int:
    """Live them all; report the first failures."""
    began, total = time.monotonic(), Sums()
    for sums in pool.map(live_block, *zip(*blocks(histories, seed), strict=True)):
        total.histories += sums.histories
        total.posts, total.calls = total.posts + sums.posts, total.calls + sums.calls
        total.failed += sums.failed
        if sys.stderr.isatty():
            sys.stderr.write(f"\r{total.histories} of {histories}, {len(total.failed)} differ")
    for said in pool.map(report_of, total.failed[:MAX_REPORTS]):
        say(said)
    say(
        f"\n{total.histories} histories from seed {seed}, {total.posts} posts taken in, {total.calls} calls counted, "
        f"{len(total.failed)} with a difference{': ' if total.failed else ''}{', '.join(map(str, total.failed))} "
        f"({time.monotonic() - began:.0f} s)"
    )
    return 1 if total.failed else 0


def blocks(histories: int, seed: int) -> Iterator[tuple[int, int]]:
    """(first seed, how many) of each block."""
    for first in range(seed, seed + histories, BLOCK):
        yield first, min(BLOCK, seed + histories - first)


def break_rules(pool: ProcessPoolExecutor, seed: int) -> int:
    """Tell of each mutation after how many histories it was noticed."""
    missed = 0
    for words, noticed in pool.map(try_mutation, range(MUTATION_COUNT), [seed] * MUTATION_COUNT):
        missed += noticed is None
        say(f"{words:<54} {f'noticed after {noticed}' if noticed else f'NOT noticed in {MUTANT_HISTORIES}'}")
    say(f"\n{MUTATION_COUNT - missed} of {MUTATION_COUNT} broken rules noticed")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
