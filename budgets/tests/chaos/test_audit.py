"""The chaos run's own judgement: what counts as lost, and what as doubled."""

from typing import Any

import pytest

from budgets.tests.chaos.audit import Costs, compare, sum_of_export, sum_of_records, sum_of_tallies

ADA, BOB = ("ada", "gpt-4"), ("bob", "gpt-4")


@pytest.mark.parametrize(
    ("at_least", "exported", "at_most", "lost", "doubled"),
    [
        ({ADA: 5}, {ADA: 5}, {ADA: 5}, 0, 0),
        ({ADA: 5}, {ADA: 6}, {ADA: 7}, 0, 0),
        ({ADA: 5}, {ADA: 4}, {ADA: 7}, 1, 0),
        ({ADA: 5}, {}, {ADA: 5}, 5, 0),
        ({ADA: 5}, {ADA: 8}, {ADA: 7}, 0, 1),
        ({}, {ADA: 8}, {}, 0, 8),
        # What one user lacks, another cannot make good.
        ({ADA: 5, BOB: 5}, {ADA: 3, BOB: 7}, {ADA: 5, BOB: 5}, 2, 2),
    ],
)
def test_each_user_and_model_is_judged_alone(
    at_least: Costs, exported: Costs, at_most: Costs, lost: int, doubled: int
) -> None:
    difference = compare(at_least=at_least, exported=exported, at_most=at_most)
    assert (difference.lost, difference.doubled) == (lost, doubled)
    assert bool(difference.places) == (lost > 0 or doubled > 0)


def test_the_clients_tallies_are_added_up() -> None:
    tallies = [{"spent": {"ada": {"gpt-4": 2}}}, {"spent": {"ada": {"gpt-4": 3}, "bob": {"gpt-4": 1}}}]
    assert sum_of_tallies(tallies, "spent") == {ADA: 5, BOB: 1}


def test_an_export_is_added_up_exactly() -> None:
    rows = [{"end_user": "ada", "model": "gpt-4", "cost_usd": usd} for usd in ("0.1", "0.2", "-0.000000001")]
    assert sum_of_export(rows) == {ADA: 299_999_999}


def test_an_export_of_less_than_nano_usd_is_refused() -> None:
    with pytest.raises(AssertionError):
        sum_of_export([{"end_user": "ada", "model": "gpt-4", "cost_usd": "0.0000000001"}])


def test_a_dict_of_records_is_rounded_to_nano_usd() -> None:
    user_dict: dict[str, Any] = {
        "ada": {
            "total_budget": 1,
            "current_cost": 0.00022500000000000002,
            "model_cost": {"gpt-4": 0.00022500000000000002},
        },
        "eve": {"total_budget": 1},
    }
    assert sum_of_records(user_dict) == {ADA: 225_000}
