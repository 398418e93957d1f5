"""litellm's list prices, read from its file: importing litellm would cost a web worker seconds and over 100 MB."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec

from budgets.domain.money import NANOUSD_PER_USD

FILE = "model_prices_and_context_window_backup.json"
# litellm's file describes its own fields under this name.
NOT_A_MODEL = "sample_spec"
MILLION = 10**6


@dataclass(frozen=True, slots=True)
class ListPrice:
    """What a million tokens cost, in nano-USD; None where litellm has no price by the token, as for pictures."""

    input_nanousd: int | None
    output_nanousd: int | None


def list_price(model: str) -> ListPrice | None:
    """The price of a model by the name that litellm was called with; None where litellm does not know it.

    As litellm does, a name with its provider before it ("openai/gpt-4o") is also looked up without.
    """
    prices = _prices()
    _, _, bare = model.partition("/")
    return prices.get(model) or prices.get(bare)


@lru_cache(maxsize=1)
def _prices() -> Mapping[str, ListPrice]:
    """Every price, read once for each process; none where litellm is not installed or its file is another."""
    spec = find_spec("litellm")
    paths = [Path(at) / FILE for at in (spec.submodule_search_locations or ())] if spec else []
    found = next((path for path in paths if path.is_file()), None)
    if found is None:
        return {}
    models: dict[str, Any] = msgspec.json.Decoder(float_hook=Decimal).decode(found.read_bytes())
    return {name: _price(one) for name, one in models.items() if name != NOT_A_MODEL and isinstance(one, dict)}


def _price(model: Mapping[str, Any]) -> ListPrice:
    per_input, per_output = model.get("input_cost_per_token"), model.get("output_cost_per_token")
    return ListPrice(_per_million(per_input), _per_million(per_output))


def _per_million(per_token: Any) -> int | None:
    """A price of USD per token as nano-USD per million."""
    return int(per_token * MILLION * NANOUSD_PER_USD) if isinstance(per_token, Decimal | int) else None
