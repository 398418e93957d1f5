"""The decoder and the reader of records under bodies that hypothesis makes: an answer or one of two errors, always."""

import json
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from budgets.domain.marks import MARK_KEY
from budgets.domain.posts import MalformedError, decode_get_budget, decode_set_budget, read_records
from budgets.domain.records import MAX_FAULTS, MAX_POINTER_STEP, Fault, PostError

MARK_KEY_BYTES = b"k" * 32
NUMBERS = (
    st.integers()
    | st.floats()
    | st.sampled_from((-0.0, 1e400, 5e-324, 10**400, 2**63, -(2**64), 253_402_300_799.5, float("nan"), float("inf")))
)
# With lone surrogates, which Python's writer spells as JSON's escapes.
TEXTS = st.text(st.characters(), max_size=12) | st.sampled_from(("\ud800", "a\0b", "x" * 300, "__proto__", ""))
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)
KEYS = st.sampled_from(
    ("total_budget", "duration", "created_at", "last_updated_at", "current_cost", "model_cost", MARK_KEY, "note")
)
RECORDS = st.dictionaries(KEYS, JSON | st.dictionaries(TEXTS, NUMBERS, max_size=3), max_size=8)
GOOD = st.just({"total_budget": 1, "current_cost": 0.5, "model_cost": {"m": 0.5}})
MARKS = st.from_regex(r"[A-Za-z0-9_-]{40}\.[0-9a-f]{1,15}\.[0-9a-f]{1,15}\.[0-9a-f]{16}", fullmatch=True)
POSTS = st.fixed_dictionaries(
    {
        "project_name": st.just("p") | JSON,
        "user_dict": st.dictionaries(TEXTS, RECORDS | GOOD | MARKS.map(lambda mark: {MARK_KEY: mark}), max_size=4)
        | JSON,
    }
)


def check_faults(faults: list[Fault]) -> None:
    """Few, each with its place and what is wrong there, and fit to be sent."""
    assert 1 <= len(faults) <= MAX_FAULTS
    for fault in faults:
        assert fault.detail
        assert fault.pointer == "" or fault.pointer.startswith("/")
        # Four steps at most, in which every character may be spelt with two.
        assert len(fault.pointer) <= 4 * 2 * (MAX_POINTER_STEP + 1)
    msgspec.json.encode([fault.pointer for fault in faults])


def take_in(body: bytes) -> None:
    """Decode and read a body as the endpoint does, and hold the outcome against what the domain promises."""
    try:
        name, user_dict = decode_set_budget(body)
        records = read_records(user_dict, MARK_KEY_BYTES)
        parsed = [record.parse(is_marked=record.mark is not None) for record in records]
    except MalformedError:
        return
    except PostError as error:
        check_faults(error.faults)
        return
    assert "\0" not in name
    for one in parsed:
        assert "\0" not in one.name + "".join(one.cost_by_model)
        assert all(type(cost) is int and 0 <= cost <= 10**16 for cost in one.cost_by_model.values())
        assert one.terms.total_budget_nanousd is None or 0 <= one.terms.total_budget_nanousd <= 10**16


@settings(max_examples=300)
@given(POSTS)
def test_any_json_is_read_or_refused(post: Any) -> None:
    take_in(json.dumps(post).encode())


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    take_in(body)


@given(st.binary(max_size=40))
def test_any_bytes_in_place_of_a_record_are_read_or_refused(body: bytes) -> None:
    take_in(b'{"project_name":"p","user_dict":{"u":' + body + b"}}")


@given(JSON | st.fixed_dictionaries({"project_name": JSON}))
def test_any_read_is_read_or_refused(body: Any) -> None:
    try:
        name = decode_get_budget(json.dumps(body).encode())
    except (MalformedError, PostError):
        return
    assert name
    assert "\0" not in name
