"""The wire's records: read strictly, every fault with its place."""

import json
from typing import Any

import pytest

from budgets.domain.records import (
    MAX_EXTRA_BYTES,
    MAX_FAULTS,
    MAX_MODELS,
    UNATTRIBUTED,
    ClientPeriod,
    PostError,
    pointer,
)
from budgets.domain.terms import Terms
from budgets.tests.domain.full_record import FULL, read


def faults_of(record: object, name: str = "u") -> list[tuple[str, str]]:
    with pytest.raises(PostError) as caught:
        read(record, name)
    return [(fault.pointer, fault.detail) for fault in caught.value.faults]


def test_a_full_record_is_read() -> None:
    record = read(FULL)
    assert record.terms == Terms(10_500_000_000, 7)
    assert record.client_period == ClientPeriod(1_800_000_000_123_456, 1_800_000_500_500_000)
    assert record.cost_by_model == {"gpt-4o": 225_000}
    assert record.has_costs
    assert not record.is_zeroed
    assert record.extra_json == ""


def test_the_least_that_create_budget_makes_is_read() -> None:
    record = read({"total_budget": None})
    assert record.terms == Terms(None, None)
    assert record.client_period == ClientPeriod(None, None)
    assert record.cost_by_model == {}
    assert not record.has_costs
    assert not record.is_zeroed


def test_zeros_that_are_there_are_a_reset() -> None:
    assert read({"total_budget": 1, "current_cost": 0, "model_cost": {}}).is_zeroed
    assert read({"total_budget": 1, "current_cost": 0.0, "model_cost": {"m": 0}}).is_zeroed


def test_without_last_updated_at_the_window_began_when_it_was_created() -> None:
    assert read({"total_budget": 1, "created_at": 5}).client_period == ClientPeriod(5_000_000, 5_000_000)


def test_moments_are_compared_in_microseconds() -> None:
    # Two floats of one moment, as time.time() and a division make them.
    first, second = 1_800_000_000.1234560, 1_800_000_000.1234562
    assert first != second
    assert read(FULL | {"created_at": first}).client_period == read(FULL | {"created_at": second}).client_period


@pytest.mark.parametrize(
    ("costs", "unattributed"),
    [
        ({"current_cost": 5}, 5_000_000_000),
        ({"current_cost": 5, "model_cost": {}}, 5_000_000_000),
        ({"current_cost": 5, "model_cost": {"m": 3}}, 2_000_000_000),
        ({"current_cost": 5, "model_cost": {"m": 5}}, None),
        ({"current_cost": 3, "model_cost": {"m": 5}}, None),
        # 0.1 + 0.2 and 0.3: the client's own float noise.
        ({"current_cost": 0.1 + 0.2 + 1e-9, "model_cost": {"a": 0.1, "b": 0.2}}, None),
        ({"current_cost": 0.3 + 4e-9, "model_cost": {"a": 0.1, "b": 0.2}}, 4),
        ({"current_cost": 1e-9}, 1),
    ],
)
def test_what_no_model_accounts_for_is_unattributed(costs: dict[str, Any], unattributed: int | None) -> None:
    assert read({"total_budget": 1} | costs).cost_by_model.get(UNATTRIBUTED) == unattributed


def test_a_client_that_says_less_in_all_than_by_model_is_taken_by_model() -> None:
    assert read({"total_budget": 1, "current_cost": 1, "model_cost": {"m": 5}}).cost_by_model == {"m": 5_000_000_000}


