"""What others chose, printed: `budgets/management/output.py`."""

import pytest

from budgets.management.output import cell, printable


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("shop", "shop"),
        ("日本 ä", "日本 ä"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x9b2J\x7f", r"\x9b2J\x7f"),
        ("a\nb\r\tc", r"a\nb\r\tc"),
        ("\u202etxt\u2066", r"\u202etxt\u2066"),
        ("\u2028", r"\u2028"),
    ],
)
def test_a_terminal_is_shown_what_it_would_obey(text: str, shown: str) -> None:
    assert printable(text) == shown


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
    assert cell(text) == written
