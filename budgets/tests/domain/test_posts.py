"""`/set_budget`'s body: decoded whole, refused with the place at fault."""

import pytest

from budgets.domain.marks import issue_view_token, mark_rest, record_digest
from budgets.domain.posts import (
    MalformedError,
    RawRecord,
    as_posted,
    decode_get_budget,
    decode_set_budget,
    read_records,
)
from budgets.domain.records import MAX_FAULTS, PostError

KEY = b"k" * 32


def set_faults(body: bytes) -> list[tuple[str, str]]:
    with pytest.raises(PostError) as caught:
        read_records(decode_set_budget(body)[1], KEY)
    return [(fault.pointer, fault.detail) for fault in caught.value.faults]


def test_a_body_is_decoded() -> None:
    body = b'{"project_name": "p", "user_dict": {"u": {"total_budget": 1}}, "more": [1]}'
    name, user_dict = decode_set_budget(body)
    assert (name, {user: bytes(raw) for user, raw in user_dict.items()}) == ("p", {"u": b'{"total_budget": 1}'})
    assert decode_get_budget(b'{"project_name": "p"}') == "p"


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        (b"[]", [("", "Expected `object`, got `array`")]),
        (b"null", [("", "Expected `object`, got `null`")]),
        (b"{}", [("/project_name", "is missing")]),
        (b'{"project_name": "p"}', [("/user_dict", "is missing")]),
        (b'{"project_name": 5, "user_dict": {}}', [("/project_name", "Expected `str`, got `int`")]),
        (b'{"project_name": "p", "user_dict": []}', [("/user_dict", "Expected `object`, got `array`")]),
        (b'{"project_name": "", "user_dict": {}}', [("/project_name", "the name must not be empty")]),
        (
            b'{"project_name": "' + b"p" * 256 + b'", "user_dict": {}}',
            [("/project_name", "the name must not be longer than 255 characters")],
        ),
        (
            b'{"project_name": "\\u0000", "user_dict": {}}',
            [("/project_name", "the name must not hold a NUL character")],
        ),
    ],
)
def test_a_wrong_shape_is_refused_with_its_place(body: bytes, faults: list[tuple[str, str]]) -> None:
    assert set_faults(body) == faults


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"not json",
        b'{"project_name": "p", "user_dict": {"u": {"total_budget": NaN}}}',
        b'{"project_name": "p", "user_dict": {"u": {"total_budget": Infinity}}}',
        b'{"project_name": "\\ud800", "user_dict": {}}',
        b'{"project_name": "\xff", "user_dict": {}}',
        b'{"project_name": "p", "user_dict": {"u": ' + b"[" * 100_000,
        b'{"project_name": "p", "user_dict": ' + b'{"a":' * 5_000 + b"1" + b"}" * 5_001,
    ],
)
def test_what_is_no_json_is_malformed(body: bytes) -> None:
    # Nesting that a Python bears is refused with the record.
    with pytest.raises(MalformedError):
        read_records(decode_set_budget(body)[1], KEY)


def test_of_a_key_given_twice_the_last_counts() -> None:
    body = b'{"project_name": "p", "user_dict": {"u": {"total_budget": 1}, "u": {"total_budget": 2}}}'
    assert bytes(decode_set_budget(body)[1]["u"]) == b'{"total_budget": 2}'


def mark_text(name: str, record: dict[str, object]) -> str:
    view = issue_view_token(nonce=b"n" * 9, read_roster_version=1, read_at_us=5, mark_key=KEY)
    return view.text + mark_rest(end_user_id=1, version=1, digest=record_digest(name, record))


def test_records_come_with_their_marks_and_digests() -> None:
    record: dict[str, object] = {"total_budget": 1}
    marked = record | {"_view": mark_text("u", record)}
    first, second = read_records(as_posted({"u": marked, "v": record}), KEY)
    assert first.mark
    assert first.mark.digest == record_digest("u", record)
    assert first.is_like(record_digest("u", record))
    assert second == RawRecord("v", as_posted({"v": record})["v"], bytes.fromhex(record_digest("v", record)), None)
    assert not any(second.is_like(digest) for digest in (record_digest("u", record), "", None))
    assert second.parse(is_marked=False).digest == record_digest("v", record)


@pytest.mark.parametrize(
    ("mark", "says"),
    [
        (5, "must be a string"),
        ({}, "must be a string"),
        ("", "is not a mark that this server hands out"),
        ("x", "is not a mark that this server hands out"),
    ],
)
def test_what_is_no_mark_is_refused_with_its_place(mark: object, says: str) -> None:
    with pytest.raises(PostError) as caught:
        read_records(as_posted({"a/b": {"total_budget": 1, "_view": mark}}), KEY)
    assert [(one.pointer, one.detail) for one in caught.value.faults] == [("/user_dict/a~1b/_view", says)]


def test_a_null_mark_is_none() -> None:
    (record,) = read_records(as_posted({"u": {"total_budget": 1, "_view": None}}), KEY)
    assert record.mark is None


def test_a_mark_of_another_project_is_refused() -> None:
    with pytest.raises(PostError, match="not handed out for this project"):
        read_records(as_posted({"u": {"_view": mark_text("u", {})}}), b"o" * 32)


@pytest.mark.parametrize(
    "body",
    [
        b'{"project_name": "p", "user_dict": {}, "more": "\xff"}',
        b'{"project_name": "p", "user_dict": {"a": {"x": "\xff"}, "a": {}}}',
    ],
)
def test_what_is_not_utf_8_is_refused_where_nothing_reads_it(body: bytes) -> None:
    with pytest.raises(MalformedError):
        decode_set_budget(body)


def test_what_is_no_record_is_refused() -> None:
    with pytest.raises(PostError, match="must be an object"):
        read_records(as_posted({"u": 5}), KEY)


def test_faults_stop_at_a_bound() -> None:
    with pytest.raises(PostError) as caught:
        read_records(as_posted({str(number): 5 for number in range(1_000)}), KEY)
    assert len(caught.value.faults) == MAX_FAULTS


def test_a_number_of_any_length_that_means_nothing_here_is_kept() -> None:
    _, user_dict = decode_set_budget(
        b'{"project_name": "p", "user_dict": {"u": {"total_budget": 1, "note": 1%0400d}}}' % 0
    )
    (record,) = read_records(user_dict, KEY)
    assert record.parse(is_marked=False).extra_json == f'{{"note":{10**400}}}'


@pytest.mark.parametrize("number", [b"1e400", b"-1e400", b"9" * 5_000])
def test_a_number_beyond_every_range_is_refused_with_its_place(number: bytes) -> None:
    body = b'{"project_name": "p", "user_dict": {"u": {"total_budget": 1, "note": %s}}}' % number
    ((where, detail),) = set_faults(body)
    assert where == "/user_dict/u"
    assert "out of range" in detail
