"""Pages of a long list without OFFSET and without a count: each begins beside the last row of the page before."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import Enum
from typing import Any, TypeVar

import msgspec
from django.db.models import F, Model, Q, QuerySet

from budgets.domain.periods import epoch_us, from_epoch_us

M = TypeVar("M", bound=Model)
# The longest is that of a name: JSON takes up to six bytes for a character, base64 four for three, and a little more
# stands beside it.
MAX_NAME_CHARS = 255
MAX_CURSOR_CHARS = MAX_NAME_CHARS * 6 * 4 // 3 + 200
MAX_ID = 2**63 - 1
KeyValue = str | int | float | datetime | None


@dataclass(frozen=True, slots=True)
class Shared:
    """The least key of an order, where many rows have it, and a condition by which an index finds them."""

    key: float
    where: Q


@dataclass(frozen=True, slots=True)
class Sort:
    """An order: by what (a path from the row), of which type, and which way. Null comes last, either way."""

    path: str
    kind: type
    descending: bool = False
    nullable: bool = False
    shared: Shared | None = None


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page begins: beside the row with this key and id, after it or before it.

    `now` is the moment that the order was read at, where it depends on one.
    """

    key: KeyValue
    pk: int
    is_before: bool
    now: datetime


@dataclass(frozen=True, slots=True)
class Keys:
    """The ids of a page's rows in order, and the cursors of its neighbours."""

    ids: list[int]
    previous: Cursor | None
    next: Cursor | None


def read_keys(rows: QuerySet[M], sort: Sort, cursor: Cursor | None, *, size: int, now: datetime) -> Keys:
    """Read one page.

    A page before that came out short, or a page without rows, as these may have moved, is the first page instead.
    """
    found = _walk(rows, sort, cursor, size + 1)
    has_more = len(found) > size
    found = found[:size]
    if cursor is not None and cursor.is_before:
        if not has_more:
            return read_keys(rows, sort, None, size=size, now=now)
        found.reverse()
    if not found:
        # Beyond the last row that is left.
        return Keys([], None, None) if cursor is None else read_keys(rows, sort, None, size=size, now=now)
    first, last = found[0], found[-1]
    is_back = cursor is not None and cursor.is_before
    has_previous, has_next = cursor is not None, is_back or has_more
    return Keys(
        [pk for _, pk in found],
        Cursor(*first, is_before=True, now=now) if has_previous else None,
        Cursor(*last, is_before=False, now=now) if has_next else None,
    )


class _Part(Enum):
    """A stretch of an order that is read by itself."""

    SHARED = "the least key, which many rows share"
    OWN = "the other keys"
    NULL = "no key"


def _parts(sort: Sort) -> list[_Part]:
    with_key = [_Part.SHARED, _Part.OWN] if sort.shared else [_Part.OWN]
    if sort.descending:
        with_key.reverse()
    return [*with_key, *([_Part.NULL] if sort.nullable else [])]


def _part_of(key: KeyValue, sort: Sort) -> _Part:
    if key is None:
        return _Part.NULL
    return _Part.SHARED if sort.shared and key == sort.shared.key else _Part.OWN


def _walk(rows: QuerySet[M], sort: Sort, cursor: Cursor | None, limit: int) -> list[tuple[Any, int]]:
    """Keys and ids from the cursor on, in its direction: each part for itself, for that is how an index has them."""
    backwards = cursor is not None and cursor.is_before
    parts = _parts(sort)
    if backwards:
        parts.reverse()
    begins = None if cursor is None else _part_of(cursor.key, sort)
    found: list[tuple[Any, int]] = []
    for part in parts if begins is None else parts[parts.index(begins) :]:
        page = _page(rows, sort, cursor if part is begins else None, part, descending=sort.descending != backwards)
        found += page[: limit - len(found)]
        if len(found) == limit:
            break
    return found


def _in_part(rows: QuerySet[M], sort: Sort, part: _Part) -> QuerySet[M]:
    if sort.shared and part is _Part.SHARED:
        return rows.filter(sort.shared.where)
    if sort.shared and part is _Part.OWN:
        return rows.filter(**{f"{sort.path}__gt": sort.shared.key})
    return rows.filter(**{f"{sort.path}__isnull": part is _Part.NULL}) if sort.nullable else rows


def _page(
    rows: QuerySet[M], sort: Sort, cursor: Cursor | None, part: _Part, *, descending: bool
) -> "QuerySet[Any, tuple[Any, int]]":
    side = "lt" if descending else "gt"
    rows = _in_part(rows, sort, part)
    if cursor is not None and part is not _Part.OWN:
        rows = rows.filter(**{f"pk__{side}": cursor.pk})
    elif cursor is not None:
        # The first condition alone tells an index where to begin.
        beside = Q(**{f"{sort.path}__{side}": cursor.key}) | Q(**{f"pk__{side}": cursor.pk})
        rows = rows.filter(Q(**{f"{sort.path}__{side}e": cursor.key}) & beside)
    keys = (sort.path, "pk") if part is _Part.OWN else ("pk",)
    order = [F(key).desc() if descending else F(key).asc() for key in keys]
    return rows.order_by(*order).values_list(sort.path, "pk")


def cursor_text(cursor: Cursor, sort: Sort) -> str:
    """The cursor for a URL. It holds what the row shows anyway, and lets nobody see more than the list does."""
    key = epoch_us(cursor.key) if isinstance(cursor.key, datetime) else cursor.key
    parts = [sort.path, sort.descending, key, cursor.pk, cursor.is_before, epoch_us(cursor.now)]
    return base64.urlsafe_b64encode(msgspec.json.encode(parts)).decode().rstrip("=")


def read_cursor(text: str, sorts: Mapping[str, Sort]) -> tuple[Sort, Cursor] | None:
    """The cursor in a URL with its order; None where it is none of ours."""
    try:
        padded = text[:MAX_CURSOR_CHARS] + "=" * (-len(text) % 4)
        raw = base64.b64decode(padded, altchars=b"-_", validate=True)
        path, descending, key, pk, is_before, now_us = msgspec.json.decode(
            raw, type=tuple[str, bool, str | int | float | None, int, bool, int]
        )
        known = next(one for one in sorts.values() if one.path == path)
        sort = replace(known, descending=descending)
        now = from_epoch_us(now_us)
        return sort, Cursor(_typed(key, sort), _bounded(pk), is_before, now)
    except (ValueError, OverflowError, StopIteration, binascii.Error, msgspec.DecodeError):
        return None


def _typed(key: str | int | float | None, sort: Sort) -> KeyValue:
    """The key as its column has it. Raises ValueError where it cannot be one."""
    if key is None and sort.nullable:
        return None
    if sort.kind is datetime and isinstance(key, int):
        return from_epoch_us(key)
    if sort.kind is float and isinstance(key, int | float):
        return float(key)
    if sort.kind is int and isinstance(key, int):
        return _bounded(key)
    if sort.kind is str and isinstance(key, str) and "\0" not in key:
        return key
    raise ValueError("not a key of this order")


def _bounded(number: int) -> int:
    if not -MAX_ID <= number <= MAX_ID:
        raise ValueError("beyond 64 bits")
    return number


def moment_of(text: str, sorts: Mapping[str, Sort], *, now: datetime) -> datetime:
    """The moment that the cursor's order was read at; `now` without one. Never one to come."""
    read = read_cursor(text, sorts)
    return min(read[1].now, now).astimezone(UTC) if read else now
