"""One and two instances of gunicorn over one PostgreSQL: how throughput grows, and what bounds it."""

import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from budgets.tests.bench.by_size import long_lived
from budgets.tests.bench.contenders import SETTINGS, Contender
from budgets.tests.bench.load import Connection, Program
from budgets.tests.bench.measure import cpu_seconds, say, table
from budgets.tests.harness.gunicorn import Gunicorn
from budgets.tests.harness.server import BudgetServer, free_port, make_database

CLIENTS = 8
USERS = 10


@dataclass
class _Measured:
    """Posts a second of each round; and over all rounds, posts and the processor seconds that they took."""

    rates: list[float]
    posts: int = 0
    workers: float = 0.0
    database: float = 0.0

    def row(self, name: str) -> list[str]:
        """A line of the table."""
        low, high = min(self.rates), max(self.rates)
        rate = f"{statistics.median(self.rates):.0f} ({low:.0f}-{high:.0f})"
        return [name, rate, *(f"{1000 * seconds / self.posts:.2f}" for seconds in (self.workers, self.database))]


def instances(directory: Path, seconds: float, rounds: int) -> None:
    """Print posts a second of one instance and of two, a worker each, in turn; nothing on SQLite."""
    directory.mkdir()
    with _two_over_one_database(directory) as both:
        if not both:
            return
        programs = [long_lived(Connection(both[0], f"app-{n}"), f"of client {n}", USERS) for n in range(CLIENTS)]
        measured = [_Measured([]), _Measured([])]
        for _ in range(rounds):
            for count, one in enumerate(measured, start=1):
                _post_for(seconds, both[:count], programs, one)
    table(
        f"instances of one worker over one PostgreSQL, {CLIENTS} clients",
        ("instances", "posts a second", "ms of the workers' processors a post", "of PostgreSQL's"),
        [one.row(str(count)) for count, one in enumerate(measured, start=1)],
    )
    of_one, of_two = (statistics.median(one.rates) for one in measured)
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


def _post_for(seconds: float, servers: Sequence[Contender], programs: Sequence[Program], measured: _Measured) -> None:
    """Let every client post for so long, dealt out to the servers."""
    posts: list[float] = []
    workers, database = _spent_by(servers)
    until = time.perf_counter() + seconds

    def client(number: int) -> None:
        connection, program = Connection(servers[number % len(servers)], f"app-{number}"), programs[number]
        names = list(program.records)
        while time.perf_counter() < until:
            program.spend(names[len(posts) % len(names)])
            posts.append(connection.post("/set_budget", program.body())[0])

    threads = [Thread(target=client, args=(number,)) for number in range(len(programs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    after_workers, after_database = _spent_by(servers)
    measured.rates.append(len(posts) / seconds)
    measured.posts += len(posts)
    measured.workers += after_workers - workers
    measured.database += after_database - database


def _spent_by(servers: Sequence[Contender]) -> tuple[float, float]:
    """Seconds of the processors that the workers and PostgreSQL have had so far."""
    return sum(map(cpu_seconds, servers)), sum(map(_seconds_of, _postgres_processes()))


def _postgres_processes() -> Iterator[Path]:
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "comm").read_text(encoding="ascii").startswith("postgres"):
                yield process
        except OSError:
            continue


def _seconds_of(process: Path) -> float:
    try:
        return int((process / "schedstat").read_text(encoding="ascii").split()[0]) / 1e9
    except OSError:
        # It has ended meanwhile.
        return 0.0
