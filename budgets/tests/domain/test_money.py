"""Money at its edges: what is rounded, what is refused, what people see."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budgets.domain.money import (
    MAX_NANOUSD,
    MAX_USD,
    MoneyError,
    exact_usd,
    format_usd,
    json_number_from_nanousd,
    nanousd_from_decimal,
    nanousd_from_number,
    nanousd_from_text,
    usd_from_nanousd,
)

# Up to 8,388,608 USD doubles lie closer together than nano-USD; beyond it, neighbours share one.
EXACT_NANOUSD = 2**23 * 10**9


@pytest.mark.parametrize(
    ("usd", "nanousd"),
    [
        (0, 0),
        (0.000225, 225_000),
        (0.00022500000000000002, 225_000),
        (0.1 + 0.2, 300_000_000),
        (1e-9, 1),
        (4e-10, 0),
        (5e-10, 0),  # half to even
        (1.5e-9, 2),
        (5e-324, 0),
        (12.5, 12_500_000_000),
        (-0.0, 0),
        (MAX_USD, MAX_NANOUSD),
        (9345678.123456789, 9_345_678_123_456_790),
    ],
)
def test_a_json_number_is_rounded_by_its_shortest_decimal(usd: float, nanousd: int) -> None:
    assert nanousd_from_number(usd) == nanousd


@pytest.mark.parametrize(
    ("usd", "says"),
    [
        (-0.01, "negative"),
        (-5, "negative"),
        (float("nan"), "finite"),
        (float("inf"), "finite"),
        (float("-inf"), "finite"),
        (1e300, "beyond"),
        (10**400, "beyond"),
        (MAX_USD + 1, "beyond"),
    ],
)
def test_what_is_no_amount_is_refused(usd: float, says: str) -> None:
    with pytest.raises(MoneyError, match=says):
        nanousd_from_number(usd)


def test_a_decimal_may_be_negative() -> None:
    assert nanousd_from_decimal(Decimal("-0.000225")) == -225_000


@pytest.mark.parametrize(
    ("text", "nanousd"),
    [("12.50", 12_500_000_000), (" $1,000 ", 10**12), ("-0.5", -5 * 10**8), ("1,234,567.5", 1_234_567_500_000_000)],
)
def test_people_may_type_dollars_and_commas(text: str, nanousd: int) -> None:
    assert nanousd_from_text(text) == nanousd


@pytest.mark.parametrize(
    "text",
    ["", "ten", "1.2.3", "$", "0x10", "nan", "inf", "1e20", "12,50", "1,5", ",5", "1,0000", "1,000,5", "12,50.00"],
)
def test_other_words_are_no_amount(text: str) -> None:
    with pytest.raises(MoneyError):
        nanousd_from_text(text)


@pytest.mark.parametrize(
    ("nanousd", "usd"), [(0, "0"), (1, "1E-9"), (225_000, "0.000225"), (10**12, "1000"), (-(10**9), "-1")]
)
def test_the_decimal_has_no_trailing_zeros(nanousd: int, usd: str) -> None:
    assert str(usd_from_nanousd(nanousd)) == usd


def test_whole_dollars_are_whole_on_the_wire() -> None:
    assert json.dumps([json_number_from_nanousd(10 * 10**9), json_number_from_nanousd(225_000)]) == "[10, 0.000225]"


@pytest.mark.parametrize(
    ("nanousd", "text"),
    [
        (0, "$0.00"),
        (12_500_000_000, "$12.50"),
        (225_000, "$0.000225"),
        (1, "$0.000000001"),
        (123_456_789, "$0.123"),
        (10_000_000, "$0.01"),
        (1_234_567_890_123, "$1,234.57"),
        (-225_000, "-$0.000225"),
        (999_900_000, "$1.00"),
    ],
)
def test_money_is_shown_to_a_sensible_number_of_digits(nanousd: int, text: str) -> None:
    assert format_usd(nanousd) == text


@given(st.integers(0, EXACT_NANOUSD))
def test_what_goes_out_comes_back_the_same(nanousd: int) -> None:
    on_the_wire = json.dumps(json_number_from_nanousd(nanousd))
    assert nanousd_from_number(json.loads(on_the_wire)) == nanousd


@given(st.integers(-MAX_NANOUSD, MAX_NANOUSD))
def test_decimals_round_trip_over_the_whole_range(nanousd: int) -> None:
    assert nanousd_from_decimal(usd_from_nanousd(nanousd)) == nanousd
    assert nanousd_from_text(f"{usd_from_nanousd(nanousd):f}") == nanousd


@given(st.lists(st.floats(0, 1, allow_nan=False), max_size=200))
def test_rounding_the_cumulative_figure_never_drifts(costs: list[float]) -> None:
    total, counted, entries = 0.0, 0, 0
    for cost in costs:
        total += cost
        entries += nanousd_from_number(total) - counted
        counted = nanousd_from_number(total)
    assert entries == nanousd_from_number(total)


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (12_500_000_000, "$12.50"),
        (-225_001, "-$0.000225001"),
        (0, "$0.00"),
        (1_234_567_000_000_001, "$1,234,567.000000001"),
        (1_000_000_000, "$1.00"),
    ],
)
def test_an_exact_amount_has_every_digit(amount: int, text: str) -> None:
    assert exact_usd(amount) == text
