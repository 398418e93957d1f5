"""View marks: signed for one project, and told from anything else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budgets.domain.marks import MARK_PATTERN, Mark, MarkError, issue_view_token, mark_rest, parse_mark, record_digest

KEY, OTHER_KEY = b"k" * 32, b"o" * 32
RECORD = {"total_budget": 10, "duration": 1, "current_cost": 0.000225, "model_cost": {"gpt-4o": 0.000225}}


def mark_text(*, key: bytes = KEY, roster: int = 3, read_at_us: int = 1_800_000_000_000_000, version: int = 7) -> str:
    view = issue_view_token(nonce=b"n" * 9, read_roster_version=roster, read_at_us=read_at_us, mark_key=key)
    return view.text + mark_rest(end_user_id=12, version=version, digest=record_digest("u", RECORD))


def test_a_mark_comes_back_as_it_was_handed_out() -> None:
    mark = parse_mark(mark_text(), KEY, {})
    assert mark == Mark(mark.view, 12, 7, record_digest("u", RECORD))
    assert mark.view.read_roster_version == 3
    assert mark.view.read_at_us == 1_800_000_000_000_000


@given(st.integers(0, 2**40 - 1), st.integers(-(2**55), 2**55 - 1), st.integers(0, 2**59))
def test_every_count_and_moment_round_trips(roster: int, read_at_us: int, version: int) -> None:
    mark = parse_mark(mark_text(roster=roster, read_at_us=read_at_us, version=version), KEY, {})
    assert (mark.view.read_roster_version, mark.view.read_at_us, mark.version) == (roster, read_at_us, version)


def test_another_projects_mark_is_refused() -> None:
    with pytest.raises(MarkError, match="not handed out for this project"):
        parse_mark(mark_text(key=OTHER_KEY), KEY, {})


@pytest.mark.parametrize("at", range(0, 40, 3))
def test_a_forged_view_is_refused(at: int) -> None:
    text = mark_text()
    forged = text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]
    with pytest.raises(MarkError):
        parse_mark(forged, KEY, {})


@pytest.mark.parametrize(
    "text",
    ["", "x", "None", "." * 60, "é" * 40 + ".1.1." + "0" * 16, mark_text() + " ", mark_text() + "\n", mark_text()[:-1]],
)
def test_what_is_no_mark_is_refused(text: str) -> None:
    with pytest.raises(MarkError, match="not a mark"):
        parse_mark(text, KEY, {})


def test_a_view_is_verified_once_for_all_of_its_records() -> None:
    known: dict[str, object] = {}
    first = parse_mark(mark_text(version=1), KEY, known)  # type: ignore[arg-type]
    second = parse_mark(mark_text(version=2), OTHER_KEY, known)  # type: ignore[arg-type]
    assert second.view is first.view
    assert len(known) == 1


def test_the_digest_leaves_the_mark_out_and_takes_all_else_in() -> None:
    digest = record_digest("u", RECORD)
    assert record_digest("u", RECORD | {"_view": "x"}) == digest
    others = [
        record_digest("v", RECORD),
        record_digest("u", RECORD | {"total_budget": 11}),
        record_digest("u", RECORD | {"note": None}),
        record_digest("u", {}),
    ]
    assert len({digest, *others}) == 5


def test_a_mark_is_short() -> None:
    assert MARK_PATTERN.fullmatch(mark_text())
    assert len(mark_text()) < 90
