"""A name that turns text around does so within itself."""

import pytest

from budgets.domain.direction import apart, isolated, without_overrides


@pytest.mark.parametrize("control", [*map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))])
def test_a_name_is_set_apart_without_its_own_controls(control: str) -> None:
    assert isolated(f"a{control}b") == "\u2068ab\u2069"


def test_overrides_go_and_set_apart_names_stay() -> None:
    assert without_overrides(f"\u202ea\u2067 {isolated('b')}: $1 → $2") == "a \u2068b\u2069: $1 → $2"


@pytest.mark.parametrize("text", ["", "ann", "$1 → $2", "Größe 7", "名前", "(blank name: U+200F)"])
def test_what_turns_nothing_stays_as_it_is(text: str) -> None:
    assert apart(text) == text


@pytest.mark.parametrize("text", ["\u05d0 1", "\u0645", "\u0661", "\u202eann", "ann\u2069"])
def test_what_could_turn_its_neighbours_is_isolated(text: str) -> None:
    assert apart(text) == isolated(text)
