"""Segments of a posted dict: equal digests mean equal text, and only then."""

from itertools import pairwise

import pytest

from budgets.domain import segments
from budgets.domain.posts import as_posted
from budgets.domain.segments import HASH_BITS, MAX_SEGMENT_BITS, SEGMENT_USERS, UNKNOWN, Cut, Digests, cut, name_hash


def users(count: int) -> dict[str, object]:
    return {f"user {number}": {"total_budget": number} for number in range(count)}


def known_from(parts: Cut, known: Digests | None = None) -> Digests:
    return (known or Digests()).with_segments(parts.bits, parts.digests)


def test_only_the_segment_of_a_changed_user_is_unlike() -> None:
    before = users(1000)
    known = known_from(cut(as_posted(before), Digests()))
    assert cut(as_posted(before), known).unlike(known) == []
    assert cut(as_posted(dict(reversed(before.items()))), known).unlike(known) != []
    after = cut(as_posted(before | {"user 7": {"total_budget": 1}}), known)
    assert after.unlike(known) == [after.segment_of("user 7")]
    low, high = after.hash_range(after.segment_of("user 7"))
    assert low <= name_hash("user 7") <= high
    assert "user 7" in after.users_of(after.unlike(known))
    assert len(after.users_of(after.unlike(known))) < 3 * SEGMENT_USERS


@pytest.mark.parametrize(
    "posted",
    [
        {"a": {"x": 1}},
        {"a": {"x": 1}, "b": {"y": 3}},
        {"a": {"x": 1}, 'b",{"y":2},"c': {"y": 2}},
        {'a",{"x":1},"b': {"y": 2}},
        {"a": [{"x": 1}, "b", {"y": 2}]},
        {"b": {"y": 2}, "a": {"x": 1}},
        {"a": {"y": 2}, "b": {"x": 1}},
        {"a": {"x": 1.0}, "b": {"y": 2}},
    ],
)
def test_other_text_has_another_digest(posted: dict[str, object]) -> None:
    known = known_from(cut(as_posted({"a": {"x": 1}, "b": {"y": 2}}), Digests()))
    assert cut(as_posted(posted), known).unlike(known) == [0]


def test_who_is_in_the_segments_can_be_forgotten_but_not_what_is_told_of_them() -> None:
    parts = cut(as_posted(users(200)), Digests())
    known = known_from(parts)
    parts.let_go()
    assert parts.segments == []
    assert (parts.unlike(known), parts.unlike(Digests())) == ([], list(range(1 << parts.bits)))


def test_the_segments_cover_every_hash_once() -> None:
    parts = cut(as_posted(users(1000)), Digests())
    ranges = [parts.hash_range(index) for index in range(len(parts.segments))]
    assert ranges[0][0] == 0
    assert ranges[-1][1] == (1 << HASH_BITS) - 1
    assert all(before[1] + 1 == after[0] for before, after in pairwise(ranges))
    for index, segment in enumerate(parts.segments):
        assert all(parts.segment_of(name) == index for name in segment[::2])


def test_as_many_segments_as_before_until_they_grow_far_too_large_or_small() -> None:
    known = known_from(cut(as_posted(users(SEGMENT_USERS * 8)), Digests()))
    for count, stays in ((16, True), (64, True), (70, False), (4, True), (2, False)):
        parts = cut(as_posted(users(SEGMENT_USERS * count)), known)
        assert (parts.bits == known.bits) is stays, count
        assert stays or parts.unlike(known) == list(range(len(parts.segments)))


def test_there_is_an_end_to_the_segments() -> None:
    assert segments._bits(10**9, Digests()) == MAX_SEGMENT_BITS


def test_unknown_segments_are_unlike_any_and_what_is_known_is_kept_as_bytes() -> None:
    parts = cut(as_posted(users(200)), Digests())
    known = Digests().with_segments(parts.bits, [UNKNOWN, *parts.digests[1:]])
    assert parts.unlike(known) == [0]
    assert Digests.from_bytes(known.to_bytes()) == known
    assert Digests.from_bytes(b"") == Digests()
    assert (known.forgotten().stamp, known.forgotten().by_segment) == (known.stamp + 1, (UNKNOWN,))