@pytest.mark.parametrize(
    ("change", "where", "says"),
    [
        ({"total_budget": "10"}, "/total_budget", "must be a number"),
        ({"total_budget": True}, "/total_budget", "must be a number"),
        ({"total_budget": -1}, "/total_budget", "must not be negative"),
        ({"total_budget": float("nan")}, "/total_budget", "must be a finite number"),
        ({"total_budget": float("inf")}, "/total_budget", "must be a finite number"),
        ({"total_budget": 10**30}, "/total_budget", "must not be beyond 10000000 USD"),
        ({"duration": 0}, "/duration", "must be a whole number of days from 1 to 36500"),
        ({"duration": 1.5}, "/duration", "must be a whole number of days from 1 to 36500"),
        ({"duration": 36_501}, "/duration", "must be a whole number of days from 1 to 36500"),
        ({"duration": -7}, "/duration", "must be a whole number of days from 1 to 36500"),
        ({"duration": "weekly"}, "/duration", "must be a number"),
        ({"duration": float("nan")}, "/duration", "must be a finite number"),
        ({"created_at": -1}, "/created_at", "must be seconds since 1970, before the year 10000"),
        ({"created_at": "now"}, "/created_at", "must be a number"),
        ({"last_updated_at": 1e18}, "/last_updated_at", "must be seconds since 1970, before the year 10000"),
        ({"current_cost": -0.1}, "/current_cost", "must not be negative"),
        ({"current_cost": []}, "/current_cost", "must be a number"),
        ({"model_cost": []}, "/model_cost", "must be an object of numbers by model"),
        ({"model_cost": 0}, "/model_cost", "must be an object of numbers by model"),
        ({"model_cost": {"a/b~c": -1}}, "/model_cost/a~1b~0c", "must not be negative"),
        ({"model_cost": {"m": None}}, "/model_cost/m", "must be a number"),
        ({"model_cost": {"m\0": 1}}, "/model_cost/m\0", "the name must not hold a NUL character"),
        (
            {"model_cost": {"m" * 256: 1}},
            "/model_cost/" + "m" * 256,
            "the name must not be longer than 255 characters",
        ),
        (
            {"model_cost": {str(number): 0 for number in range(MAX_MODELS + 1)}},
            "/model_cost",
            f"must not name more than {MAX_MODELS} models",
        ),
        ({"note": "x" * MAX_EXTRA_BYTES}, "", f"has over {MAX_EXTRA_BYTES} bytes of keys that are not litellm's"),
    ],
)
def test_each_fault_is_named_with_its_place(change: dict[str, Any], where: str, says: str) -> None:
    assert faults_of(FULL | change) == [("/user_dict/u" + where, says)]


def test_a_missing_total_budget_is_a_fault() -> None:
    assert faults_of({"duration": 1}) == [("/user_dict/u/total_budget", "is missing")]


@pytest.mark.parametrize("record", [None, 5, "x", [], True])
def test_what_is_no_object_is_a_fault(record: object) -> None:
    assert faults_of(record, "a/b") == [("/user_dict/a~1b", "must be an object")]


@pytest.mark.parametrize("name", ["u" * 256, "u\0"])
def test_a_users_name_is_bounded(name: str) -> None:
    assert [where for where, _ in faults_of(FULL, name)] == [f"/user_dict/{name}"]
    assert read(FULL, "u" * 255).name == "u" * 255


def test_every_fault_of_a_record_is_told_at_once() -> None:
    assert [where for where, _ in faults_of({"duration": 0, "current_cost": -1})] == [
        "/user_dict/u/total_budget",
        "/user_dict/u/duration",
        "/user_dict/u/current_cost",
    ]


def test_the_list_of_faults_is_bounded() -> None:
    assert len(faults_of({"total_budget": 1, "model_cost": {str(number): -1 for number in range(50)}})) == MAX_FAULTS


def test_unknown_keys_are_kept() -> None:
    record = read(FULL | {"team": {"name": "ä", "size": 3}, "tags": [1, None]})
    assert json.loads(record.extra_json) == {"team": {"name": "ä", "size": 3}, "tags": [1, None]}


def test_the_mark_is_no_unknown_key() -> None:
    assert read(FULL | {"_view": "x"}).extra_json == ""


def test_a_pointer_escapes_as_rfc_6901_says() -> None:
    assert pointer("a/b", "c~d", "~1", "") == "/a~1b/c~0d/~01/"
    assert pointer() == ""
