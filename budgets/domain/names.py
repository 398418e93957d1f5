"""Names that clients chose, as people can see them."""

import re
import unicodedata

EMPTY = "(empty name)"
MAX_TOLD_POINTS = 8
UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
MAX_FILE_NAME_CHARS = 60


def is_blank(name: str) -> bool:
    """Whether nothing of the name is seen: spaces, breaks and control characters alone, or none at all."""
    return all(unicodedata.category(one)[0] in "ZC" for one in name)


def visible_name(name: str, empty: str = EMPTY) -> str:
    """The name; what stands for an empty one, and the code points of one that shows nothing."""
    if not name or not is_blank(name):
        return name or empty
    points = [f"U+{ord(one):04X}" for one in name[:MAX_TOLD_POINTS]]
    return f"(blank name: {' '.join(points)}{' …' if len(name) > MAX_TOLD_POINTS else ''})"


def file_name_part(name: str) -> str:
    """What of the name every file system and header takes: letters and digits of ASCII, dots and dashes; maybe none."""
    return UNSAFE.sub("-", name)[:MAX_FILE_NAME_CHARS].strip("-._")
