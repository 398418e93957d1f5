"""Many clients at once, each in a project of its own: how many small posts a second, and what they take."""

import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Thread

from budgets.tests.bench.by_size import long_lived
from budgets.tests.bench.contenders import Contender
from budgets.tests.bench.load import Connection, Program
from budgets.tests.bench.measure import cpu_seconds, database_seconds

CLIENTS = 8
USERS = 10


@dataclass
class Posting:
    """Posts a second of each round; and over all rounds, what each post took, and seconds of the processors."""

    rates: list[float] = field(default_factory=list)
    took: list[float] = field(default_factory=list)
    workers: float = 0.0
    database: float = 0.0

    @property
    def rate(self) -> float:
        """Posts a second, the median of the rounds."""
        return statistics.median(self.rates)

    @property
    def rate_cell(self) -> str:
        """The same, with the lowest and the highest."""
        return f"{self.rate:.0f} ({min(self.rates):.0f}-{max(self.rates):.0f})"

    @property
    def workers_ms(self) -> float:
        """Of the processors, a post."""
        return 1000 * self.workers / len(self.took)

    @property
    def database_ms(self) -> float:
        """The same of PostgreSQL's server; SQLite's work is the workers'."""
        return 1000 * self.database / len(self.took)

    @property
    def p99_ms(self) -> float:
        """Longer than that took one post in a hundred, by the clock."""
        return 1000 * statistics.quantiles(self.took, n=100)[98]


def programs_of(ours: Contender) -> list[Program]:
    """A program for each client."""
    return [long_lived(Connection(ours, f"app-{n}"), f"of client {n}", USERS) for n in range(CLIENTS)]


def post_for(seconds: float, servers: Sequence[Contender], programs: Sequence[Program], posting: Posting) -> None:
    """Let every client post for so long, dealt out to the servers, which have one database."""
    before = len(posting.took)
    workers, database = _spent_by(servers)
    until = time.perf_counter() + seconds

    def client(number: int) -> None:
        connection, program = Connection(servers[number % len(servers)], f"app-{number}"), programs[number]
        names = list(program.records)
        while time.perf_counter() < until:
            program.spend(names[len(posting.took) % len(names)])
            posting.took.append(connection.post("/set_budget", program.body())[0])

    threads = [Thread(target=client, args=(number,)) for number in range(len(programs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    after_workers, after_database = _spent_by(servers)
    posting.rates.append((len(posting.took) - before) / seconds)
    posting.workers += after_workers - workers
    posting.database += after_database - database


def _spent_by(servers: Sequence[Contender]) -> tuple[float, float]:
    return sum(map(cpu_seconds, servers)), database_seconds(servers[0])
