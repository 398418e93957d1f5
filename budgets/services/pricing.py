"""What a call costs, by litellm's prices. litellm is imported on first use only: it costs seconds and over 100 MB."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from budgets.domain.money import nanousd_from_decimal, nanousd_from_number


@dataclass(frozen=True, slots=True)
class CallCost:
    """A model and what one call of it cost, in nano-USD."""

    model: str
    cost_nanousd: int


def cost_of_completion(completion_obj: Any) -> CallCost:
    """The cost of a litellm completion. Raises what litellm does where it knows no price for the model."""
    import litellm

    cost = litellm.completion_cost(completion_response=completion_obj)
    return CallCost(completion_obj["model"], nanousd_from_number(cost))


def cost_of_texts(*, model: str, input_text: str, output_text: str) -> CallCost:
    """The cost of a call told by its texts, counted and priced as litellm's BudgetManager does."""
    import litellm

    prompt_tokens = litellm.token_counter(model=model, messages=[{"role": "user", "content": input_text}])
    completion_tokens = litellm.token_counter(model=model, messages=[{"role": "user", "content": output_text}])
    prompt_cost, completion_cost = litellm.cost_per_token(
        model=model, prompt_tokens=prompt_tokens, completion_tokens=completion_tokens
    )
    return CallCost(model, nanousd_from_decimal(Decimal(repr(prompt_cost)) + Decimal(repr(completion_cost))))


def cost_of_prompt(*, model: str, messages: Sequence[dict[str, str]]) -> int:
    """What sending `messages` to `model` costs before any answer, in nano-USD."""
    import litellm

    text = "".join(message["content"] for message in messages)
    prompt_tokens = litellm.token_counter(model=model, text=text)
    prompt_cost, _ = litellm.cost_per_token(model=model, prompt_tokens=prompt_tokens, completion_tokens=0)
    return nanousd_from_number(prompt_cost)
