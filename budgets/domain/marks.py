"""View marks: the one extra key, `_view`, that every record handed out carries (design R1).

A mark is `<view>.<end user id>.<version>.<digest>`. The view part is signed with its project's key, so that views need
no row until they post; what follows says which state of which user was handed out, and what the record looked like.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

MARK_KEY = "_view"
NONCE_BYTES = 9
ROSTER_BYTES = 5
READ_AT_BYTES = 7
TAG_BYTES = 9
DIGEST_BYTES = 8
MARK_PATTERN = re.compile(r"([A-Za-z0-9_-]{40})\.([0-9a-f]{1,15})\.([0-9a-f]{1,15})\.([0-9a-f]{16})")


class MarkError(ValueError):
    """A `_view` that this server did not hand out for this project."""


@dataclass(frozen=True, slots=True)
class ViewToken:
    """One `/get_budget` answer: its own text, the project's roster count it was read at, and when (epoch µs)."""

    text: str
    read_roster_version: int
    read_at_us: int


class Mark(msgspec.Struct, frozen=True, gc=False):
    """A record's mark: the view, whose record it was, that user's version then, and the record's digest."""

    view: ViewToken
    end_user_id: int
    version: int
    digest: str


def _tag(payload: bytes, mark_key: bytes) -> bytes:
    return hashlib.blake2b(payload, digest_size=TAG_BYTES, key=mark_key).digest()


def issue_view_token(*, nonce: bytes, read_roster_version: int, read_at_us: int, mark_key: bytes) -> ViewToken:
    """Sign a new view. `nonce` is NONCE_BYTES random bytes; `mark_key` the project's secret."""
    payload = (
        nonce
        + read_roster_version.to_bytes(ROSTER_BYTES, "big")
        + read_at_us.to_bytes(READ_AT_BYTES, "big", signed=True)
    )
    text = base64.urlsafe_b64encode(payload + _tag(payload, mark_key)).decode()
    return ViewToken(text, read_roster_version, read_at_us)


def parse_view_token(text: str, mark_key: bytes) -> ViewToken:
    """Verify a view's text. Raises MarkError where it was not signed with `mark_key`."""
    raw = base64.urlsafe_b64decode(text)
    payload, tag = raw[:-TAG_BYTES], raw[-TAG_BYTES:]
    if not hmac.compare_digest(tag, _tag(payload, mark_key)):
        raise MarkError("this mark was not handed out for this project; call load_data()")
    roster = payload[NONCE_BYTES : NONCE_BYTES + ROSTER_BYTES]
    return ViewToken(text, int.from_bytes(roster, "big"), int.from_bytes(payload[-READ_AT_BYTES:], "big", signed=True))


def mark_rest(*, end_user_id: int, version: int, digest: str) -> str:
    """What follows the view in a mark, and is the same whoever reads."""
    return f".{end_user_id:x}.{version:x}.{digest}"


def parse_mark(text: str, mark_key: bytes, known_views: dict[str, ViewToken]) -> Mark:
    """Read a record's mark; views verified before are taken from, and new ones put into, `known_views`.

    Raises MarkError where the text is no mark, or not one of this project's.
    """
    match = MARK_PATTERN.fullmatch(text)
    if match is None:
        raise MarkError("is not a mark that this server hands out")
    view_text, end_user_id, version, digest = match.groups()
    view = known_views.get(view_text)
    if view is None:
        view = known_views[view_text] = parse_view_token(view_text, mark_key)
    return Mark(view, int(end_user_id, 16), int(version, 16), digest)


def record_digest(name: str, record: Mapping[str, Any]) -> str:
    """A digest of a user's wire record without its mark: equal digests mean that nothing in it has changed.

    The name is part of it, so that one user's record copied to another is news.
    """
    unmarked = {key: value for key, value in record.items() if key != MARK_KEY}
    return encoded_digest(msgspec.json.encode(name), msgspec.json.encode(unmarked))


def encoded_digest(name: bytes, unmarked: bytes) -> str:
    """The same of what is encoded already."""
    return hashlib.blake2b(b"[%b,%b]" % (name, unmarked), digest_size=DIGEST_BYTES).hexdigest()
