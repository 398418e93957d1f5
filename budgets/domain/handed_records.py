"""The wire's records: writing one to hand out, and what is told by what was handed out (design §3)."""

from collections.abc import Mapping
from typing import Any

import msgspec

from budgets.domain.money import json_number_from_nanousd, wire_nanousd
from budgets.domain.records import UNATTRIBUTED, ClientPeriod
from budgets.domain.terms import Terms


def format_record(
    *,
    terms: Terms,
    created_at_us: int | None,
    last_updated_at_us: int,
    cost_by_model: Mapping[str, int],
    extra_json: str,
) -> dict[str, Any]:
    """A record to hand out, without its mark.

    Costs are left out while there are none, as in a record that `create_budget` makes: so zeros in a post are always a
    client's own reset (design R7).
    """
    total_nanousd, duration_days = terms.total_budget_nanousd, terms.duration_days
    record: dict[str, Any] = {
        "total_budget": None if total_nanousd is None else json_number_from_nanousd(total_nanousd)
    }
    if duration_days is not None:
        record["duration"] = duration_days
    # As handed_client_period says.
    if created_at_us is not None or duration_days is not None:
        record["created_at"] = (last_updated_at_us if created_at_us is None else created_at_us) / 1_000_000
        record["last_updated_at"] = last_updated_at_us / 1_000_000
    if any(cost_by_model.values()):
        record["current_cost"] = json_number_from_nanousd(sum(cost_by_model.values()))
        record["model_cost"] = {
            model: json_number_from_nanousd(cost) for model, cost in cost_by_model.items() if model != UNATTRIBUTED
        }
    if extra_json:
        record.update(msgspec.json.decode(extra_json))
    return record


def handed_client_period(*, terms: Terms, created_at_us: int | None, last_updated_at_us: int) -> ClientPeriod:
    """The client period that `format_record` hands out for the same values; both None where it hands out neither."""
    if created_at_us is None and terms.duration_days is None:
        return ClientPeriod(None, None)
    return ClientPeriod(last_updated_at_us if created_at_us is None else created_at_us, last_updated_at_us)


def terms_as_handed(terms: Terms) -> Terms:
    """The terms as `format_record`'s number tells them: a double cannot hold every very large limit."""
    total = terms.total_budget_nanousd
    return Terms(None if total is None else wire_nanousd(total), terms.duration_days)
