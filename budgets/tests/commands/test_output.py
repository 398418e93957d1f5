"""What others chose, printed: `budgets/management/output.py`."""

import pytest

from budgets.management.output import printable


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
