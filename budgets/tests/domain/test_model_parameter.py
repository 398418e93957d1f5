"""Models in addresses."""

import pytest

from budgets.domain.model_parameter import model_of, model_parameter


@pytest.mark.parametrize("model", ["", "gpt-4o", "~none", "~~none", "~", "~~", "a~none", "~gpt"])
def test_every_name_comes_back(model: str) -> None:
    assert model_of(model_parameter(model)) == model
    assert model_parameter(model)


def test_no_name_is_the_word_for_none() -> None:
    assert model_parameter("") == "~none" != model_parameter("~none")
    # As one would type it.
    assert model_of("~gpt") == "~gpt"
