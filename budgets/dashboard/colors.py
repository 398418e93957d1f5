"""Which colour a name has in a chart: the same in every range and on every page, as far as that can be."""

from collections.abc import Sequence
from hashlib import blake2b

# As many as chart.css has: more than a chart has series, so that two names seldom want the same.
COLORS = 11
OTHER = "other"


def colors_of(names: Sequence[str]) -> dict[str, str]:
    """A colour for each name, no two alike where there are enough.

    A name wants its colours by itself, and not by its rank, which changes with the range. Where two want the same, the
    one that comes first, which spent more and so fills more of the chart, has it, and the other its next wish.
    """
    taken, found = set[int](), dict[str, str]()
    for name in dict.fromkeys(names):
        wishes = _wishes(name)
        color = next((one for one in wishes if one not in taken), wishes[0])
        taken.add(color)
        found[name] = str(color)
    return found


def _wishes(name: str) -> list[int]:
    """Every colour, in an order that is the name's own."""
    # No name that was stored lacks a UTF-8 form, but the figures need not rest on it.
    digest = blake2b(name.encode("utf-8", "surrogatepass"), digest_size=COLORS).digest()
    return sorted(range(COLORS), key=lambda color: (digest[color], color))
