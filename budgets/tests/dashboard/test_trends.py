"""Trends, colours and small bars."""

import pytest

from budgets.dashboard.colors import COLORS, colors_of
from budgets.dashboard.sparkbars import sparkbars
from budgets.dashboard.trends import trend_of
from budgets.queries.spend import Spend


@pytest.mark.parametrize(
    ("now", "before", "short", "words"),
    [
        (150, 100, "+50 %", "50 % more than"),
        (50, 100, "−50 %", "50 % less than"),
        (0, 100, "−100 %", "100 % less than"),
        (1004, 1000, "±0 %", "as much as"),
        (10**18 + 1, 10**18, "±0 %", "as much as"),
        (2500, 100, "×25", "25 times"),
        (5, 0, "new", ""),
    ],
)
def test_a_trend_is_told_in_words_and_by_a_sign(now: int, before: int, short: str, words: str) -> None:
    trend = trend_of(Spend(cost_nanousd=now + 7, entries=1, compared_nanousd=now, before_nanousd=before))
    assert trend
    assert (trend.short, trend.words) == (short, words)


@pytest.mark.parametrize("before", [0, -5])
def test_there_is_no_trend_of_nothing(before: int) -> None:
    assert trend_of(Spend(3, 1, 0, before)) is None


def test_a_name_keeps_its_colour_in_whatever_company_unless_a_larger_one_wants_it() -> None:
    names = [f"model-{index}" for index in range(8)]
    for first in names:
        others = [name for name in names if name != first]
        colors = colors_of([first, *others])
        assert colors[first] == colors_of([first])[first]
        assert len(set(colors.values())) == 8
        assert colors_of([first, *others[:3]]).items() <= colors.items()


def test_more_names_than_colours_share_them() -> None:
    colors = colors_of([f"model-{index}" for index in range(COLORS + 5)])
    assert set(colors.values()) == {str(color) for color in range(COLORS)}


def test_bars_are_as_high_as_their_spend_and_stand_on_the_ground() -> None:
    spark = sparkbars([0, 50, 100, -3], ["a", "b", "c, so far", "d"])
    assert [float(bar.height) for bar in spark.bars] == [10.5, 21.0]
    assert {float(bar.y) + float(bar.height) for bar in spark.bars} == {21.0}
    assert spark.words == "most in c: $0.0000001"
    assert sparkbars([0, -1], ["a", "b"]).bars == []
