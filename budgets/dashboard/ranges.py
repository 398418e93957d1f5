"""The dashboard's ranges of time and the steps that suit each, as the URL names them. All of it is UTC."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from budgets.domain.windows import DAY, HOUR, Step, Window, floor_day, floor_hour, months_before

CUSTOM = "custom"
MAX_CUSTOM_DAYS = 1100
MONTHS = 12


@dataclass(frozen=True, slots=True)
class Preset:
    """A choice of the range picker: its name in the URL, its label, and in words."""

    key: str
    label: str
    words: str


PRESETS = (
    Preset("24h", "24 h", "24 hours"),
    Preset("7d", "7 days", "7 days"),
    Preset("30d", "30 days", "30 days"),
    Preset("90d", "90 days", "90 days"),
    Preset("12m", "12 months", "12 months"),
)
DEFAULT = PRESETS[2]
DAYS = {"7d": 7, "30d": 30, "90d": 90}


@dataclass(frozen=True, slots=True)
class Range:
    """`[start, end)` up to and with the hour or day that now is in, and where the range before begins.

    By the hour it ends with `hours_end`, since the hours after that have not come.
    `words` say how long it is or from when to when, `before_words` what it is compared with.
    """

    key: str
    words: str
    before_words: str
    start: datetime
    end: datetime
    before_start: datetime
    hours_end: datetime | None = None

    @property
    def days(self) -> int:
        """How many UTC days it touches."""
        return -((floor_day(self.start) - self.end) // DAY)

    @property
    def steps(self) -> list[Step]:
        """The steps that give a chart which can be read, the finest first."""
        if self.key == "24h":
            return [Step.HOUR]
        bounds = ((Step.HOUR, 1, 7), (Step.DAY, 2, 120), (Step.WEEK, 15, 400), (Step.MONTH, 60, MAX_CUSTOM_DAYS))
        return [step for step, least, most in bounds if least <= self.days <= most]

    @property
    def default_step(self) -> Step:
        """The step where the URL names none."""
        if self.key == "12m":
            return Step.MONTH
        coarse = [step for step in self.steps if step is not Step.HOUR]
        return coarse[0] if coarse else Step.HOUR

    def window(self, step: Step) -> Window:
        """The range cut into such steps."""
        end = min(self.end, self.hours_end) if step is Step.HOUR and self.hours_end else self.end
        return Window(self.start, end, step, self.before_start)


def preset_range(preset: Preset, now: datetime) -> Range:
    """The preset as it is at `now`."""
    words, before_words = preset.words, f"the {preset.words} before"
    if preset.key == "24h":
        end = floor_hour(now) + HOUR
        return Range(preset.key, words, before_words, end - DAY, end, end - 2 * DAY)
    end, hours_end = floor_day(now) + DAY, floor_hour(now) + HOUR
    if preset.key == "12m":
        start, before = months_before(now, MONTHS - 1), months_before(now, 2 * MONTHS - 1)
        return Range(preset.key, words, before_words, start, end, before, hours_end)
    length = DAYS[preset.key] * DAY
    return Range(preset.key, words, before_words, end - length, end, end - 2 * length, hours_end)


def custom_range(first: date, last: date, now: datetime) -> Range:
    """Whole days from `first` to `last`, both inside."""
    start, end = (datetime.combine(day, time(), UTC) for day in (first, last))
    end += DAY
    days = (end - start) // DAY
    words = f"{first} to {last}" if days > 1 else f"{first}"
    before_words = f"the {days} days before" if days > 1 else "the day before"
    return Range(CUSTOM, words, before_words, start, end, start - (end - start), floor_hour(now) + HOUR)
