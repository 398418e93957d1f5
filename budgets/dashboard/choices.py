"""What the URL of a page of figures asks for: range, step, project, split and unit. A link shows the same thing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode

from django.db.models import Model
from django.http import HttpRequest

from budgets.dashboard.ranges import CUSTOM, DEFAULT, MAX_CUSTOM_DAYS, PRESETS, Range, custom_range, preset_range
from budgets.domain.roles import Act
from budgets.domain.row_ids import is_row_id
from budgets.domain.windows import Step, Window
from budgets.models import CostEntry, EndUser, Project
from budgets.queries.access import Reach, only, reach_of
from budgets.queries.spend_series import Split

# More than this in a drop-down helps nobody.
MAX_PROJECTS = 200
MAX_TOLD_CHARS = 40


class Unit(StrEnum):
    """What the bars show: dollars, or each part's share of its bucket."""

    USD = "usd"
    SHARE = "share"


STEP_LABELS = {Step.HOUR: "Hour", Step.DAY: "Day", Step.WEEK: "Week", Step.MONTH: "Month"}
SPLIT_LABELS = {Split.MODEL: "Model", Split.PROJECT: "Project", Split.USER: "End user"}
UNIT_LABELS = {Unit.USD: "USD", Unit.SHARE: "Share"}
E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Link:
    """A choice of a picker."""

    label: str
    url: str
    is_current: bool
    hint: str = ""


@dataclass
class Choices:
    """What was chosen, what else could be, and in `notices` what of the URL could not be had."""

    range: Range
    step: Step
    project: Project | None
    projects: list[Project]
    split: Split
    unit: Unit
    notices: list[str] = field(default_factory=list)

    @property
    def window(self) -> Window:
        """The range in its buckets."""
        return self.range.window(self.step)

    @property
    def splits(self) -> list[Split]:
        """By project only where all are shown."""
        return [Split.MODEL, Split.USER] if self.project else list(Split)

    @property
    def state(self) -> dict[str, str]:
        """The choices as the URL has them, without those that are as if not named."""
        chosen = {"range": self.range.key}
        if self.range.key == CUSTOM:
            chosen |= {"from": f"{self.range.start:%Y-%m-%d}", "to": f"{_last_day(self.range)}"}
        if self.project:
            chosen["project"] = str(self.project.pk)
        if self.step is not self.range.default_step:
            chosen["step"] = self.step
        if self.split is not Split.MODEL:
            chosen["split"] = self.split
        return chosen if self.unit is Unit.USD else chosen | {"unit": self.unit}

    def url(self, without: Iterable[str] = (), **other: str) -> str:
        """The query string of these choices, but for `other` and without some."""
        return "?" + urlencode({key: value for key, value in (self.state | other).items() if key not in without})

    def hidden(self, *others: str) -> list[tuple[str, str]]:
        """The choices that a form keeps while it asks for others."""
        return [(key, value) for key, value in self.state.items() if key not in others]

    @property
    def kept_by_project_form(self) -> list[tuple[str, str]]:
        """What the choice of a project leaves as it is."""
        return self.hidden("project")

    @property
    def kept_by_date_form(self) -> list[tuple[str, str]]:
        """What the choice of dates leaves as it is."""
        return [*self.hidden("range", "from", "to", "step"), ("range", CUSTOM)]

    @property
    def is_custom(self) -> bool:
        """Whether the range is one of dates."""
        return self.range.key == CUSTOM

    @property
    def first_day(self) -> str:
        """The range's first UTC day, for the box that asks for it."""
        return f"{self.range.start:%Y-%m-%d}"

    @property
    def last_day(self) -> str:
        """The range's last UTC day."""
        return f"{_last_day(self.range)}"

    @property
    def range_links(self) -> list[Link]:
        """The ranges; each with the step that suits it."""
        gone = ("from", "to", "step")
        return [
            Link(one.label, self.url(gone, range=one.key), one.key == self.range.key, f"The last {one.words}")
            for one in PRESETS
        ]

    @property
    def step_links(self) -> list[Link]:
        """The steps of the range; none where there is one only."""
        steps = [one for one in self.range.steps if one is not Step.HOUR or self.split is not Split.USER]
        return [Link(STEP_LABELS[one], self.url(step=one), one is self.step) for one in steps] if steps[1:] else []

    @property
    def split_links(self) -> list[Link]:
        """The splits; by end user only where the step has it."""
        found = [one for one in self.splits if one is not Split.USER or self.step is not Step.HOUR]
        return [Link(SPLIT_LABELS[one], self.url(split=one), one is self.split) for one in found]

    @property
    def lacks_users(self) -> bool:
        """Whether the step is too fine for a split by end user."""
        return self.step is Step.HOUR

    @property
    def unit_links(self) -> list[Link]:
        """USD or share."""
        return [Link(UNIT_LABELS[one], self.url(unit=one), one is self.unit) for one in Unit]


