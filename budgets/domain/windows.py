"""Windows of time that a chart shows, cut into hours, days, weeks or months. All times are aware and UTC."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


class Step(StrEnum):
    """How long a bucket is. Weeks begin on Monday."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


def floor_hour(moment: datetime) -> datetime:
    """The start of the moment's hour."""
    return moment.replace(minute=0, second=0, microsecond=0)


def floor_day(moment: datetime) -> datetime:
    """The start of the moment's day."""
    return floor_hour(moment).replace(hour=0)


def floor(moment: datetime, step: Step) -> datetime:
    """The start of the hour, day, week or month that the moment is in."""
    if step is Step.HOUR:
        return floor_hour(moment)
    day = floor_day(moment)
    if step is Step.WEEK:
        return day - day.weekday() * DAY
    return day.replace(day=1) if step is Step.MONTH else day


def next_start(start: datetime, step: Step) -> datetime:
    """Where the bucket after the one that begins at `start` does."""
    if step is Step.MONTH:
        return floor(start + 31 * DAY, Step.MONTH)
    return start + {Step.HOUR: HOUR, Step.DAY: DAY, Step.WEEK: 7 * DAY}[step]


def months_before(day: datetime, months: int) -> datetime:
    """The first of the month that many months before that of `day`."""
    index = day.year * 12 + day.month - 1 - months
    return floor_day(day).replace(year=index // 12, month=index % 12 + 1, day=1)


def usual_first_days(now: datetime) -> list[datetime]:
    """Where the ranges begin that pages offer: today, the last 24 hours, 7, 30 and 90 days, and 12 months."""
    today = floor_day(now)
    return [*(today - days * DAY for days in (0, 1, 6, 29, 89)), months_before(now, 11)]


@dataclass(frozen=True)
class Window:
    """`[start, end)`, whole hours, and where the window begins that it is compared with.

    The first and the last bucket are cut where the window is: of a week or a month they may show a part only.
    """

    start: datetime
    end: datetime
    step: Step
    before_start: datetime

    @cached_property
    def buckets(self) -> list[datetime]:
        """Each bucket's start."""
        found, at = [self.start], next_start(floor(self.start, self.step), self.step)
        while at < self.end:
            found.append(at)
            at = next_start(at, self.step)
        return found

    @cached_property
    def index_by_floor(self) -> dict[datetime, int]:
        """The bucket's number by the start of its whole hour, day, week or month."""
        return {floor(start, self.step): index for index, start in enumerate(self.buckets)}

    def bucket_end(self, index: int) -> datetime:
        """Where the bucket of that number ends, exclusive."""
        return self.buckets[index + 1] if index + 1 < len(self.buckets) else self.end

    def compared_until(self, now: datetime) -> datetime:
        """Up to where it can be compared with the window before: its end, or the end of the last full hour."""
        return max(self.start, min(self.end, floor_hour(now)))

    def before_until(self, now: datetime) -> datetime:
        """As far into the window before as `compared_until` is into this one."""
        return self.before_start + (self.compared_until(now) - self.start)
