"""Names and figures of a CSV file."""

import pytest

from budgets.domain.csv_cells import name_cell, usd_cell


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("", ""),
        ("gpt-4o", "gpt-4o"),
        ("a=b", "a=b"),
        ("=1", "'=1"),
        ("\n=1", "'\n=1"),
        ("\uff1d1", "'\uff1d1"),
        ("'", "''"),
        ("'=1", "''=1"),
    ],
)
def test_a_cell_that_could_be_a_formula_gets_one_apostrophe(text: str, written: str) -> None:
    assert name_cell(text) == written


@pytest.mark.parametrize(
    ("amount_nanousd", "written"),
    [(0, "0"), (1, "0.000000001"), (-225_000, "-0.000225"), (10**18 + 1, "1000000000.000000001"), (2 * 10**10, "20")],
)
def test_an_amount_is_written_to_the_last_nano_usd(amount_nanousd: int, written: str) -> None:
    assert str(usd_cell(amount_nanousd)) == written
