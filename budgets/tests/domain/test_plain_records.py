"""Records read the short way: as the strict reader reads them, or not at all."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from budgets.domain.plain_records import parse_plain_record
from budgets.domain.records import MAX_MODELS, PostedRecord, parse_record
from budgets.tests.domain.full_record import FULL, read

# At, and on both sides of, every bound of a field, and of other types.
FIGURES: tuple[Any, ...] = (
    *(0, 1, 28, 28.0, 0.1, -0.0, 1e-9, 1e-10, 0.3, 0.000225, 36_500, 36_501, 9_999_999.999999999),
    *(10_000_000, 10_000_000.0, 10_000_000.1, 253_402_300_799, 253_402_300_799.5, 253_402_300_800, 1e300),
    *(-1, -0.5, 1_800_000_000.123456, 2**53 + 1, 2**63, 10**30, True, False, None, "1", [], {}),
)
NAMES = ("gpt-4o", "", "a\0b", "x" * 255, "x" * 256, "Ü")
KEYS = ("total_budget", "duration", "created_at", "last_updated_at", "current_cost", "model_cost", "_view", "note")
CHANGES: tuple[dict[str, Any], ...] = (
    *({key: figure} for key in KEYS for figure in FIGURES),
    *({"model_cost": {"gpt-4o": figure, "other": 1}} for figure in FIGURES),
    *({"model_cost": {name: 1}} for name in NAMES),
    *({"model_cost": {f"model {number}": 1 for number in range(count)}} for count in (MAX_MODELS, MAX_MODELS + 1)),
)


def read_plain(record: object, name: str = "u") -> PostedRecord | None:
    return parse_plain_record(name, msgspec.Raw(json.dumps(record).encode()), digest="0" * 16, is_marked=False)


@settings(max_examples=500)
@given(st.lists(st.sampled_from(CHANGES), max_size=2))
def test_a_record_is_read_the_short_way_only_where_it_is_the_same(changes: list[dict[str, Any]]) -> None:
    check_short_way({**FULL, **{key: figure for change in changes for key, figure in change.items()}})


def test_no_bound_is_missing_on_the_short_way() -> None:
    for change in CHANGES:
        check_short_way({**FULL, **change})
    for name in NAMES:
        check_short_way(FULL, name)


def check_short_way(record: dict[str, Any], name: str = "u") -> None:
    plain = read_plain(record, name)
    if plain is not None:
        assert plain == read(json.loads(json.dumps(record)), name)


@pytest.mark.parametrize(
    "record",
    [
        FULL,
        FULL | {"_view": "mark", "total_budget": None, "model_cost": {f"m{number}": 0 for number in range(MAX_MODELS)}},
        {"total_budget": 5},
        {"total_budget": 5, "duration": None, "current_cost": None, "model_cost": None},
        {"total_budget": 5, "current_cost": 0, "model_cost": {}},
        {"total_budget": 5, "current_cost": 3},
        {"total_budget": 5, "created_at": 1_800_000_000, "last_updated_at": None},
    ],
)
def test_the_client_s_own_records_are_read_the_short_way(record: dict[str, Any]) -> None:
    plain = read_plain(record)
    assert plain is not None
    assert plain == read(record)


def test_of_a_key_given_twice_the_short_way_too_takes_the_last() -> None:
    text = msgspec.Raw(b'{"total_budget": 1, "model_cost": {"m": 1, "m": 2}, "total_budget": 3}')
    plain = parse_plain_record("u", text, digest="", is_marked=True)
    assert plain == parse_record("u", msgspec.json.decode(text), digest="", is_marked=True)
