"""The text that is handed out: what msgspec makes of the records, wherever it is cut into pieces."""

import zlib
from datetime import UTC, datetime

import msgspec
import pytest

from budgets.domain import handed_out
from budgets.domain.handed_out import PLAIN_BYTES, HandedOut, HandedRow, Stamp, hand_out
from budgets.domain.handed_pieces import PIECE_USERS
from budgets.domain.handed_records import format_record
from budgets.domain.marks import MARK_KEY, issue_view_token, mark_rest, record_digest
from budgets.domain.periods import iso_epoch_us
from budgets.domain.terms import Terms

VIEW = issue_view_token(nonce=b"123456789", read_roster_version=0, read_at_us=0, mark_key=b"k")
OTHER_VIEW = issue_view_token(nonce=b"987654321", read_roster_version=0, read_at_us=0, mark_key=b"k")
CREATED_AT, STARTS_AT, DUE_AT = "2026-01-02 03:04:05.678901", "2026-02-03 00:00:00", "2026-03-03 00:00:00"
DUE_AT_MOMENT = datetime(2026, 3, 3, tzinfo=UTC)
# What might be taken for the place of the view, the end of a record, or the text between two.
ODD = ("\x01\n", '"', "}", '"},"', '{"_view":"', "\\u0000", "\\", "ünïcode", "", ",", VIEW.text)


def row(end_user_id: int, *, name: str | None = None, version: int = 1, extra: object = None) -> HandedRow:
    extra_json = "" if extra is None else msgspec.json.encode(extra).decode()
    name = f"user {end_user_id}" if name is None else name
    costs = f'{{"gpt-4o":{225_000 + version},"":7}}'
    return (end_user_id, name, version, extra_json, 10**10, 28, CREATED_AT, STARTS_AT, DUE_AT, costs, 3)


def plainly(rows: list[HandedRow], view_text: str = VIEW.text) -> bytes:
    """The same by way of one dict, encoded at once."""
    records = {}
    for end_user_id, name, version, extra_json, total, days, created_at, starts_at, _, costs_json, _ in rows:
        record = format_record(
            terms=Terms(total, days),
            created_at_us=None if created_at is None else iso_epoch_us(created_at),
            last_updated_at_us=iso_epoch_us(starts_at),
            cost_by_model=msgspec.json.decode(costs_json),
            extra_json=extra_json,
        )
        digest = record_digest(name, record)
        mark = VIEW.text + mark_rest(end_user_id=end_user_id, version=version, digest=digest)
        records[name] = record | {MARK_KEY: view_text + mark.removeprefix(VIEW.text)}
    return msgspec.json.encode(records)


@pytest.mark.parametrize("count", [0, 1, 10, PIECE_USERS - 1, PIECE_USERS, PIECE_USERS + 1, 1234])
def test_packed_or_not_the_text_is_that_of_the_records(count: int) -> None:
    rows = [row(number) for number in range(1, count + 1)]
    handed = hand_out(rows)
    assert handed.text(VIEW) == plainly(rows)
    assert handed.text(OTHER_VIEW) == plainly(rows, OTHER_VIEW.text)
    assert handed.number_of_users() == count


