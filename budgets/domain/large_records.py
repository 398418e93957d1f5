"""Refusing what is too large before it becomes Python objects, which take up many times their text, and seconds."""

from collections.abc import Iterator
from itertools import accumulate, islice

import msgspec

from budgets.domain.marks import MARK_KEY
from budgets.domain.records import (
    KNOWN_KEYS,
    MAX_EXTRA_BYTES,
    MAX_FAULTS,
    MAX_MODELS,
    TOO_MANY_MODELS,
    TOO_MUCH_EXTRA,
    Fault,
    PostError,
    pointer,
)

# Longer is a good record only where it has very many models, or text that is escaped, or spaces between its values.
LARGE_BYTES = MAX_EXTRA_BYTES
# Escaped, as "\u00e9", text takes up to six times what is kept of it.
MOST_ESCAPED = 6
_OPENING = frozenset(b"[{")

_objects = msgspec.json.Decoder(dict[str, msgspec.Raw])


def check_large_record(name: str, text: msgspec.Raw) -> None:
    """Look at a record whose values are still text for what would be refused once they are decoded.

    Raises PostError where it is found; msgspec.DecodeError or RecursionError where the text is no JSON.
    """
    found = islice(_faults(text), MAX_FAULTS)
    faults = [Fault(pointer("user_dict", name, *steps), detail) for steps, detail in found]
    if faults:
        raise PostError(faults)


def _faults(text: msgspec.Raw) -> Iterator[tuple[tuple[str, ...], str]]:
    """Each with the steps to its place in the record."""
    fields = _object(text)
    if fields is None:
        yield (), "must be an object"
        return
    costs = fields.pop("model_cost", None)
    if costs is not None and _is_container(costs):
        yield from _cost_faults(costs)
    for key in [key for key in fields if key in KNOWN_KEYS]:
        if _is_container(fields.pop(key)):
            yield (key,), "must be a string" if key == MARK_KEY else "must be a number"
    sizes = (len(key) + len(msgspec.json.format(bytes(value), indent=-1)) for key, value in fields.items())
    # There may be millions: a few tell enough.
    if any(so_far > MAX_EXTRA_BYTES * MOST_ESCAPED for so_far in accumulate(sizes)):
        yield (), TOO_MUCH_EXTRA


def _cost_faults(costs: msgspec.Raw) -> Iterator[tuple[tuple[str, ...], str]]:
    by_model = _object(costs)
    if by_model is None:
        yield ("model_cost",), "must be an object of numbers by model"
        return
    if len(by_model) > MAX_MODELS:
        yield ("model_cost",), TOO_MANY_MODELS
    # Beyond as many as may be, one is told already.
    for model, value in islice(by_model.items(), MAX_MODELS):
        if _is_container(value):
            yield ("model_cost", model), "must be a number"


def _object(text: msgspec.Raw) -> dict[str, msgspec.Raw] | None:
    try:
        return _objects.decode(text)
    except msgspec.ValidationError:
        return None


def _is_container(value: msgspec.Raw) -> bool:
    return memoryview(value)[0] in _OPENING
