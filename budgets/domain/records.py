"""The wire's records: reading a posted one strictly, every fault with its place (design §3, R9, R10)."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

import msgspec

from budgets.domain.marks import MARK_KEY
from budgets.domain.money import MAX_NANOUSD, MAX_USD, MoneyError, nanousd_from_number
from budgets.domain.terms import MAX_DURATION_DAYS, Terms

MAX_NAME_LENGTH = 255
MAX_MODELS = 1_000
TOO_MANY_MODELS = f"must not name more than {MAX_MODELS} models"
MAX_EXTRA_BYTES = 16_384
TOO_MUCH_EXTRA = f"has over {MAX_EXTRA_BYTES} bytes of keys that are not litellm's"
# The year 9999: beyond it there is no date to show.
MAX_EPOCH_SECONDS = 253_402_300_799
MAX_FAULTS = 20
MAX_POINTER_STEP = 1_000
# Spend of `current_cost` that no model of `model_cost` accounts for (design R9).
UNATTRIBUTED = ""
_NUMBERS = frozenset({int, float})
KNOWN_KEYS = frozenset(
    {"total_budget", "duration", "created_at", "last_updated_at", "current_cost", "model_cost", MARK_KEY}
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a body: where, as a JSON Pointer, and what."""

    pointer: str
    detail: str


class PostError(ValueError):
    """A body that is refused whole; `faults` names the places, MAX_FAULTS at most."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(faults[0].detail if faults else "refused")
        self.faults = faults[:MAX_FAULTS]


class ClientPeriod(msgspec.Struct, frozen=True, gc=False):
    """The record's (created_at, last_updated_at): which window the client is in (design R5).

    In epoch microseconds, rounded: raw floats of one moment may differ (design §2).
    """

    created_at_us: int | None
    last_updated_at_us: int | None


class PostedRecord(msgspec.Struct, frozen=True, gc=False):
    """One end user as a client posted it. Costs are cumulative nano-USD by model."""

    name: str
    terms: Terms
    client_period: ClientPeriod
    cost_by_model: Mapping[str, int]
    has_costs: bool
    is_marked: bool
    extra_json: str
    digest: str

    @property
    def is_zeroed(self) -> bool:
        """Whether the client's `reset_cost` made it: costs that are there, and zero (design R7)."""
        return self.has_costs and not any(self.cost_by_model.values())


def pointer(*steps: str) -> str:
    """The JSON Pointer (RFC 6901) to those steps.

    A step much longer than any name may be is cut: one of megabytes, told with each fault under it, would fill memory.
    """
    short = (step if len(step) <= MAX_POINTER_STEP else f"{step[:MAX_POINTER_STEP]}…" for step in steps)
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in short)


def _is_number(value: object) -> TypeGuard[int | float]:
    """Whether it is a JSON number; a boolean is none."""
    return type(value) in _NUMBERS


