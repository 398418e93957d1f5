"""The dashboard's ranges, as the URL names them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from budgets.queries.spend import Window

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Range:
    """A choice of the range picker: its name in the URL, its label, and `count` buckets of `step`."""

    key: str
    label: str
    words: str
    step: timedelta
    count: int

    def window(self, now: datetime) -> Window:
        """The buckets up to and with the one that `now` is in. `now` is UTC."""
        current = now.replace(minute=0, second=0, microsecond=0)
        if self.step == DAY:
            current = current.replace(hour=0)
        return Window(current - (self.count - 1) * self.step, current + self.step, self.step)


RANGES = (
    Range("24h", "24 h", "24 hours", HOUR, 24),
    Range("7d", "7 days", "7 days", DAY, 7),
    Range("30d", "30 days", "30 days", DAY, 30),
    Range("90d", "90 days", "90 days", DAY, 90),
)
DEFAULT_RANGE = RANGES[2]


def range_of(key: str | None) -> Range:
    """The range of that name; the default where there is none such."""
    return next((choice for choice in RANGES if choice.key == key), DEFAULT_RANGE)
