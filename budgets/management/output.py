"""Text that others chose, on its way to a terminal."""


def printable(text: str) -> str:
    """The text with what a terminal obeys rather than shows (escapes, line ends, bidirectional marks) spelt out."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)
