"""Names that show nothing are told by their code points."""

import pytest

from budgets.domain.names import file_name_part, visible_name


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


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("ann@example.com", "ann-example.com"),
        ('a"; filename="b.exe\r\nX: y', "a-filename-b.exe-X-y"),
        ("../../etc/passwd", "etc-passwd"),
        ("\u05d0\u202e", ""),
        ("Größe 7", "Gr-e-7"),
        ("x" * 255, "x" * 60),
        (".-_", ""),
    ],
)
def test_of_a_name_the_safe_characters_name_a_file(name: str, part: str) -> None:
    assert file_name_part(name) == part
