"""A project's records as the text that `/get_budget` answers with: encoded once, however many views are handed it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from budgets.domain.marks import MARK_KEY, ViewToken, encoded_digest, mark_rest
from budgets.domain.periods import epoch_us
from budgets.domain.records import format_record
from budgets.domain.terms import Terms

MARK_FOLLOWS = f',"{MARK_KEY}":"'.encode()


class HandedRow(NamedTuple):
    """What is read of one user to hand it out; money in nano-USD. `roster_version` is the project's."""

    end_user_id: int
    name: str
    version: int
    extra_json: str
    total_budget_nanousd: int | None
    duration_days: int | None
    created_at: datetime | None
    starts_at: datetime
    due_at: datetime | None
    cost_by_model: dict[str, int]
    roster_version: int


@dataclass(frozen=True, slots=True)
class HandedOut:
    """The records' text, in pieces: between each two of them goes the view that they are handed to.

    `due_at` is when the first of them is to roll, None where none is. `stamp` is what `stamp_of` gives for as long as
    nothing in them has changed.
    """

    pieces: list[bytes]
    due_at: datetime | None
    stamp: tuple[int, int]

    def text(self, view: ViewToken) -> bytes:
        """The JSON object of all records, each with its mark."""
        return view.text.encode().join(self.pieces)

    @property
    def size_bytes(self) -> int:
        """How long its text is, but for the views."""
        return sum(map(len, self.pieces))


def hand_out(rows: Iterable[HandedRow]) -> HandedOut:
    """Encode those users' records."""
    pieces, end = [], b"{"
    versions = roster_version = 0
    due_at = None
    for row in rows:
        start, rest = _encode(row)
        pieces.append(end + start)
        end = rest + b","
        versions += row.version
        roster_version = row.roster_version
        if row.due_at is not None and (due_at is None or row.due_at < due_at):
            due_at = row.due_at
    pieces.append(end[:-1] + b"}" if pieces else b"{}")
    return HandedOut(pieces, due_at, (roster_version, versions))


def _encode(row: HandedRow) -> tuple[bytes, bytes]:
    """The user's part of the text, up to where the view goes, and from there on."""
    record: dict[str, Any] = format_record(
        terms=Terms(row.total_budget_nanousd, row.duration_days),
        created_at_us=None if row.created_at is None else epoch_us(row.created_at),
        last_updated_at_us=epoch_us(row.starts_at),
        cost_by_model=row.cost_by_model,
        extra_json=row.extra_json,
    )
    name, text = msgspec.json.encode(row.name), msgspec.json.encode(record)
    mark = mark_rest(end_user_id=row.end_user_id, version=row.version, digest=encoded_digest(name, text))
    # A record has a total_budget at least, so that a comma goes before the mark.
    return b"%b:%b%b" % (name, text[:-1], MARK_FOLLOWS), b'%b"}' % mark.encode()
