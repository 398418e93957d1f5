"""What text of an address or a form can be a row's id."""

import pytest

from budgets.domain.row_ids import MAX_DIGITS, is_row_id


@pytest.mark.parametrize("text", ["1", "0042", "9" * MAX_DIGITS])
def test_digits_can_be(text: str) -> None:
    assert is_row_id(text)


@pytest.mark.parametrize("text", ["", "-1", "1.0", " 1", "1_000", "٣", "²", "9" * (MAX_DIGITS + 1), "x"])
def test_nothing_else_can_be(text: str) -> None:
    assert not is_row_id(text)
