"""Names in running text: whichever way a name reads, the figures beside it read as they were written."""

import unicodedata

FIRST_STRONG_ISOLATE, POP_ISOLATE = "\u2068", "\u2069"
# Embeddings, overrides, and the isolates that force a direction.
OVERRIDES = dict.fromkeys([*range(0x202A, 0x202F), 0x2066, 0x2067])
CONTROLS = dict.fromkeys([*OVERRIDES, 0x2068, 0x2069])


# Letters and figures that read from the right, and what changes the direction of others.
TURNING = frozenset({"R", "AL", "AN", "LRE", "LRO", "RLE", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})


def isolated(name: str) -> str:
    """The name without its own controls of direction, apart from the text around it."""
    return f"{FIRST_STRONG_ISOLATE}{name.translate(CONTROLS)}{POP_ISOLATE}"


def apart(text: str) -> str:
    """The text, isolated where something in it could turn what stands beside it; most are as they were."""
    turns = any(unicodedata.bidirectional(one) in TURNING for one in text)
    return isolated(text) if turns else text


def without_overrides(text: str) -> str:
    """The text without what would turn the rest of it around; names set apart by `isolated` stay so."""
    return text.translate(OVERRIDES)
