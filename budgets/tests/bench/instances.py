"""One and two instances of gunicorn over one PostgreSQL: how throughput grows, and what bounds it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from budgets.tests.bench.clients import CLIENTS, Posting, post_for, programs_of
from budgets.tests.bench.contenders import SETTINGS, Contender
from budgets.tests.bench.measure import say, table
from budgets.tests.harness.gunicorn import Gunicorn
from budgets.tests.harness.server import BudgetServer, free_port, make_database


def instances(directory: Path, seconds: float, rounds: int) -> None:
    """Print posts a second of one instance and of two, a worker each, in turn; nothing on SQLite."""
    directory.mkdir()
    with _two_over_one_database(directory) as both:
        if not both:
            return
        programs = programs_of(both[0])
        measured = [Posting(), Posting()]
        for _ in range(rounds):
            for count, one in enumerate(measured, start=1):
                post_for(seconds, both[:count], programs, one)
    table(
        f"instances of one worker over one PostgreSQL, {CLIENTS} clients",
        ("instances", "posts a second", "ms of the workers' processors a post", "of PostgreSQL's"),
        [
            [count, one.rate_cell, f"{one.workers_ms:.2f}", f"{one.database_ms:.2f}"]
            for count, one in enumerate(measured, start=1)
        ],
    )
    of_one, of_two = (one.rate for one in measured)
    say(f"\nTwo to one: {of_two / of_one:.2f}. The clients, too, run on these processors.")


@contextmanager
def _two_over_one_database(directory: Path) -> Iterator[list[Contender]]:
    database = make_database(directory)
    if database.startswith("sqlite"):
        yield []
        return
    first = BudgetServer(directory, database, WEB_CONCURRENCY="1")
    environment = first.environment | {"PORT": str(free_port())}
    second = Gunicorn(environment, directory / "second.log")
    second.start()
    try:
        gunicorns = ((first.port, first.gunicorn), (second.port, second))
        yield [Contender("ours", port, first.key, one, environment | SETTINGS) for port, one in gunicorns]
    finally:
        second.stop()
        first.stop()
