"""Shares of a whole, as they are told."""

import pytest

from budgets.domain.shares import percent, whole_of


@pytest.mark.parametrize(
    ("part", "whole", "told"),
    [
        (1, 3, 33.3),
        (0, 3, 0.0),
        (-1, 3, 0.0),
        (3, 3, 100.0),
        (1, 0, 0.0),
        (1, 1_000_000, 0.1),
        (999_999, 1_000_000, 99.9),
    ],
)
def test_what_is_there_is_never_told_as_nothing_nor_a_part_as_all(part: int, whole: int, told: float) -> None:
    assert percent(part, whole) == told


def test_the_whole_is_of_the_positive_parts() -> None:
    assert whole_of([3, -1, 2]) == 5
