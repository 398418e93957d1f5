"""Which colour a name has in a chart: the same in every range and on every page, as far as that can be."""

from collections.abc import Sequence
from hashlib import blake2b

# As many as chart.css has. More than a chart has series, so that two names seldom want the same.
COLORS = 10
OTHER = "other"


def colors_of(names: Sequence[str]) -> dict[str, str]:
    """A colour for each name, no two alike where there are enough.

    A name has its colour by itself, not by its rank, which changes with the range. Where two want the same, the one
    that comes first in the alphabet keeps it, whichever spent more.
    """
    free, found = set(range(COLORS)), dict[str, str]()
    for name in sorted(set(names)):
        wanted = _wish(name)
        color = next((one for one in ((wanted + step) % COLORS for step in range(COLORS)) if one in free), wanted)
        free.discard(color)
        found[name] = str(color)
    return found


def _wish(name: str) -> int:
    # What is no text that can be sent was never stored; a name may still hold what UTF-8 cannot.
    digest = blake2b(name.encode("utf-8", "surrogatepass"), digest_size=4).digest()
    return int.from_bytes(digest, "big") % COLORS
