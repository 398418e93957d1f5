"""Money: an integer count of nano-USD (1e-9 USD) inside, decimals and JSON numbers at the edges (design §2)."""

import re
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from functools import lru_cache

NANOUSD_PER_USD = 1_000_000_000
# A bound on any one figure and on what one period holds, in USD: sums of hundreds of such still fit 64 bits.
MAX_USD = 10_000_000
MAX_NANOUSD = MAX_USD * NANOUSD_PER_USD
# More digits than any figure up to MAX_USD has, as a JSON number or in a database.
_EXACT = Context(prec=40)
GROUPED = re.compile(r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?")


class MoneyError(ValueError):
    """A figure that is no amount of money: not finite, negative where it must not be, or beyond MAX_USD."""


def nanousd_from_decimal(usd: Decimal) -> int:
    """Round `usd` to nano-USD, half to even. Raises MoneyError where it is not finite or is beyond MAX_USD."""
    if not usd.is_finite():
        raise MoneyError("must be a finite number")
    # By its exponent first: abs() of a figure such as 1E+999999999 overflows.
    if usd.adjusted() > 9 or abs(usd) > MAX_USD:
        raise MoneyError(f"must not be beyond {MAX_USD} USD")
    return int(_EXACT.multiply(usd, NANOUSD_PER_USD).to_integral_value(ROUND_HALF_EVEN))


# A post has most figures twice, as the one model's cost and as the sum, and limits that are alike.
@lru_cache(maxsize=4_096)
def nanousd_from_number(usd: float) -> int:
    """Round a JSON number of USD to nano-USD: by its shortest decimal form, never by float arithmetic.

    Raises MoneyError where it is negative, not finite or beyond MAX_USD.
    """
    amount = nanousd_from_decimal(Decimal(repr(usd)))
    if amount < 0:
        raise MoneyError("must not be negative")
    return amount


def nanousd_from_text(usd: str) -> int:
    """Read USD as a person types them ("12.50", "$1,000"). Raises MoneyError where that is no amount.

    A comma groups thousands; where others write a decimal comma ("12,50"), it is refused rather than misread.
    """
    typed = usd.strip().removeprefix("$")
    if "," in typed and not GROUPED.fullmatch(typed):
        raise MoneyError("must have a point before the cents, such as 12.50; commas only between thousands")
    try:
        exact = Decimal(typed.replace(",", ""))
    except InvalidOperation as error:
        raise MoneyError("must be an amount in USD, such as 12.50") from error
    amount_nanousd = nanousd_from_decimal(exact)
    if exact and not amount_nanousd:
        raise MoneyError("must not be smaller than a nano-USD (0.000000001), nor round to nothing")
    return amount_nanousd


def usd_from_nanousd(amount_nanousd: int) -> Decimal:
    """The exact amount in USD, without trailing zeros."""
    usd = Decimal(amount_nanousd).scaleb(-9)
    return usd.quantize(Decimal(1)) if usd == usd.to_integral_value() else usd.normalize()


def json_number_from_nanousd(amount_nanousd: int) -> float | int:
    """The amount in USD as the wire's JSON number: the double nearest to it, or an int where it is whole."""
    # Of two ints, the quotient is the double nearest to the exact one.
    return amount_nanousd / NANOUSD_PER_USD if amount_nanousd % NANOUSD_PER_USD else amount_nanousd // NANOUSD_PER_USD


def wire_nanousd(amount_nanousd: int) -> int:
    """The amount as it comes back from the wire: from some 9 million USD on, a double cannot tell every nano-USD."""
    return nanousd_from_number(json_number_from_nanousd(amount_nanousd))


def exact_usd(amount_nanousd: int) -> str:
    """Dollars to the last digit there is, and never fewer than cents: "$12.50", "-$0.000225001"."""
    usd = abs(usd_from_nanousd(amount_nanousd))
    whole, _, fraction = f"{usd:,f}".partition(".")
    return f"{'-' if amount_nanousd < 0 else ''}${whole}.{fraction.ljust(2, '0')}"


def format_usd(amount_nanousd: int) -> str:
    """Dollars for people: cents where that says it all, more digits where the amount is small.

    12500000000 gives "$12.50", 225000 gives "$0.000225", 1234567890123 gives "$1,234.57".
    """
    sign = "-" if amount_nanousd < 0 else ""
    usd = abs(usd_from_nanousd(amount_nanousd))
    if usd >= 1 or usd == usd.quantize(Decimal("0.01")):
        return f"{sign}${usd.quantize(Decimal('0.01'), ROUND_HALF_EVEN):,.2f}"
    # Below a dollar: three significant digits, and never fewer than cents.
    digits = max(2, 2 - usd.adjusted())
    text = f"{usd.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN):f}".rstrip("0")
    whole, _, fraction = text.partition(".")
    return f"{sign}${whole}.{fraction.ljust(2, '0')}"
