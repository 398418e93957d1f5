"""Names that clients chose, as people can see them."""

import re
import unicodedata

EMPTY = "(empty name)"
MAX_TOLD_POINTS = 8
MAX_FILE_NAME_CHARS = 60
# What shows nothing though its category does not say so: fillers, joiners of letters, marks of music.
FILLERS = frozenset({0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0, 0x16FE4, 0x1D159})
SELECTORS = (range(0x180B, 0x1810), range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))
# Joiners and marks of direction belong to the writing of names in many scripts, and to emoji.
OF_WRITING = frozenset({0x200C, 0x200D, 0x200E, 0x200F, 0x061C, 0x2068, 0x2069})


def is_blank(name: str) -> bool:
    """Whether nothing of the name is seen: spaces, breaks, control characters and fillers alone, or none at all."""
    return all(map(_shows_nothing, name))


def file_name_part(name: str) -> str:
    """What of the name may stand in a file's name, with a hyphen after it: ASCII letters, digits, dots and hyphens."""
    kept = re.sub(r"[^A-Za-z0-9.]+", "-", name).strip("-.")[:MAX_FILE_NAME_CHARS].strip("-.")
    return f"{kept}-" if kept else ""


def visible_name(name: str, empty: str = EMPTY) -> str:
    """The name, or what stands for an empty one; as its code points what shows nothing, or turns what is beside it.

    So that two names which look the same are told apart, and none acts on the title or label that it stands in.
    """
    if not name or not is_blank(name):
        return told(name) or empty
    points = [_point(one) for one in name[:MAX_TOLD_POINTS]]
    return f"(blank name: {' '.join(points)}{' …' if len(name) > MAX_TOLD_POINTS else ''})"


def told(text: str) -> str:
    """The text with what would be unseen in it as code points: controls, fillers, and spaces at its ends."""
    inner = text.strip()
    start = text.index(inner) if inner else 0
    shown = "".join(f"({_point(one)})" if _is_unseen(one) else one for one in inner)
    return f"{_spaces(text[:start])}{shown}{_spaces(text[start + len(inner) :])}" if inner else _spaces(text)


def quoted(reason: str) -> str:
    """What somebody gave as a reason, so that none of it reads as words of the log's own."""
    inner = told(reason).replace("“", '"').replace("”", '"')
    return f"“{inner}”"


def _spaces(text: str) -> str:
    return "".join(f"({_point(one)})" for one in text)


def _point(char: str) -> str:
    return f"U+{ord(char):04X}"


def _is_unseen(char: str) -> bool:
    """Whether the character is not seen within a name, or turns it, and has no place in the writing of one."""
    point, category = ord(char), unicodedata.category(char)
    return point in FILLERS or (category in ("Cc", "Cf", "Cs", "Zl", "Zp") and point not in OF_WRITING)


def _shows_nothing(char: str) -> bool:
    """Whether a name of such characters alone shows nothing. Those of no script yet, and private ones, may show."""
    point, category = ord(char), unicodedata.category(char)
    is_space = category[0] == "Z" or category in ("Cc", "Cf", "Cs")
    return is_space or point in FILLERS or any(point in one for one in SELECTORS)
