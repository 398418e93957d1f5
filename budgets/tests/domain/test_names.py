"""Names that show nothing are told by their code points."""

import pytest

from budgets.domain.names import file_name_part, visible_name


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("ann", "ann"),
        (" a ", "(U+0020)a(U+0020)"),
        ("a\u200blice", "a(U+200B)lice"),
        ("alice\u3164", "alice(U+3164)"),
        ("a\nb", "a(U+000A)b"),
        ("\U0001f469\u200d\U0001f680", "\U0001f469\u200d\U0001f680"),
        # Newer than this Python knows, and of somebody's own font.
        ("\U0001fae9", "\U0001fae9"),
        ("\ue000", "\ue000"),
        ("", "(empty name)"),
        (" ", "(blank name: U+0020)"),
        ("\u2028\u200b", "(blank name: U+2028 U+200B)"),
        ("\u2800\u3164\ufe0f\u034f", "(blank name: U+2800 U+3164 U+FE0F U+034F)"),
        ("a\u202egnp.exe\u2066", "a(U+202E)gnp.exe(U+2066)"),
        ("\u05d0\u200f", "\u05d0\u200f"),
        (" " * 9, f"(blank name: {' '.join(['U+0020'] * 8)} …)"),
    ],
)
def test_a_name_is_seen(name: str, shown: str) -> None:
    assert visible_name(name) == shown


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("ann", "ann-"),
        ("Ann O'Neil <ann@example.com>", "Ann-O-Neil-ann-example.com-"),
        ("../../etc/passwd", "etc-passwd-"),
        ('a"\r\nSet-Cookie: b', "a-Set-Cookie-b-"),
        ("\u202eevil", "evil-"),
        ("", ""),
        ("名前", ""),
        ("x" * 61, "x" * 60 + "-"),
    ],
)
def test_what_of_a_name_may_stand_in_a_files_name(name: str, part: str) -> None:
    assert file_name_part(name) == part
