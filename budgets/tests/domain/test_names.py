"""Names that show nothing are told by their code points."""

import pytest

from budgets.domain.names import visible_name


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("ann", "ann"),
        (" a ", " a "),
        ("", "(empty name)"),
        (" ", "(blank name: U+0020)"),
        ("\u2028\u200b", "(blank name: U+2028 U+200B)"),
        (" " * 9, f"(blank name: {' '.join(['U+0020'] * 8)} …)"),
    ],
)
def test_a_name_is_seen(name: str, shown: str) -> None:
    assert visible_name(name) == shown
