"""Names that clients chose, as people can see them."""

import re
import unicodedata

from budgets.domain.direction import OVERRIDES

EMPTY = "(empty name)"
MAX_TOLD_POINTS = 8
MAX_FILE_NAME_CHARS = 60
# Letters and marks by their category, that show nothing all the same: fillers, joiners, selectors of a variant.
FILLERS = frozenset({0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0})
SELECTORS = (range(0x180B, 0x1810), range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0))
# What turns the text around it is told, not obeyed: in a title or a label nothing sets a name apart.
TOLD = {point: f"(U+{point:04X})" for point in OVERRIDES}


def is_blank(name: str) -> bool:
    """Whether nothing of the name is seen: spaces, breaks, control characters and fillers alone, or none at all."""
    return all(map(_shows_nothing, name))


def file_name_part(name: str) -> str:
    """What of the name may stand in a file's name, with a hyphen after it: ASCII letters, digits, dots and hyphens."""
    kept = re.sub(r"[^A-Za-z0-9.]+", "-", name).strip("-.")[:MAX_FILE_NAME_CHARS].strip("-.")
    return f"{kept}-" if kept else ""


def visible_name(name: str, empty: str = EMPTY) -> str:
    """The name, or what stands for an empty one; what shows nothing, or turns what is beside it, as its code points."""
    if not name or not is_blank(name):
        return name.translate(TOLD) or empty
    points = [f"U+{ord(one):04X}" for one in name[:MAX_TOLD_POINTS]]
    return f"(blank name: {' '.join(points)}{' …' if len(name) > MAX_TOLD_POINTS else ''})"


def _shows_nothing(char: str) -> bool:
    point = ord(char)
    return unicodedata.category(char)[0] in "ZC" or point in FILLERS or any(point in one for one in SELECTORS)
