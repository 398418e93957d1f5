"""Names and figures as a CSV file holds them: a spreadsheet shows them all and runs none, and no digit is lost."""

from decimal import Decimal

from budgets.domain.money import usd_from_nanousd

# What a spreadsheet takes for the start of a formula (OWASP, "CSV injection"), the wide forms of it included.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
APOSTROPHE = "'"


class Figure(Decimal):
    """An exact figure, which `csv.QUOTE_NONNUMERIC` leaves without quotes, and never with an exponent."""

    def __str__(self) -> str:
        return f"{self:f}"


def name_cell(text: str) -> str:
    """The text so that a spreadsheet shows it and runs nothing: what it could take for a formula gets an apostrophe.

    So does what begins with an apostrophe: taking one from every text that begins with one gives back what was there.
    """
    return APOSTROPHE + text if text.startswith((*FORMULA_STARTS, APOSTROPHE)) else text


def usd_cell(amount_nanousd: int) -> Figure:
    """The exact amount in USD."""
    return Figure(usd_from_nanousd(amount_nanousd))
