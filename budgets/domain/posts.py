"""`/set_budget`'s body: splitting it into users, and decoding their records (design R10)."""

from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

from budgets.domain.large_records import LARGE_BYTES, check_large_record
from budgets.domain.marks import MARK_KEY, Mark, MarkError, ViewToken, parse_mark, record_digest
from budgets.domain.plain_records import parse_plain_record
from budgets.domain.records import (
    MAX_FAULTS,
    Fault,
    PostedRecord,
    PostError,
    name_faults,
    parse_record,
    pointer,
)

# Litellm's records are three levels deep; other keys may be deeper.
MAX_DEPTH = 32

Shape = TypeVar("Shape", bound=msgspec.Struct)


class _Body(msgspec.Struct):
    project_name: str
    user_dict: dict[str, msgspec.Raw]


class _ReadBody(msgspec.Struct):
    project_name: str


class MalformedError(ValueError):
    """A body that is no JSON at all."""


class RawRecord(msgspec.Struct, frozen=True, gc=False):
    """One user of a post, not yet validated: its record as text, its digest, and its mark where it has one.

    The digest is of bytes, of which a post may have very many, rather than the text that others are kept and sent as.
    """

    name: str
    text: msgspec.Raw
    digest: bytes
    mark: Mark | None

    @property
    def record(self) -> Any:
        """The record, decoded again: kept of each user, it would take up ten times its text."""
        return msgspec.json.decode(self.text)

    def parse(self, *, is_marked: bool) -> PostedRecord:
        """Validate the record. Raises PostError with every fault in it."""
        digest = self.digest.hex()
        plain = parse_plain_record(self.name, self.text, digest=digest, is_marked=is_marked)
        return plain or parse_record(self.name, self.record, digest=digest, is_marked=is_marked)

    def is_like(self, digest: str | None) -> bool:
        """Whether the record is, to the letter, the one that had that digest."""
        return self.digest.hex() == digest


def decode_set_budget(body: bytes) -> tuple[str, dict[str, msgspec.Raw]]:
    """(project_name, user_dict) of a `/set_budget` body, the records still text.

    Raises MalformedError, or PostError where the shape is off.
    """
    decoded = _decode(body, _Body)
    _check_project_name(decoded.project_name)
    return decoded.project_name, decoded.user_dict


def as_posted(user_dict: Mapping[str, Any]) -> dict[str, msgspec.Raw]:
    """A dict of records as the body of a post carries it."""
    return {name: msgspec.Raw(msgspec.json.encode(record)) for name, record in user_dict.items()}


def decode_get_budget(body: bytes) -> str:
    """The project_name of a `/get_budget` body. Raises MalformedError, or PostError where the shape is off."""
    decoded = _decode(body, _ReadBody)
    _check_project_name(decoded.project_name)
    return decoded.project_name


def _decode(body: bytes, shape: type[Shape]) -> Shape:
    try:
        if not body.isascii():
            # Of what it skips, msgspec does not look at the bytes.
            body.decode()
        return msgspec.json.decode(body, type=shape)
    except msgspec.ValidationError as error:
        raise PostError([_fault_of(str(error), shape)]) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MalformedError(str(error)) from error
    except RecursionError as error:
        raise MalformedError("the JSON is nested too deep") from error


def _check_depth(record: Any) -> None:
    """Bound the nesting by our own figure: where Python's recursion ends differs from one release to the next."""
    level: list[Any] = [[record]]
    for _ in range(MAX_DEPTH):
        children = (child for one in level for child in (one.values() if isinstance(one, dict) else one))
        level = [child for child in children if isinstance(child, dict | list)]
        if not level:
            return
    raise MalformedError(f"the JSON is nested deeper than {MAX_DEPTH} levels")


def _fault_of(message: str, shape: type[msgspec.Struct]) -> Fault:
    """Msgspec's words ("Expected `str`, got `int` - at `$.project_name`") as a fault with its JSON Pointer."""
    detail, _, place = message.partition(" - at `$")
    # Inside an object msgspec says "[...]" for any key: the place is told as far as it is known.
    steps = [step for step in place.rstrip("`").partition("[")[0].split(".") if step]
    missing = next((name for name in shape.__struct_fields__ if message.endswith(f"required field `{name}`")), None)
    return Fault(pointer(*steps, *([missing] if missing else [])), "is missing" if missing else detail)


def _check_project_name(name: str) -> None:
    faults = name_faults(name) if name else ["the name must not be empty"]
    if faults:
        raise PostError([Fault(pointer("project_name"), detail) for detail in faults])


def read_records(user_dict: Mapping[str, msgspec.Raw], mark_key: bytes) -> list[RawRecord]:
    """The posted users with their marks and digests.

    Raises MalformedError where a record is no JSON, PostError where a mark is not one of this project's.
    """
    known_views: dict[str, ViewToken] = {}
    records, faults = [], []
    for name, raw in user_dict.items():
        try:
            records.append(_read_record(name, raw, mark_key, known_views))
        except PostError as error:
            faults.extend(error.faults)
        if len(faults) >= MAX_FAULTS:
            break
    if faults:
        raise PostError(faults)
    return records


def _read_record(name: str, raw: msgspec.Raw, mark_key: bytes, known_views: dict[str, ViewToken]) -> RawRecord:
    record = _decode_record(name, raw)
    if not isinstance(record, dict):
        raise PostError([Fault(pointer("user_dict", name), "must be an object")])
    try:
        digest = bytes.fromhex(record_digest(name, record))
        return RawRecord(name, raw, digest, _mark_of(record, mark_key, known_views))
    except MarkError as error:
        raise PostError([Fault(pointer("user_dict", name, MARK_KEY), str(error))]) from error
    except (OverflowError, ValueError, TypeError, RecursionError) as error:
        detail = "has a number too large to keep, or is nested too deep"
        raise PostError([Fault(pointer("user_dict", name), detail)]) from error


def _decode_record(name: str, raw: msgspec.Raw) -> Any:
    is_large = memoryview(raw).nbytes > LARGE_BYTES
    try:
        if is_large:
            check_large_record(name, raw)
        record = msgspec.json.decode(raw)
    except msgspec.ValidationError as error:
        raise PostError([Fault(pointer("user_dict", name), str(error))]) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise MalformedError(str(error)) from error
    except RecursionError as error:
        raise MalformedError("the JSON is nested too deep") from error
    text = bytes(raw)
    if text.count(b"{") + text.count(b"[") >= MAX_DEPTH:
        _check_depth(record)
    if is_large:
        # What is not good is refused now: there may be very many of them.
        parse_record(name, record, digest="", is_marked=False)
    return record


def _mark_of(record: Mapping[str, Any], mark_key: bytes, known_views: dict[str, ViewToken]) -> Mark | None:
    text = record.get(MARK_KEY)
    if text is None:
        return None
    if not isinstance(text, str):
        raise MarkError("must be a string")
    return parse_mark(text, mark_key, known_views)
