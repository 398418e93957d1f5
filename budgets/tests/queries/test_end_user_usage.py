"""How a user stands against the limit: litellm lets one spend while spent <= limit."""

import pytest

from budgets.queries.end_users import UsageState, model_shares, usage_state, used_percent

MAX = 10**18


@pytest.mark.parametrize(
    ("spent", "limit", "state", "percent"),
    [
        (0, None, "unlimited", None),
        (0, 10, "ok", 0),
        (79, 100, "ok", 79),
        (80, 100, "near", 80),
        (100, 100, "near", 100),
        (101, 100, "over", 101),
        (0, 0, "near", 100),
        (1, 0, "over", 100),
        (-5, 10, "ok", 0),
        (MAX, MAX - 1, "over", 100),
    ],
)
def test_usage(spent: int, limit: int | None, state: UsageState, percent: int | None) -> None:
    assert usage_state(spent, limit) == state
    assert used_percent(spent, limit) == percent


def test_shares_are_of_the_positive_costs() -> None:
    shares = model_shares({"a": 30, "b": 10, "": -20})
    assert [(one.model, one.percent) for one in shares] == [("a", 75.0), ("b", 25.0), ("", 0.0)]
    assert model_shares({}) == []
