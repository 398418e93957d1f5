"""Text that others chose, on its way to a terminal or a spreadsheet."""

# What a spreadsheet takes for the start of a formula (OWASP, "CSV injection"), the wide forms of it included.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
APOSTROPHE = "'"


def printable(text: str) -> str:
    """The text with what a terminal obeys rather than shows (escapes, line ends, bidirectional marks) spelt out."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def cell(text: str) -> str:
    """The text so that a spreadsheet shows it and runs nothing: what it could take for a formula gets an apostrophe.

    So does what begins with an apostrophe: taking one from every text that begins with one gives back what was there.
    """
    return APOSTROPHE + text if text.startswith((*FORMULA_STARTS, APOSTROPHE)) else text