class _Reader:
    """Reads one record's fields, noting every fault with its place."""

    def __init__(self, name: str, record: Mapping[str, Any]) -> None:
        self.name = name
        self.record = record
        self.faults: list[Fault] = []

    def fault(self, detail: str, *steps: str) -> None:
        self.faults.append(Fault(pointer("user_dict", self.name, *steps), detail))

    def _number(self, value: object, *steps: str) -> float | int | None:
        """The value where it is a finite JSON number."""
        if not _is_number(value):
            self.fault("must be a number", *steps)
            return None
        if isinstance(value, float) and not math.isfinite(value):
            self.fault("must be a finite number", *steps)
            return None
        return value

    def money(self, value: object, *steps: str) -> int:
        """Nano-USD; 0 where there is a fault."""
        number = self._number(value, *steps)
        if number is None:
            return 0
        try:
            return nanousd_from_number(number)
        except MoneyError as error:
            self.fault(str(error), *steps)
            return 0

    def total_budget(self) -> int | None:
        """Nano-USD; None is unlimited."""
        if "total_budget" not in self.record:
            self.fault("is missing", "total_budget")
            return None
        value = self.record["total_budget"]
        return None if value is None else self.money(value, "total_budget")

    def duration_days(self) -> int | None:
        """Whole days; None never resets."""
        value = self.record.get("duration")
        if value is None:
            return None
        number = self._number(value, "duration")
        if number is None:
            return None
        if number != int(number) or not 1 <= number <= MAX_DURATION_DAYS:
            self.fault(f"must be a whole number of days from 1 to {MAX_DURATION_DAYS}", "duration")
            return None
        return int(number)

    def check_moment(self, key: str) -> None:
        """Note a fault where the value is no moment in epoch seconds."""
        value = self.record.get(key)
        number = None if value is None else self._number(value, key)
        if number is not None and not 0 <= number <= MAX_EPOCH_SECONDS:
            self.fault("must be seconds since 1970, before the year 10000", key)

    def cost_by_model(self) -> dict[str, int]:
        """Cumulative nano-USD by model, what `current_cost` has beyond them under UNATTRIBUTED."""
        posted = self.record.get("model_cost")
        if posted is None:
            posted = {}
        if not isinstance(posted, dict):
            self.fault("must be an object of numbers by model", "model_cost")
            return {}
        if len(posted) > MAX_MODELS:
            self.fault(TOO_MANY_MODELS, "model_cost")
            return {}
        costs = {model: self.money(value, "model_cost", model) for model, value in posted.items()}
        for model in posted:
            for detail in name_faults(model):
                self.fault(detail, "model_cost", model)
        self._add_unattributed(costs)
        if sum(costs.values()) > MAX_NANOUSD:
            self.fault(f"must not add up beyond {MAX_USD} USD", "model_cost")
        return costs

    def _add_unattributed(self, costs: dict[str, int]) -> None:
        value = self.record.get("current_cost")
        if value is not None:
            add_unattributed(costs, self.money(value, "current_cost"))

    def extra_json(self) -> str:
        """The keys that mean nothing here, as JSON text; empty where there are none."""
        extra = {key: value for key, value in self.record.items() if key not in KNOWN_KEYS}
        if not extra:
            return ""
        try:
            text = msgspec.json.encode(extra)
        except (OverflowError, ValueError, TypeError):
            self.fault("has a number too large to keep")
            return ""
        if len(text) > MAX_EXTRA_BYTES:
            self.fault(TOO_MUCH_EXTRA)
            return ""
        return text.decode()


def add_unattributed(costs: dict[str, int], current_nanousd: int) -> None:
    """Put what `current_cost` (nano-USD) has beyond the models' costs under UNATTRIBUTED (design R9)."""
    beyond = current_nanousd - sum(costs.values())
    if beyond > rounding_noise(costs) or (beyond > 0 and not costs):
        costs[UNATTRIBUTED] = costs.get(UNATTRIBUTED, 0) + beyond


def rounding_noise(cost_by_model: Mapping[str, int]) -> int:
    """What of unattributed spend, in nano-USD, rounding alone can explain.

    The client adds floats twice over, once for `current_cost` and once by model, and each figure is rounded by itself.
    """
    return len(cost_by_model) + sum(cost_by_model.values()) // 10**10


def client_period_of(record: Mapping[str, Any]) -> ClientPeriod:
    """The record's client period; a moment that is none of the wire's, which `parse_record` refuses, counts as none."""
    return client_period(_lenient_moment(record, "created_at"), _lenient_moment(record, "last_updated_at"))


def client_period(created_at: float | None, last_updated_at: float | None) -> ClientPeriod:
    """The client period of moments in epoch seconds."""
    created_at_us = None if created_at is None else round(created_at * 1_000_000)
    return ClientPeriod(created_at_us, created_at_us if last_updated_at is None else round(last_updated_at * 1_000_000))


def _lenient_moment(record: Mapping[str, Any], key: str) -> float | None:
    value = record.get(key)
    return value if _is_number(value) and 0 <= value <= MAX_EPOCH_SECONDS else None


def name_faults(name: str) -> list[str]:
    """What is wrong with a user's, model's or project's name, in words; nothing, mostly."""
    if len(name) > MAX_NAME_LENGTH:
        return [f"the name must not be longer than {MAX_NAME_LENGTH} characters"]
    if "\0" in name:
        return ["the name must not hold a NUL character"]
    return []


def parse_record(name: str, record: object, *, digest: str, is_marked: bool) -> PostedRecord:
    """Read one posted record. Raises PostError with every fault in it."""
    if not isinstance(record, dict):
        raise PostError([Fault(pointer("user_dict", name), "must be an object")])
    reader = _Reader(name, record)
    for detail in name_faults(name):
        reader.fault(detail)
    for key in ("created_at", "last_updated_at"):
        reader.check_moment(key)
    parsed = PostedRecord(
        name=name,
        terms=Terms(reader.total_budget(), reader.duration_days()),
        client_period=client_period_of(record),
        cost_by_model=reader.cost_by_model(),
        has_costs="current_cost" in record or "model_cost" in record,
        is_marked=is_marked,
        extra_json=reader.extra_json(),
        digest=digest,
    )
    if reader.faults:
        raise PostError(reader.faults)
    return parsed
