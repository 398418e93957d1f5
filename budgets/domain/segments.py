"""Digests of what a program last posted, a few users to each: what is posted again to the letter needs no other look.

A program posts its whole dict after every change, and most of it as before. The users are dealt out to segments by
their names, and each segment's text has one digest; only where it differs are records read. `Digests` is what is kept
of a view: 8 bytes for some 32 users.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any
from zlib import crc32

import msgspec

# As many users as one can look at for each post whatever the size of the project.
SEGMENT_USERS = 32
# A database's integer column has a sign.
HASH_BITS = 31
MAX_SEGMENT_BITS = 16
DIGEST_BYTES = 8
STAMP_BYTES = 8
# Of a segment that has something to look at, however it is posted next.
UNKNOWN = bytes(DIGEST_BYTES)

RawDict = Mapping[str, msgspec.Raw]
# A name, its record, the next name, and so on: a dict takes a third longer to fill, and more memory.
Segment = list[Any]


@dataclass(frozen=True, slots=True)
class Digests:
    """The digest of each of 2^`bits` segments; UNKNOWN where nothing is known. `stamp` counts their changes."""

    stamp: int = 0
    bits: int = 0
    by_segment: tuple[bytes, ...] = (UNKNOWN,)

    @classmethod
    def from_bytes(cls, stored: bytes) -> "Digests":
        """As `to_bytes` wrote them; nothing known where nothing was."""
        if not stored:
            return cls()
        stamp, bits, rest = stored[:STAMP_BYTES], stored[STAMP_BYTES], stored[STAMP_BYTES + 1 :]
        digests = tuple(rest[at : at + DIGEST_BYTES] for at in range(0, len(rest), DIGEST_BYTES))
        return cls(int.from_bytes(stamp, "big"), bits, digests)

    def to_bytes(self) -> bytes:
        """For the database."""
        return self.stamp.to_bytes(STAMP_BYTES, "big") + bytes([self.bits]) + b"".join(self.by_segment)

    def forgotten(self) -> "Digests":
        """What is left once something has changed in segments that cannot be told."""
        return Digests(stamp=self.stamp + 1)

    def with_segments(self, bits: int, by_segment: Sequence[bytes]) -> "Digests":
        """What is known after a post."""
        return replace(self, stamp=self.stamp + 1, bits=bits, by_segment=tuple(by_segment))


@dataclass(frozen=True, slots=True)
class Cut:
    """A posted dict, dealt out to 2^`bits` segments, each with the digest of its text."""

    bits: int
    segments: list[Segment]
    digests: list[bytes]

    def unlike(self, known: Digests) -> list[int]:
        """The segments that are not, to the letter, as they are known to have been."""
        if known.bits != self.bits:
            return list(range(len(self.digests)))
        pairs = enumerate(zip(self.digests, known.by_segment, strict=True))
        return [index for index, (posted, before) in pairs if posted != before]

    def users_of(self, indexes: Sequence[int]) -> dict[str, msgspec.Raw]:
        """The users in those segments."""
        parts = [self.segments[index] for index in indexes]
        return {name: raw for part in parts for name, raw in zip(part[::2], part[1::2], strict=True)}

    def let_go(self) -> None:
        """Forget who is in the segments; what is told of them stays."""
        self.segments.clear()

    def hash_range(self, index: int) -> tuple[int, int]:
        """The first and the last `name_hash` of the segment."""
        width = 1 << (HASH_BITS - self.bits)
        return index * width, (index + 1) * width - 1

    def segment_of(self, name: str) -> int:
        """Which segment a user is in, posted or not."""
        return name_hash(name) >> (HASH_BITS - self.bits)


def name_hash(name: str) -> int:
    """Spreads names evenly over HASH_BITS; the first bits are the segment."""
    return crc32(name.encode()) >> 1


def cut(user_dict: RawDict, known: Digests) -> Cut:
    """Deal out the users; to as many segments as are known, as long as these are not far from SEGMENT_USERS each."""
    bits = _bits(len(user_dict), known)
    # name_hash is written out: a call for each user takes as long as all the rest.
    shift = 1 + HASH_BITS - bits
    segments: list[Segment] = [[] for _ in range(1 << bits)]
    for name, raw in user_dict.items():
        segment = segments[crc32(name.encode()) >> shift]
        segment.append(name)
        segment.append(raw)
    return Cut(bits, segments, [_digest(segment) for segment in segments])


def _bits(users: int, known: Digests) -> int:
    if known.stamp and SEGMENT_USERS // 4 <= users >> known.bits <= SEGMENT_USERS * 4:
        return known.bits
    return min(MAX_SEGMENT_BITS, max(0, (users // SEGMENT_USERS).bit_length()))


def _digest(segment: Segment) -> bytes:
    # Encoded as one JSON array, so that no other names and records can make the same text. Of the hashes that Python
    # has, processors work this one out by themselves.
    return sha256(msgspec.json.encode(segment)).digest()[:DIGEST_BYTES]