def _last_day(chosen: Range) -> date:
    return (chosen.end - timedelta(microseconds=1)).date()


def read_choices(request: HttpRequest, now: datetime) -> Choices:
    """The choices of the URL; what it names wrongly counts as not named, and is told in a notice."""
    asked, notices = request.GET, list[str]()
    project, projects = _project(request, asked.get("project", ""), notices)
    chosen = _range(asked, now, notices)
    step = _one_of(asked.get("step", ""), "step", chosen.steps, chosen.default_step, notices)
    unit = _one_of(asked.get("unit", ""), "unit", list(Unit), Unit.USD, notices)
    split = _one_of(asked.get("split", ""), "split", list(Split), Split.MODEL, notices)
    if split is Split.PROJECT and project:
        split = Split.MODEL
    if split is Split.USER and step is Step.HOUR:
        split = Split.MODEL
        notices.append("Spend per end user is kept by the UTC day, so by the hour it is shown per model.")
    return Choices(chosen, step, project, projects, split, unit, notices)


def within(request: HttpRequest, choices: Choices, model: type[Model], act: Act = "view") -> Reach:
    """Where the login may do it to the model's rows, in the chosen project alone where one is chosen."""
    reach = reach_of(request.user, act, model)
    return reach & only(choices.project) if choices.project else reach


def spend_reach(request: HttpRequest, choices: Choices) -> Reach:
    """Where the login may see who spent what."""
    return within(request, choices, CostEntry) & within(request, choices, EndUser)


def _project(request: HttpRequest, wanted: str, notices: list[str]) -> tuple[Project | None, list[Project]]:
    within_reach = reach_of(request.user, "view", Project).of(Project.objects.only("pk", "name"), "pk")
    projects = list(within_reach[:MAX_PROJECTS])
    if not wanted:
        return None, projects
    found = next((one for one in projects if str(one.pk) == wanted), None)
    if found is None and len(projects) == MAX_PROJECTS and is_row_id(wanted):
        found = within_reach.filter(pk=int(wanted)).first()
        projects += [found] if found else []
    if found is None:
        notices.append("There is no such project, or it is not yours to see: all projects are shown.")
    return found, projects


def _range(asked: Mapping[str, str], now: datetime, notices: list[str]) -> Range:
    key = asked.get("range", "")
    if key == CUSTOM:
        return _custom(asked, now, notices)
    preset = next((one for one in PRESETS if one.key == key), None)
    if key and preset is None:
        notices.append(f"There is no range “{key[:MAX_TOLD_CHARS]}”: {DEFAULT.words} are shown.")
    return preset_range(preset or DEFAULT, now)


def _custom(asked: Mapping[str, str], now: datetime, notices: list[str]) -> Range:
    first, last = _day(asked.get("from", "")), _day(asked.get("to", ""))
    if first is None or last is None or first > last or first > now.date():
        notices.append(
            f"A range of your own needs two dates up to today, such as from 2026-11-01 to 2026-11-15:"
            f" {DEFAULT.words} are shown."
        )
        return preset_range(DEFAULT, now)
    if last > now.date():
        last = now.date()
        notices.append("The range ends today: later days have no spend yet.")
    if (last - first).days >= MAX_CUSTOM_DAYS:
        first = date.fromordinal(last.toordinal() - MAX_CUSTOM_DAYS + 1)
        notices.append(f"The range begins on {first}: {MAX_CUSTOM_DAYS} days are shown at most.")
    return custom_range(first, last, now)


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    # So that the range before it, and months before that, are dates too.
    return found if found.year > 1990 else None


def _one_of(text: str, what: str, allowed: list[E], default: E, notices: list[str]) -> E:
    found = next((one for one in allowed if one.value == text), None)
    if text and found is None:
        notices.append(f"There is no {what} “{text[:MAX_TOLD_CHARS]}” here: {default.value} is shown.")
    return found or default
