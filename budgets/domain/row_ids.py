"""Ids of rows as an address or a form gives them: text of whoever asks."""

# Those of 64 bits have 19, which no table here will reach.
MAX_DIGITS = 18


def is_row_id(text: str) -> bool:
    """Whether it can be a row's id: digits of ASCII alone, and no more of them than a database takes."""
    return text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS
