"""A project's records as the text that `/get_budget` answers with: encoded once, however many views are handed it."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import NamedTuple

import msgspec

from budgets.domain.handed_pieces import NEVER_US, PIECE_USERS, VIEW, HandedUser, Piece, pieces_of
from budgets.domain.handed_records import format_record
from budgets.domain.marks import MARK_KEY, ViewToken, encoded_digest, mark_rest
from budgets.domain.periods import from_epoch_us, iso_epoch_us
from budgets.domain.terms import Terms

# What is read of one user to hand it out: its id, name, version, other keys as JSON, limit in nano-USD, duration in
# days, when its budget was created, when its open period began and is due, and its nano-USD by model, as JSON; then
# the project's roster version. Moments are in ISO's form. A tuple as the database gives it: to make anything else of
# it takes long among 100,000.
HandedRow = tuple[int, str, int, str, int | None, int | None, str | None, str, str | None, str, int]

_encode = msgspec.json.Encoder().encode
_decode_costs = msgspec.json.Decoder(dict[str, int]).decode
# Of a project's text, what is left as it is: a thousand users' is handed out a quarter sooner for it.
PLAIN_BYTES = 256 * 1024
# What is kept of a project without users, and where it is kept.
PROJECT_OVERHEAD_BYTES = 600
# A record has a total_budget at least, so that a comma goes before the mark.
_MARKED = b'%%b:%%b,"%b":"%b%%b"}' % (MARK_KEY.encode(), VIEW)


class Stamp(NamedTuple):
    """What tells one state of a project's live users from every other.

    With the roster's count, who is live cannot have changed; and a user's version only grows, with every change of what
    is handed out. So the same count and the same sum mean the same records, whichever process has written meanwhile.
    """

    roster_version: int
    versions: int


@dataclass(frozen=True, slots=True)
class HandedOut:
    """The records' text in pieces, in the order that they are handed out in: that of the users' ids."""

    roster_version: int
    pieces: Sequence[Piece]

    def text(self, view: ViewToken) -> bytes:
        """The JSON object of all records, each with its mark."""
        token = view.text.encode()
        # Of the unpacked pieces, never more than one beside it.
        text = BytesIO()
        separator = b"{"
        for piece in self.pieces:
            text.write(separator)
            text.write(piece.text().replace(VIEW, token))
            separator = b","
        text.write(b"}" if self.pieces else b"{}")
        return text.getvalue()

    def stamp(self) -> Stamp:
        """Of the state that it shows."""
        return Stamp(self.roster_version, sum(piece.versions_sum for piece in self.pieces))

    def due_at(self) -> datetime | None:
        """When the first of its users is to roll; None where none is."""
        first_us = min((piece.first_due_us for piece in self.pieces), default=NEVER_US)
        return None if first_us == NEVER_US else from_epoch_us(first_us)

    def size_bytes(self) -> int:
        """What it takes up, about."""
        return PROJECT_OVERHEAD_BYTES + sum(piece.size_bytes() for piece in self.pieces)

    def number_of_users(self) -> int:
        """How many it hands out."""
        return sum(len(piece.ids) for piece in self.pieces)

    def is_scattered(self) -> bool:
        """Whether its users stand in more than twice as many pieces as they need: pieces part, and are not joined."""
        return len(self.pieces) > 2 * (self.number_of_users() // PIECE_USERS + 1)

    def changed(self, versions: Iterable[tuple[int, int]]) -> list[int]:
        """Whose version is another than in `versions`, those of all live users: also who has come or gone."""
        others = dict(versions)
        changed = [
            end_user_id
            for piece in self.pieces
            for end_user_id, version in zip(piece.ids, piece.versions, strict=True)
            if others.pop(end_user_id, None) != version
        ]
        return [*changed, *others]

    def with_changes(self, roster_version: int, changed: Iterable[int], rows: Iterable[HandedRow]) -> "HandedOut":
        """The same with the `changed` users as the rows have them, and without those that have no row."""
        fresh = {user.end_user_id: user for user in map(encode_user, rows)}
        if not self.pieces:
            return HandedOut(roster_version, list(pieces_of((fresh[pk] for pk in sorted(fresh)), PLAIN_BYTES)))
        by_place = defaultdict(list)
        first_ids = [piece.ids[0] for piece in self.pieces]
        for end_user_id in changed:
            by_place[max(bisect_right(first_ids, end_user_id) - 1, 0)].append(end_user_id)
        pieces: list[Piece] = []
        plain_bytes = PLAIN_BYTES
        for place, piece in enumerate(self.pieces):
            now = piece.replaced(by_place[place], fresh, plain_bytes) if place in by_place else [piece]
            plain_bytes -= sum(one.plain_bytes() for one in now)
            pieces += now
        return HandedOut(roster_version, pieces)


def hand_out(rows: Sequence[HandedRow]) -> HandedOut:
    """Encode those users' records; the rows come in the order of their ids."""
    return HandedOut(rows[0][-1] if rows else 0, list(pieces_of(map(encode_user, rows), PLAIN_BYTES)))


def encode_user(row: HandedRow) -> HandedUser:
    """A user's text, with VIEW in it."""
    end_user_id, name, version, extra_json, total, duration_days, created_at, starts_at, due_at, costs_json, _ = row
    record = format_record(
        terms=Terms(total, duration_days),
        created_at_us=None if created_at is None else iso_epoch_us(created_at),
        last_updated_at_us=iso_epoch_us(starts_at),
        cost_by_model=_decode_costs(costs_json),
        extra_json=extra_json,
    )
    encoded_name, text = _encode(name), _encode(record)
    rest = mark_rest(end_user_id=end_user_id, version=version, digest=encoded_digest(encoded_name, text))
    marked = _MARKED % (encoded_name, text[:-1], rest.encode())
    return HandedUser(end_user_id, version, NEVER_US if due_at is None else iso_epoch_us(due_at), marked)
