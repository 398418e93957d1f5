"""Many clients at once: how many small posts a second, and how long the slowest of them take."""

import statistics
import time
from collections.abc import Sequence
from threading import Thread

from budgets.tests.bench.by_size import long_lived
from budgets.tests.bench.contenders import Contender
from budgets.tests.bench.load import Connection
from budgets.tests.bench.measure import table

CLIENTS = 8
USERS = 10


def throughput(contenders: Sequence[Contender], seconds: float, rounds: int) -> None:
    """Print posts a second and the 99th percentile, each contender in turn."""
    by_name = {one.name: one for one in contenders}
    programs = [long_lived(Connection(by_name["ours"], f"app-{n}"), f"of client {n}", USERS) for n in range(CLIENTS)]
    took: dict[str, list[float]] = {name: [] for name in by_name}
    rates: dict[str, list[float]] = {name: [] for name in by_name}

    def client(one: Contender, number: int, until: float) -> None:
        connection, program = Connection(one, f"app-{number}"), programs[number]
        names = list(program.records)
        while time.perf_counter() < until:
            program.spend(names[len(took[one.name]) % len(names)])
            took[one.name].append(connection.post("/set_budget", program.body())[0])

    for _ in range(rounds):
        for one in contenders:
            before, until = len(took[one.name]), time.perf_counter() + seconds
            threads = [Thread(target=client, args=(one, number, until)) for number in range(CLIENTS)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            rates[one.name].append((len(took[one.name]) - before) / seconds)
    rate = {name: statistics.median(all_rates) for name, all_rates in rates.items()}
    p99 = {name: 1000 * statistics.quantiles(all_took, n=100)[98] for name, all_took in took.items()}
    table(
        f"{CLIENTS} clients at once on 2 workers, {USERS} users each",
        ("", "ours", "floor", "naive", "ours / floor"),
        [
            [
                "posts a second",
                *(f"{rate[n]:.0f}" for n in ("ours", "floor", "naive")),
                f"{rate['ours'] / rate['floor']:.2f}",
            ],
            ["p99, ms", *(f"{p99[n]:.0f}" for n in ("ours", "floor", "naive")), f"{p99['ours'] / p99['floor']:.2f}"],
        ],
    )
