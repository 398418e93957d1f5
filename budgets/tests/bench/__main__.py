"""`make bench` and `make bench-full`: ours beside the floor and the naive backend, as Markdown tables.

Times depend on the machine and on what else it does. The contenders take turns, so that ratios hold.
"""

import argparse
import os
import platform
import tempfile
from contextlib import ExitStack
from pathlib import Path

from budgets.tests.bench.by_size import by_size
from budgets.tests.bench.contenders import Contender, is_on_sqlite, other_backend, our_backend
from budgets.tests.bench.first_post import first_post
from budgets.tests.bench.instances import instances
from budgets.tests.bench.measure import say
from budgets.tests.bench.memory import memory
from budgets.tests.bench.pages import pages
from budgets.tests.bench.plot import plot
from budgets.tests.bench.resets import resets
from budgets.tests.bench.start import start
from budgets.tests.bench.throughput import throughput

MEASUREMENTS = ("memory", "by-size", "throughput", "instances", "first-post", "start", "resets", "pages")
FEW, MORE, MANY = (1_000, 10_000), (20_000, 200_000), (1_000_000, 10_000_000)


def main() -> None:
    """Measure what is asked for, all by default."""
    parser = argparse.ArgumentParser(prog="python -m budgets.tests.bench", description=__doc__)
    parser.add_argument(
        "--full", action="store_true", help="up to 100,000 users, a million to reset among and to list, and more rounds"
    )
    parser.add_argument("--only", choices=MEASUREMENTS, action="append", help="one of them; may be given again")
    parser.add_argument("--plot", type=Path, help="a directory for the drawing of the posts by size, one a database")
    options = parser.parse_args()
    wanted = options.only or MEASUREMENTS
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        ours = stack.enter_context(our_backend(directory / "ours"))
        floor = stack.enter_context(other_backend("floor", directory / "floor"))
        naive = stack.enter_context(other_backend("naive", directory / "naive"))
        say(f"## On {database_of(ours)}\n")
        say(
            f"{os.cpu_count()} processors, {platform.system()} {platform.machine()}, Python"
            f" {platform.python_version()}, load {os.getloadavg()[0]:.1f} at the start."
        )
        if "memory" in wanted:
            memory(ours, 100_000 if options.full else 10_000)
        if "by-size" in wanted:
            sizes = (10, 1_000, 10_000, 100_000) if options.full else (10, 1_000, 10_000)
            drawn = by_size([ours, floor, naive], sizes, 100 if options.full else 30)
            if options.plot:
                kind = database_of(ours)
                title = f"set_budget with one record changed, {kind}"
                plot(title, options.plot / f"set-budget-{kind.lower()}.svg", drawn)
        if "throughput" in wanted:
            throughput([ours, floor, naive], *((5, 5) if options.full else (2, 3)))
        if "instances" in wanted:
            instances(directory / "instances", *((5, 5) if options.full else (3, 3)))
        if "first-post" in wanted:
            first_post(ours, 10_000, 5 if options.full else 2)
        if "start" in wanted:
            start(ours, 7 if options.full else 3)
        if "resets" in wanted:
            users = (20_000, 1_000_000) if options.full else (20_000,)
            resets(ours, directory / "resets", users, 3 if options.full else 5)
        if "pages" in wanted:
            pages(directory / "pages", (FEW, MANY if options.full else MORE), 7 if options.full else 5)
        say(f"\nLoad {os.getloadavg()[0]:.1f} at the end.")


def database_of(contender: Contender) -> str:
    """The kind of database."""
    return "SQLite" if is_on_sqlite(contender) else "PostgreSQL"


if __name__ == "__main__":
    main()
