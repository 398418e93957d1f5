"""Some hundred users' texts in a row, packed, so that a worker can keep those of a large project and stay small."""

import re
import zlib
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

# Goes where the view goes. No JSON has such a byte in it: within strings it is escaped.
VIEW = b"\0"
# What follows the view is the rest of a mark, without braces.
RECORD = re.compile(rb'"[^\0]*\0[^}]*}')
# Due at no time; 64 bits hold it.
NEVER_US = 2**63 - 1
# A change unpacks, and packs again, as many users; fewer a piece pack worse.
PIECE_USERS = 150
# The quickest packs records ten to one, and the slowest not much better.
LEVEL = 1
# What Python keeps beside a piece's text and figures.
OVERHEAD_BYTES = 600
FIGURES_BYTES = 3 * 8


class HandedUser(NamedTuple):
    """A user's part of what is handed out: `"name":{...}`, with VIEW in it."""

    end_user_id: int
    version: int
    due_us: int
    text: bytes


@dataclass(frozen=True, slots=True)
class Piece:
    """Users in the order of their ids, with what tells whether they have changed. Nobody writes to the arrays."""

    ids: "array[int]"
    versions: "array[int]"
    dues_us: "array[int]"
    versions_sum: int
    first_due_us: int
    is_packed: bool
    kept_text: bytes

    @classmethod
    def of(cls, users: Sequence[HandedUser], plain_bytes: int) -> "Piece":
        """Of one user at least; packed where the text is longer than `plain_bytes`."""
        ids, versions, dues_us, texts = zip(*users, strict=True)
        text = b",".join(texts)
        is_packed = len(text) > plain_bytes
        return cls(
            ids=array("q", ids),
            versions=array("q", versions),
            dues_us=array("q", dues_us),
            versions_sum=sum(versions),
            first_due_us=min(dues_us),
            is_packed=is_packed,
            kept_text=zlib.compress(text, LEVEL) if is_packed else text,
        )

    def text(self) -> bytes:
        """The users' texts with commas between, and with VIEW in each."""
        return zlib.decompress(self.kept_text) if self.is_packed else self.kept_text

    def users(self) -> Iterator[HandedUser]:
        """One by one."""
        texts = RECORD.findall(self.text())
        return map(HandedUser._make, zip(self.ids, self.versions, self.dues_us, texts, strict=True))

    def plain_bytes(self) -> int:
        """How much of its text is not packed."""
        return 0 if self.is_packed else len(self.kept_text)

    def size_bytes(self) -> int:
        """What it takes up, about."""
        return len(self.kept_text) + FIGURES_BYTES * len(self.ids) + OVERHEAD_BYTES

    def replaced(self, end_user_ids: Iterable[int], fresh: Mapping[int, HandedUser], plain_bytes: int) -> list["Piece"]:
        """The same with those users as they are in `fresh`, and without those that are not in it."""
        users = {user.end_user_id: user for user in self.users()}
        for end_user_id in end_user_ids:
            users.pop(end_user_id, None)
            if end_user_id in fresh:
                users[end_user_id] = fresh[end_user_id]
        return list(pieces_of((users[end_user_id] for end_user_id in sorted(users)), plain_bytes))


def pieces_of(users: Iterable[HandedUser], plain_bytes: int) -> Iterator[Piece]:
    """Pieces of PIECE_USERS each, in the same order; of their text, no more than `plain_bytes` is not packed."""
    rest = iter(users)
    while some := list(islice(rest, PIECE_USERS)):
        piece = Piece.of(some, plain_bytes)
        plain_bytes -= piece.plain_bytes()
        yield piece
