"""Histories of one stock client and of forked copies, and how many of each are taken for a fork.

`python -m budgets.tests.domain.fork_histories --histories 1000` prints the figures that docs/reliability.md tells.
"""

import argparse
import copy
import random
import sys
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from budgets.tests.domain.bench import DAY, Bench
from budgets.tests.stock_client import Record, StockClient

A = "view a"
POSTS = 120


def stored(usd: float = 0, *, days: int | None = None) -> Bench:
    """A user who has spent so much, an hour ago."""
    bench = Bench()
    maker = StockClient(imported_at=bench.now)
    maker.create_budget("u", 10, days=days)
    if usd:
        maker.spend("u", usd)
    bench.post("the maker's", maker.user_dict["u"])
    bench.wait(timedelta(hours=1))
    return bench


@dataclass
class Network:
    """Posts on their way: each up to the reorder window late, some twice."""

    chance: random.Random
    late: float
    repeated: float
    lost: float = 0
    posts: list[tuple[datetime, Record]] = field(default_factory=list)

    def send(self, at: datetime, record: Record) -> None:
        for _ in range(1 + (self.chance.random() < self.repeated)):
            delay = self.chance.uniform(0, 29.9) if self.chance.random() < self.late else 0.01
            if self.chance.random() >= self.lost:
                self.posts.append((at + timedelta(seconds=delay), copy.deepcopy(record)))

    def deliver(self, bench: Bench) -> int | None:
        """Post all in the order of arrival; return after how many posts a fork showed, if one did."""
        for number, (at, record) in enumerate(sorted(self.posts, key=lambda post: post[0]), start=1):
            bench.now = at
            if bench.post(A, record, is_marked="_view" in record).shows_fork:
                return number
        return None


def marked(client: StockClient) -> StockClient:
    client.user_dict["u"]["_view"] = "a"
    return client


def one_client(seed: int) -> int | None:
    """A stock client that spends and resets, with and without a save, makes its budget anew and lives for days."""
    chance = random.Random(seed)
    days = chance.choice([None, None, 1])
    bench = stored(chance.choice([0, 0.25, 1, 5, 50]), days=days)
    client = marked(bench.read(A))
    prices = chance.choice([[0.25], [0.1, 0.25, 1.0], [chance.uniform(0.01, 1) for _ in range(POSTS)]])
    models = ["gpt-4o", "mini", "flash"][: chance.choice([1, 1, 2, 3])]
    resets, saved = chance.choice([0, 0.02, 0.1, 0.3, 0.5]), chance.choice([0, 0, 0.5])
    seconds, at = chance.choice([0.1, 2, 10, 60, 600]), bench.now
    network = Network(
        chance, chance.choice([0, 0.1, 0.5, 1]), chance.choice([0, 0.2]), lost=chance.choice([0, 0, 0.05, 0.3])
    )
    for _ in range(POSTS):
        at += timedelta(seconds=chance.expovariate(1 / seconds))
        if days and at.timestamp() - client.user_dict["u"]["last_updated_at"] >= DAY.total_seconds():
            client.reset_on_duration("u", at)
            network.send(at, client.user_dict["u"])
        if chance.random() < 0.01:
            client.create_budget("u", chance.choice([10, 20]), days=days)
            network.send(at, client.user_dict["u"])
        elif chance.random() < resets:
            client.reset_cost("u")
            if chance.random() < saved:
                network.send(at, client.user_dict["u"])
        else:
            client.spend("u", chance.choice(prices), chance.choice(models))
            network.send(at, client.user_dict["u"])
    return network.deliver(bench)


def forked_copies(seed: int, *, copies: int, handed_usd: float, seconds: float) -> int | None:
    """Copies of one manager that each spend, at random and not equally often; return when the fork showed."""
    chance = random.Random(seed)
    bench = stored(handed_usd)
    parent = marked(bench.read(A))
    clients = [copy.deepcopy(parent) for _ in range(copies)]
    share = [chance.uniform(0.3, 1) for _ in clients]
    network, at = Network(chance, late=chance.choice([0, 0.1]), repeated=0), bench.now
    for _ in range(POSTS):
        at += timedelta(seconds=chance.expovariate(1 / seconds))
        (client,) = chance.choices(clients, share)
        client.spend("u", chance.uniform(0.01, 1))
        network.send(at, client.user_dict["u"])
    return network.deliver(bench)


def say(text: str) -> None:
    """A line of the outcome."""
    sys.stdout.write(f"{text}\n")


def main() -> None:
    """Print how many histories of one client were flagged, and of how many copies after how many posts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--histories", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    seeds = range(given.seed, given.seed + given.histories)
    flagged = [seed for seed in seeds if one_client(seed)]
    say(f"one stock client: {len(flagged)} of {len(seeds)} histories of {POSTS} acts flagged {flagged or ''}")
    say("copies  handed USD  seconds between posts  flagged  of  after posts (median)")
    for copies in (2, 3):
        for handed_usd in (0, 5, 50):
            for seconds in (5, 20, 60):
                some = seeds[: max(1, given.histories // 10)]
                shown = [forked_copies(one, copies=copies, handed_usd=handed_usd, seconds=seconds) for one in some]
                found = sorted(number for number in shown if number)
                median = found[len(found) // 2] if found else "-"
                say(f"{copies:6}  {handed_usd:10}  {seconds:21}  {len(found):7}  {len(some):2}  {median}")


if __name__ == "__main__":
    main()
