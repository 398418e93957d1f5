"""Large records: good ones are read, and others refused before much is made of them."""

import json
import tracemalloc
from operator import attrgetter
from typing import Any
from unittest.mock import Mock

import pytest

from budgets.domain import large_records
from budgets.domain.large_records import LARGE_BYTES
from budgets.domain.marks import MARK_KEY
from budgets.domain.posts import MalformedError, as_posted, decode_set_budget, read_records
from budgets.domain.records import MAX_EXTRA_BYTES, MAX_FAULTS, MAX_MODELS, PostError

KEY = b"k" * 32
NESTED: Any = 1
for _ in range(30):
    NESTED = [NESTED]
MANY = {f"key-{number}": NESTED for number in range(5_000)}
TOO_MUCH = f"has over {MAX_EXTRA_BYTES} bytes of keys that are not litellm's"


def faults_of(record: Any) -> list[tuple[str, str]]:
    with pytest.raises(PostError) as caught:
        read_records(as_posted({"u": record}), KEY)
    return [(fault.pointer, fault.detail) for fault in caught.value.faults]


@pytest.mark.parametrize(
    ("record", "place", "detail"),
    [
        (list(MANY.values()), "", "must be an object"),
        ({"total_budget": 1} | MANY, "", TOO_MUCH),
        ({"total_budget": 1, "note": "x" * (MAX_EXTRA_BYTES + 1)}, "", TOO_MUCH),
        ({"total_budget": MANY}, "/total_budget", "must be a number"),
        ({"total_budget": 1, MARK_KEY: MANY}, f"/{MARK_KEY}", "must be a string"),
        ({"total_budget": 1, "model_cost": [MANY]}, "/model_cost", "must be an object of numbers by model"),
        ({"total_budget": 1, "model_cost": {"gpt-4o": MANY}}, "/model_cost/gpt-4o", "must be a number"),
    ],
)
def test_what_no_large_record_may_hold_is_refused_with_its_place(record: Any, place: str, detail: str) -> None:
    assert faults_of(record) == [(f"/user_dict/u{place}", detail)]


def test_faults_are_told_in_the_records_own_order() -> None:
    keys = ["last_updated_at", "current_cost", "duration", "total_budget", "created_at"]
    faults = faults_of(dict.fromkeys(keys, MANY))
    assert [place for place, _ in faults] == [f"/user_dict/u/{key}" for key in keys]


def test_of_too_many_models_a_few_faults_are_told() -> None:
    faults = faults_of({"total_budget": 1, "model_cost": MANY})
    assert faults[0] == ("/user_dict/u/model_cost", f"must not name more than {MAX_MODELS} models")
    assert len(faults) == MAX_FAULTS


def test_what_is_refused_takes_up_little_beside_its_text() -> None:
    posted = as_posted({"u": {"total_budget": 1} | MANY})
    tracemalloc.start()
    try:
        with pytest.raises(PostError):
            read_records(posted, KEY)
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    # Decoded, it takes up twenty times that and more.
    assert most < 4 * memoryview(posted["u"]).nbytes


@pytest.mark.parametrize(
    "record",
    [
        {"total_budget": 1, "current_cost": MAX_MODELS, "model_cost": {f"{n:0250}": 1 for n in range(MAX_MODELS)}},
        {"total_budget": 1, "note": "é" * (MAX_EXTRA_BYTES // 2 - 20), "tags": []},
    ],
    ids=["models with long names", "escaped text of other keys"],
)
def test_a_good_large_record_is_read(record: dict[str, Any]) -> None:
    text = json.dumps({"project_name": "p", "user_dict": {"u": record}}, indent=2).encode()
    assert len(text) > LARGE_BYTES
    (read,) = read_records(decode_set_budget(text)[1], KEY)
    assert read.parse(is_marked=False).name == "u"
    assert read.record == record


def test_a_large_record_with_a_fault_is_refused_when_it_is_read() -> None:
    costs = {f"{n:0100}": 1 for n in range(MAX_MODELS)} | {"": "1"}
    assert faults_of({"total_budget": 1, "model_cost": costs})[0][0] == "/user_dict/u/model_cost"


def test_a_large_record_nested_without_an_end_is_no_json() -> None:
    body = b'{"project_name": "p", "user_dict": {"u": {"total_budget": 1, "note": %b}}}' % (
        b"[" * 100_000 + b"]" * 100_000
    )
    with pytest.raises(MalformedError, match="nested"):
        read_records(decode_set_budget(body)[1], KEY)


@pytest.mark.parametrize(
    ("record", "looked_at"),
    [
        ({"total_budget": 1} | dict.fromkeys(map(str, range(50_000)), 1), "msgspec.json.format"),
        ({"total_budget": 1, "model_cost": dict.fromkeys(map(str, range(50_000)), 1)}, "_is_container"),
    ],
    ids=["keys", "models"],
)
def test_of_very_many_not_each_is_looked_at(
    monkeypatch: pytest.MonkeyPatch, record: dict[str, Any], looked_at: str
) -> None:
    look = Mock(wraps=attrgetter(looked_at)(large_records))
    monkeypatch.setattr(f"{large_records.__name__}.{looked_at}", look)
    faults_of(record)
    assert 0 < look.call_count < 25_000
