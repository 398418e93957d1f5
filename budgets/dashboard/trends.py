"""How a figure stands to that of the range before, in words, a sign and an arrow: never by colour alone."""

from dataclasses import dataclass
from datetime import datetime

from budgets.domain.windows import Window
from budgets.queries.spend import Spend

# Beyond this a percentage says less than how many times as much it is.
MAX_PERCENT = 999


@dataclass(frozen=True, slots=True)
class Trend:
    """`short` for tables ("+12 %"), `words` for sentences ("12 % more than"), and the name of an arrow."""

    short: str
    words: str
    icon: str


def trend_of(spend: Spend) -> Trend | None:
    """The trend up to the last full hour; None where nothing was spent before, nor now."""
    now, before = spend.compared_nanousd, spend.before_nanousd
    if before <= 0:
        return Trend("new", "", "") if now > 0 else None
    percent = ((now - before) * 200 + before) // (before * 2)
    if percent == 0:
        return Trend("±0 %", "as much as", "trending_flat")
    if percent < 0:
        return Trend(f"−{-percent} %", f"{-percent} % less than", "trending_down")
    if percent > MAX_PERCENT:
        times = now // before
        return Trend(f"×{times:,}", f"{times:,} times", "trending_up")
    return Trend(f"+{percent} %", f"{percent} % more than", "trending_up")


def compared_until(window: Window, now: datetime) -> str:
    """Up to what hour a window that is not over is compared, such as "14:00 UTC"; nothing for one that is."""
    return f"{window.compared_until(now):%H:%M} UTC" if window.start <= now < window.end else ""
