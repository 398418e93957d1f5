"""Names that clients chose, as people can see them."""

import re
import unicodedata

EMPTY = "(empty name)"
MAX_TOLD_POINTS = 8
MAX_FILE_NAME_CHARS = 60


def is_blank(name: str) -> bool:
    """Whether nothing of the name is seen: spaces, breaks and control characters alone, or none at all."""
    return all(unicodedata.category(one)[0] in "ZC" for one in name)


def file_name_part(name: str) -> str:
    """What of the name may stand in a file's name, with a hyphen after it: ASCII letters, digits, dots and hyphens."""
    kept = re.sub(r"[^A-Za-z0-9.]+", "-", name).strip("-.")[:MAX_FILE_NAME_CHARS].strip("-.")
    return f"{kept}-" if kept else ""


def visible_name(name: str, empty: str = EMPTY) -> str:
    """The name; what stands for an empty one, and the code points of one that shows nothing."""
    if not name or not is_blank(name):
        return name or empty
    points = [f"U+{ord(one):04X}" for one in name[:MAX_TOLD_POINTS]]
    return f"(blank name: {' '.join(points)}{' …' if len(name) > MAX_TOLD_POINTS else ''})"
