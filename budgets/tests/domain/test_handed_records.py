"""Records written so that they come back the same."""

import json
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from budgets.domain.handed_records import format_record
from budgets.domain.records import KNOWN_KEYS, UNATTRIBUTED, ClientPeriod
from budgets.domain.terms import Terms
from budgets.tests.domain.bench import posted


def written(**changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "terms": Terms(10 * 10**9, 7),
        "created_at_us": 1_800_000_000_000_000,
        "last_updated_at_us": 1_800_000_500_000_000,
        "cost_by_model": {"gpt-4o": 225_000, UNATTRIBUTED: 10**9},
        "extra_json": '{"team":"a"}',
    }
    return format_record(**(values | changes))


def test_a_record_is_handed_out_in_litellms_words() -> None:
    assert written() == {
        "total_budget": 10,
        "duration": 7,
        "created_at": 1_800_000_000.0,
        "last_updated_at": 1_800_000_500.0,
        "current_cost": 1.000225,
        "model_cost": {"gpt-4o": 0.000225},
        "team": "a",
    }


def test_costs_are_left_out_while_there_are_none() -> None:
    assert written(cost_by_model={"gpt-4o": 0}).keys().isdisjoint({"current_cost", "model_cost"})


def test_without_a_duration_and_created_at_no_moments_are_handed_out() -> None:
    record = written(terms=Terms(None, None), created_at_us=None, extra_json="")
    assert record == {"total_budget": None, "current_cost": 1.000225, "model_cost": {"gpt-4o": 0.000225}}


def test_a_duration_given_by_an_admin_brings_the_moments_that_litellm_needs() -> None:
    record = written(created_at_us=None)
    assert record["created_at"] == record["last_updated_at"] == 1_800_000_500.0


MONEY = st.integers(0, 8_000_000 * 10**9)


@given(
    total=st.none() | MONEY,
    days=st.none() | st.integers(1, 36_500),
    moments=st.tuples(st.integers(0, 4 * 10**15), st.integers(0, 4 * 10**15)),
    costs=st.dictionaries(st.text(max_size=20), st.integers(1, 10**12), max_size=20),
    extra=st.dictionaries(st.text(st.characters(codec="ascii"), min_size=1), st.integers() | st.text("é"), max_size=3),
)
def test_what_is_handed_out_is_read_as_what_is_stored(
    total: int | None, days: int | None, moments: tuple[int, int], costs: dict[str, int], extra: dict[str, Any]
) -> None:
    costs = {model.replace("\0", ""): cost for model, cost in costs.items()}
    extra = {key: value for key, value in extra.items() if key not in KNOWN_KEYS}
    try:
        extra_json = msgspec.json.encode(extra).decode() if extra else ""
    except OverflowError:
        extra_json = ""
    terms = Terms(total, days)
    record = format_record(
        terms=terms,
        created_at_us=moments[0],
        last_updated_at_us=moments[1],
        cost_by_model=costs,
        extra_json=extra_json,
    )
    read_back = posted(json.loads(json.dumps(record)))
    assert read_back.terms == terms
    assert read_back.client_period == ClientPeriod(*moments)
    assert {model: cost for model, cost in read_back.cost_by_model.items() if cost} == costs
    assert json.loads(read_back.extra_json or "{}") == json.loads(extra_json or "{}")
