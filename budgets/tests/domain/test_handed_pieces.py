"""That pieces give back what was put in, whatever is in it, and take in what has changed."""

import pytest

from budgets.domain.handed_pieces import NEVER_US, PIECE_USERS, VIEW, HandedUser, Piece, pieces_of

PLENTY = 10**9
LONG = b'"note":"%b",' % (b"x" * 1000)


def user(number: int, *, version: int = 1, due_us: int = NEVER_US, more: bytes = LONG) -> HandedUser:
    text = b'"user {} %d":{%b"_view":"%b.%x.%x.0123456789abcdef"}' % (number, more, VIEW, number, version)
    return HandedUser(number, version, due_us, text)


@pytest.mark.parametrize(
    "more", [LONG, b"", b'"a":{"b":[{},"}","\\u0000","_view\\":\\""]},'], ids=["long", "short", "odd"]
)
@pytest.mark.parametrize("count", [1, 2, 100])
def test_users_are_as_they_were_put_in(count: int, more: bytes) -> None:
    users = [user(number, more=more) for number in range(count)]
    text = b",".join(one.text for one in users)
    for plain_bytes in (len(text), len(text) - 1):
        piece = Piece.of(users, plain_bytes)
        assert list(piece.users()) == users
        assert piece.text() == text
        assert piece.is_packed == (plain_bytes < len(text)) == (piece.plain_bytes() == 0)


def test_packing_makes_small_what_is_large_and_its_size_is_told() -> None:
    packed, plain = Piece.of([user(number) for number in range(400)], 0), Piece.of([user(1)], PLENTY)
    assert packed.is_packed
    assert len(packed.text()) > 400_000
    assert len(packed.kept_text) < packed.size_bytes() < 40_000
    assert plain.size_bytes() > len(plain.text()) > 1000


def test_figures_are_those_of_all_its_users() -> None:
    piece = Piece.of([user(1, version=5, due_us=70), user(2, version=7, due_us=60), user(3)], PLENTY)
    assert (piece.versions_sum, piece.first_due_us) == (13, 60)
    assert (list(piece.ids), list(piece.versions)) == ([1, 2, 3], [5, 7, 1])


@pytest.mark.parametrize("plain_bytes", [0, PLENTY])
@pytest.mark.parametrize("count", [3, 100])
def test_changed_new_and_gone_users_are_taken_in_where_they_belong(count: int, plain_bytes: int) -> None:
    numbers = range(0, 10 * count, 10)
    piece = Piece.of([user(number, due_us=number) for number in numbers], plain_bytes)
    fresh = {one.end_user_id: one for one in (user(5), user(20, version=2, due_us=9))}
    expected = Piece.of(
        [user(5), user(10, due_us=10), user(20, version=2, due_us=9), *list(piece.users())[3:]], plain_bytes
    )
    assert piece.replaced([0, 5, 20, 4711], fresh, plain_bytes) == [expected]


def test_a_piece_that_nobody_is_left_of_is_gone() -> None:
    assert Piece.of([user(1), user(2)], PLENTY).replaced([2, 1], {}, PLENTY) == []


def test_no_piece_grows_without_an_end() -> None:
    users = [user(number, more=b"") for number in range(2 * PIECE_USERS + 1)]
    assert [len(piece.ids) for piece in pieces_of(users, PLENTY)] == [PIECE_USERS, PIECE_USERS, 1]
    full = Piece.of(users[:PIECE_USERS], PLENTY)
    grown = full.replaced([one.end_user_id for one in users], {one.end_user_id: one for one in users}, PLENTY)
    assert grown == list(pieces_of(users, PLENTY))


def test_no_more_than_is_said_is_left_unpacked() -> None:
    users = [user(number) for number in range(5 * PIECE_USERS)]
    plain_bytes = 3 * PIECE_USERS * len(users[0].text)
    pieces = list(pieces_of(users, plain_bytes))
    assert [piece.is_packed for piece in pieces] == [False, False, True, True, True]
    assert sum(piece.plain_bytes() for piece in pieces) <= plain_bytes
