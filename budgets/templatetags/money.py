"""The one place where nano-USD become text on a page."""

from django import template

from budgets.domain.money import exact_usd, format_usd

register = template.Library()

UNLIMITED = "unlimited"


@register.filter
def usd(amount_nanousd: int | None) -> str:
    """Dollars for people; a limit of None reads "unlimited"."""
    return UNLIMITED if amount_nanousd is None else format_usd(amount_nanousd)


@register.filter
def usd_exact(amount_nanousd: int) -> str:
    """Dollars to the last digit, for rows of the ledger."""
    return exact_usd(amount_nanousd)
