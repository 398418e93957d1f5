"""Reading a posted record quickly where it is as litellm's client makes it, which nearly all are."""

from typing import Annotated

import msgspec

from budgets.domain.marks import MARK_KEY
from budgets.domain.money import MAX_NANOUSD, MoneyError, nanousd_from_number
from budgets.domain.records import (
    MAX_EPOCH_SECONDS,
    MAX_MODELS,
    PostedRecord,
    add_unattributed,
    client_period,
    name_faults,
)
from budgets.domain.terms import MAX_DURATION_DAYS, Terms

_Number = int | float
_Moment = (
    Annotated[int, msgspec.Meta(ge=0, le=MAX_EPOCH_SECONDS)]
    | Annotated[float, msgspec.Meta(ge=0, le=MAX_EPOCH_SECONDS)]
)


class _PlainRecord(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A record as litellm's client makes it, with no other key; what is off about it beyond this is not told here."""

    total_budget: _Number | None
    duration: Annotated[int, msgspec.Meta(ge=1, le=MAX_DURATION_DAYS)] | None = None
    created_at: _Moment | None = None
    last_updated_at: _Moment | None = None
    current_cost: _Number | msgspec.UnsetType | None = msgspec.UNSET
    model_cost: Annotated[dict[str, _Number], msgspec.Meta(max_length=MAX_MODELS)] | msgspec.UnsetType | None = (
        msgspec.UNSET
    )
    mark: str | None = msgspec.field(name=MARK_KEY, default=None)


_plain_records = msgspec.json.Decoder(_PlainRecord)


def parse_plain_record(name: str, text: msgspec.Raw, *, digest: str, is_marked: bool) -> PostedRecord | None:
    """The same as `parse_record` of the text, at a third of the time; None where only that can tell.

    Nearly all records are litellm's own and without fault: for these nothing is to be named.
    """
    try:
        plain = _plain_records.decode(text)
        total, current, model_cost = plain.total_budget, plain.current_cost, plain.model_cost
        costs = {model: nanousd_from_number(cost) for model, cost in model_cost.items()} if model_cost else {}
        if current is not None and current is not msgspec.UNSET:
            add_unattributed(costs, nanousd_from_number(current))
        terms = Terms(None if total is None else nanousd_from_number(total), plain.duration)
    except (msgspec.DecodeError, MoneyError):
        return None
    if sum(costs.values()) > MAX_NANOUSD or name_faults(name) or any(map(name_faults, costs)):
        return None
    return PostedRecord(
        name=name,
        terms=terms,
        client_period=client_period(plain.created_at, plain.last_updated_at),
        cost_by_model=costs,
        has_costs=current is not msgspec.UNSET or model_cost is not msgspec.UNSET,
        is_marked=is_marked,
        extra_json="",
        digest=digest,
    )
