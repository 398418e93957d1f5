"""litellm's list prices, without litellm."""

import subprocess
import sys

import pytest

from budgets.services import pricing_list
from budgets.services.pricing_list import ListPrice, list_price
from budgetsite.environment import BASE_DIR

USD = 10**9


@pytest.mark.parametrize(
    ("model", "price"),
    [
        ("gpt-4o", ListPrice(2_500_000_000, 10 * USD)),
        ("openai/gpt-4o", ListPrice(2_500_000_000, 10 * USD)),
        ("text-embedding-3-small", ListPrice(20_000_000, 0)),
        # Priced by the second.
        ("whisper-1", ListPrice(None, None)),
        ("of-our-own", None),
        ("sample_spec", None),
        ("", None),
        ("/", None),
        ("</script>\0", None),
    ],
)
def test_a_model_has_its_price_per_million_tokens(model: str, price: ListPrice | None) -> None:
    assert list_price(model) == price


def test_the_least_price_is_not_rounded_away() -> None:
    prices = [one.input_nanousd for one in pricing_list._prices().values() if one.input_nanousd]
    assert 0 < min(prices) < 10**6


def test_litellm_is_not_imported_for_it() -> None:
    code = (
        "import sys; from budgets.services.pricing_list import list_price;"
        " print(bool(list_price('gpt-4o')), 'litellm' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=BASE_DIR, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True False"


def test_without_litellm_no_model_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pricing_list, "find_spec", lambda _name: None)
    pricing_list._prices.cache_clear()
    assert list_price("gpt-4o") is None
    pricing_list._prices.cache_clear()
