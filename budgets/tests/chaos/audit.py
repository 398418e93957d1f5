"""What is held: nothing acknowledged is missing from the ledger, and nothing is in it that was not spent.

Amounts are whole nano-USD, by end user and model.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

Costs = dict[tuple[str, str], int]


@dataclass(frozen=True)
class Difference:
    """By how much the ledger is wrong, in nano-USD, and a word on each place."""

    lost: int
    doubled: int
    places: tuple[str, ...]


def compare(*, at_least: Costs, exported: Costs, at_most: Costs) -> Difference:
    """What is missing of `at_least`, and what goes beyond `at_most`."""
    lost = doubled = 0
    places = []
    for key in sorted(at_least.keys() | exported.keys() | at_most.keys()):
        low, found, high = at_least.get(key, 0), exported.get(key, 0), at_most.get(key, 0)
        lost += max(0, low - found)
        doubled += max(0, found - high)
        if found < low or found > high:
            expected = f"{low}" if low == high else f"{low} to {high}"
            places.append(f"{key[0]} on {key[1] or 'no model'}: {expected} nano-USD spent, {found} in the ledger")
    return Difference(lost, doubled, tuple(places))


def sum_of_tallies(tallies: Iterable[Mapping[str, Any]], kind: str) -> Costs:
    """What all clients together have begun, spent or had acknowledged."""
    costs: Costs = {}
    for tally in tallies:
        for user, by_model in tally[kind].items():
            for model, amount in by_model.items():
                costs[user, model] = costs.get((user, model), 0) + int(amount)
    return costs


def sum_of_export(rows: Iterable[Mapping[str, Any]]) -> Costs:
    """What `export_costs` wrote. Raises AssertionError where an amount is no whole number of nano-USD."""
    costs: Costs = {}
    for row in rows:
        exact = Decimal(row["cost_usd"]).scaleb(9)
        assert exact == int(exact), row
        key = (row["end_user"], row["model"])
        costs[key] = costs.get(key, 0) + int(exact)
    return costs


def sum_of_records(user_dict: Mapping[str, Any]) -> Costs:
    """What the records of a whole dict say was spent, rounded to nano-USD: the ledger of a backend that has none."""
    return {
        (user, model): round(Decimal(repr(usd)).scaleb(9))
        for user, record in user_dict.items()
        for model, usd in record.get("model_cost", {}).items()
    }
