"""A project's records as the text that `/get_budget` answers with: encoded once, however many views are handed it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from budgets.domain.marks import MARK_KEY, ViewToken, encoded_digest, mark_rest
from budgets.domain.periods import epoch_us
from budgets.domain.records import format_record
from budgets.domain.terms import Terms

MARK_FOLLOWS = f',"{MARK_KEY}":"'.encode()
# What Python keeps beside the text of a user.
OVERHEAD_BYTES = 250


class HandedRow(NamedTuple):
    """What is read of one user to hand it out; money in nano-USD."""

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
    roster_version: int  # the project's


class HandedUser(NamedTuple):
    """A user's part of the text: up to where the view goes, and from there on."""

    version: int
    due_at: datetime | None
    before_view: bytes
    after_view: bytes


class Stamp(NamedTuple):
    """What tells one state of a project's live users from every other.

    With the roster's count, who is live cannot have changed; and a user's version only grows, with every change of what
    is handed out. So the same count and the same sum mean the same records, whichever process has written meanwhile.
    """

    roster_version: int
    versions: int


@dataclass(frozen=True, slots=True)
class HandedOut:
    """The records' text by user, in the order that they are handed out in."""

    roster_version: int
    users: Mapping[int, HandedUser]

    def text(self, view: ViewToken) -> bytes:
        """The JSON object of all records, each with its mark."""
        token = view.text.encode()
        return b"{%b}" % b",".join([user.before_view + token + user.after_view for user in self.users.values()])

    def stamp(self) -> Stamp:
        """Of the state that it shows."""
        return Stamp(self.roster_version, sum(user.version for user in self.users.values()))

    def due_at(self) -> datetime | None:
        """When the first of its users is to roll; None where none is."""
        return min((user.due_at for user in self.users.values() if user.due_at is not None), default=None)

    def size_bytes(self) -> int:
        """What it takes up, about."""
        return sum(len(user.before_view) + len(user.after_view) + OVERHEAD_BYTES for user in self.users.values())

    def changed(self, versions: Mapping[int, int]) -> list[int] | None:
        """Whose version is another than in `versions`; None where these are not the same users."""
        if versions.keys() != self.users.keys():
            return None
        return [end_user_id for end_user_id, user in self.users.items() if user.version != versions[end_user_id]]

    def with_changes(self, rows: Iterable[HandedRow]) -> "HandedOut":
        """The same with those of its users as they are now."""
        return HandedOut(self.roster_version, {**self.users, **hand_out(rows).users})


def hand_out(rows: Iterable[HandedRow]) -> HandedOut:
    """Encode those users' records."""
    roster_version, users = 0, {}
    for row in rows:
        users[row.end_user_id] = _encode(row)
        roster_version = row.roster_version
    return HandedOut(roster_version, users)


def _encode(row: HandedRow) -> HandedUser:
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
    return HandedUser(row.version, row.due_at, b"%b:%b%b" % (name, text[:-1], MARK_FOLLOWS), b'%b"}' % mark.encode())
