"""`python -m budgets.tests.chaos`: real litellm clients against the live product while it is broken on purpose.

Prints one table. Exit status 1 where a nano-USD was lost or doubled, or anything else went wrong with ours.
"""

import argparse
import secrets
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from budgets.tests.chaos.clients import warm_up
from budgets.tests.chaos.contender import play_contender
from budgets.tests.chaos.faults import FAULTS, Fault
from budgets.tests.chaos.report import table
from budgets.tests.chaos.rounds import Outcome, Pace, play
from budgets.tests.chaos.world import CONFIGURATIONS, POSTGRESQL, SQLITE
from budgets.tests.harness.litellm_clients import OLD, PINNED, SessionPool

FULL = Pace(rounds=3, crew=(PINNED, OLD, PINNED, PINNED), between_faults=0.5, between_calls=0.08)
# Workers of a killed master go on with the connections they have for as long as they may, and keep the port meanwhile.
SHORT = Pace(
    rounds=1,
    crew=(PINNED, OLD, PINNED),
    between_faults=0.2,
    between_calls=0.2,
    gunicorn_arguments="--graceful-timeout 1",
)
CONTENDER = "last-dict-wins"
CONTENDER_SECONDS = 10.0


def say(line: str) -> None:
    """To standard output, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def read_arguments(arguments: Sequence[str]) -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(prog="python -m budgets.tests.chaos", description=__doc__)
    parser.add_argument("--rounds", type=int, help="rounds of each configuration")
    parser.add_argument("--seed", type=int, default=secrets.randbits(32), help="what every choice comes from")
    parser.add_argument("--short", action="store_true", help="one round of each, about a minute, for CI")
    names = [*CONFIGURATIONS, CONTENDER, *(fault.name for fault in FAULTS)]
    parser.add_argument(
        "--only", action="append", choices=names, default=[], help="these configurations or faults alone; repeat it"
    )
    return parser.parse_args(arguments)


def run_parts(parts: Sequence[str], *, seed: int, faults: Sequence[Fault], pace: Pace) -> Iterator[Outcome]:
    """The outcome of each part, with one set of client processes for all."""
    with tempfile.TemporaryDirectory(prefix="budgets-chaos-clients-") as directory:
        pool = SessionPool(Path(directory))
        try:
            warm_up(pool, pace.crew)
            for name in parts:
                say(f"{name} ...")
                if name == CONTENDER:
                    for database in (SQLITE, POSTGRESQL):
                        yield play_contender(database, pool, seed=seed, seconds=CONTENDER_SECONDS, pace=pace)
                else:
                    yield play(name, pool, seed=seed, faults=faults, pace=pace)
        finally:
            pool.stop()


def tell(outcomes: Sequence[Outcome]) -> bool:
    """Print the table and what else is to be said of ours; whether nothing was wrong."""
    say(f"\n{table(outcomes)}\n")
    ours = [outcome for outcome in outcomes if outcome.name in CONFIGURATIONS]
    for outcome in ours:
        told = ", ".join(f"{why} {count}" for why, count in sorted(outcome.failures.items()))
        say(f"{outcome.name}: posts failed with {told or 'nothing'}")
        for fault_name in sorted(outcome.not_run):
            say(f"{outcome.name}: {fault_name!r} was NOT RUN, for no tmpfs can be mounted here: run it as root")
    problems = [f"{outcome.name}, {problem}" for outcome in ours for problem in outcome.problems]
    for problem in problems:
        say(f"WRONG: {problem}")
    return not problems


def main(arguments: Sequence[str]) -> int:
    """Run what was asked for, print the table, and return the exit status."""
    options = read_arguments(arguments)
    # As Ctrl-C does: servers, clusters and disks must not outlive the run.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    pace = SHORT if options.short else FULL
    if options.rounds:
        pace = replace(pace, rounds=options.rounds)
    faults = [fault for fault in FAULTS if fault.name in options.only] or FAULTS
    # What the last dict loses is not news to CI.
    every = CONFIGURATIONS if options.short else (*CONFIGURATIONS, CONTENDER)
    parts = [name for name in (*CONFIGURATIONS, CONTENDER) if name in options.only] or every
    began = time.monotonic()
    say(f"seed {options.seed}")
    is_right = tell(list(run_parts(parts, seed=options.seed, faults=faults, pace=pace)))
    verdict = "of ours nothing lost, nothing doubled" if is_right else "WRONG"
    say(f"seed {options.seed}, {time.monotonic() - began:.0f} s: {verdict}")
    return 0 if is_right else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
