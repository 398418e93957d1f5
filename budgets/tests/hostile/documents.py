"""JSON documents as an attacker writes them: what Python's own writer would not write, and bytes torn afterwards."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Raw:
    """Bytes that stand in a document as they are, JSON or not."""

    text: bytes


class Pairs(list[tuple[str, Any]]):
    """An object whose keys may come more than once."""


def encode(node: Any) -> bytes:
    """The document's bytes."""
    if isinstance(node, Raw):
        return node.text
    if isinstance(node, Pairs | dict):
        pairs = node if isinstance(node, Pairs) else node.items()
        return b"{" + b",".join(json.dumps(key).encode() + b":" + encode(value) for key, value in pairs) + b"}"
    if isinstance(node, list):
        return b"[" + b",".join(encode(value) for value in node) + b"]"
    return json.dumps(node).encode()


def nested(depth: int, opening: bytes, closing: bytes) -> Raw:
    """`depth` levels of one kind."""
    return Raw(opening * depth + b"1" + closing * depth)


def places(node: Any) -> list[tuple[Any, Any]]:
    """Every (container, key or index) of a document made of dicts and lists."""
    found: list[tuple[Any, Any]] = []
    keys = list(node) if isinstance(node, dict) else range(len(node)) if type(node) is list else ()
    for key in keys:
        found.append((node, key))
        found.extend(places(node[key]))
    return found


# --- Bytes ----------------------------------------------------------------------------------------------------------

Tear = Callable[[random.Random, bytes], bytes]


def _cut(rng: random.Random, body: bytes) -> bytes:
    return body[: rng.randrange(len(body) + 1)]


def _flip(rng: random.Random, body: bytes) -> bytes:
    torn = bytearray(body)
    for _ in range(rng.randint(1, 4)):
        if torn:
            torn[rng.randrange(len(torn))] ^= 1 << rng.randrange(8)
    return bytes(torn)


def _insert(rng: random.Random, body: bytes) -> bytes:
    at = rng.randrange(len(body) + 1)
    junk = rng.choice((b"\0", b"\xff", b"\xed\xa0\x80", b"\n", b",", b'"', b"}", b"\\u0000", rng.randbytes(8)))
    return body[:at] + junk + body[at:]


def _drop(rng: random.Random, body: bytes) -> bytes:
    at = rng.randrange(len(body) + 1)
    return body[:at] + body[at + rng.randint(1, 8) :]


def _repeat(rng: random.Random, body: bytes) -> bytes:
    at = rng.randrange(len(body) + 1)
    return body[:at] + body[at : at + rng.randint(1, 40)] * rng.randint(2, 5) + body[at:]


def _recode(rng: random.Random, body: bytes) -> bytes:
    coding = rng.choice(("utf-16", "utf-32", "utf-8-sig", "utf-7"))
    return body.decode(errors="replace").encode(coding)


def _double(rng: random.Random, body: bytes) -> bytes:
    return body + rng.choice((b"", b" ", b"\n", b"\0")) + body


TEARS: tuple[Tear, ...] = (_cut, _flip, _flip, _insert, _drop, _repeat, _recode, _double)


def torn(rng: random.Random, body: bytes) -> bytes:
    """The body after one to three accidents."""
    for _ in range(rng.randint(1, 3)):
        body = rng.choice(TEARS)(rng, body)
    return body