@pytest.mark.parametrize("is_packed", [False, True])
def test_nothing_that_a_client_writes_is_taken_for_the_view_or_for_a_border(
    is_packed: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if is_packed:
        monkeypatch.setattr(handed_out, "PLAIN_BYTES", 0)
    values = ["\0", *ODD]
    rows = [
        row(
            number,
            name=f"{name}{number // len(ODD)}" if number >= len(ODD) else name,
            extra={"note": values, name: "\0"},
        )
        for number, name in enumerate(ODD * 60)
    ]
    handed = hand_out(rows)
    assert all(piece.is_packed == is_packed for piece in handed.pieces)
    assert handed.text(VIEW) == plainly(rows)
    rows[3] = row(3, name=rows[3][1], version=9, extra={"note": values})
    assert handed.with_changes(3, [3], [rows[3]]).text(VIEW) == plainly(rows)


def changed_here_and_there(handed: HandedOut, rows: list[HandedRow]) -> tuple[HandedOut, list[HandedRow]]:
    """Users of several pieces changed, two gone, and new ones before, among and behind the others."""
    by_id = {one[0]: one for one in rows}
    gone, news = {rows[0][0], rows[7][0]}, [1, 15, 100_001]
    others = [one for place, one in enumerate(rows) if place in {3, PIECE_USERS - 1, PIECE_USERS, 777, len(rows) - 1}]
    fresh = [row(end_user_id, version=5) for end_user_id in (*news, *(one[0] for one in others))]
    by_id |= {one[0]: one for one in fresh}
    now = [by_id[end_user_id] for end_user_id in sorted(by_id.keys() - gone)]
    changed = handed.changed([(one[0], one[2]) for one in now])
    assert sorted(changed) == sorted({*gone, *(one[0] for one in fresh)})
    return handed.with_changes(8, changed, fresh), now


def test_what_has_changed_in_several_pieces_is_as_if_all_were_encoded_anew() -> None:
    rows = [row(10 * number) for number in range(1, 1235)]
    fresh, now = changed_here_and_there(hand_out(rows), rows)
    assert fresh.text(VIEW) == plainly(now)
    assert fresh.stamp() == Stamp(8, sum(one[2] for one in now))
    # And once more, from what is no longer cut evenly.
    assert fresh.with_changes(9, [1, 20, 7770], [row(1, version=6), row(20, version=6)]).text(VIEW) == plainly(
        [row(1, version=6), *(row(20, version=6) if one[0] == 20 else one for one in now[1:] if one[0] != 7770)]
    )


def test_pieces_that_nothing_has_changed_in_are_not_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handed_out, "PLAIN_BYTES", 0)
    numbers = range(1, 3 * PIECE_USERS + 1)
    amid = PIECE_USERS + 7
    handed = hand_out([row(number) for number in numbers])
    fresh = handed.with_changes(3, [amid], [row(amid, version=2)])
    assert [one is other for one, other in zip(handed.pieces, fresh.pieces, strict=True)] == [True, False, True]
    # To ask what has changed, nothing is unpacked.
    monkeypatch.setattr(zlib, "decompress", None)
    assert fresh.changed((number, 1) for number in numbers) == [amid]
    assert fresh.stamp() == Stamp(3, len(numbers) + 1)
    assert fresh.due_at() == DUE_AT_MOMENT


def test_a_project_of_many_users_is_kept_in_a_tenth_of_its_text() -> None:
    handed = hand_out([row(number) for number in range(1, 10_001)])
    assert len(handed.text(VIEW)) > 2_300_000
    assert handed.size_bytes() < 850_000


def test_a_project_that_grows_by_and_by_is_packed_too() -> None:
    rows = [row(number) for number in range(1, 1_001)]
    handed = hand_out(rows)
    assert not any(piece.is_packed for piece in handed.pieces)
    for first in range(1_001, 3_001, 100):
        fresh = [row(number) for number in range(first, first + 100)]
        rows += fresh
        handed = handed.with_changes(3, [one[0] for one in fresh], fresh)
    assert handed.text(VIEW) == plainly(rows)
    assert sum(piece.plain_bytes() for piece in handed.pieces) <= PLAIN_BYTES


def test_whoever_comes_first_is_handed_out() -> None:
    rows = [row(7), row(5)]
    handed = hand_out([]).with_changes(3, [5, 7], rows)
    assert handed.text(VIEW) == plainly(sorted(rows))
    assert handed.stamp() == Stamp(3, 2)


def test_pieces_that_have_become_many_for_their_users_are_noticed() -> None:
    rows = [row(end_user_id) for end_user_id in range(1, 5 * PIECE_USERS + 1)]
    handed = hand_out(rows)
    assert not handed.is_scattered()
    for at in range(0, len(rows), PIECE_USERS):
        gone = range(rows[at][0] + 1, rows[at][0] + PIECE_USERS)
        handed = handed.with_changes(3, gone, [])
    assert handed.number_of_users() == 5
    assert handed.is_scattered()
