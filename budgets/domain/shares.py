"""How much of a whole each part is, in percent for people."""

from collections.abc import Iterable

# What is there is never told as nothing, nor a part as all.
LEAST, MOST = 0.1, 99.9


def whole_of(parts: Iterable[int]) -> int:
    """What shares are of: the positive parts, for an adjustment may leave a part below zero."""
    return sum(part for part in parts if part > 0)


def percent(part: int, whole: int) -> float:
    """The part in percent with one decimal; what is below zero has no share."""
    if whole <= 0 or part <= 0:
        return 0.0
    return 100.0 if part >= whole else min(MOST, max(LEAST, round(part * 100 / whole, 1)))
