"""The stacked chart of spend over time: what its script draws, and the same as a table and as a link to a CSV file."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from budgets.dashboard.buckets import bucket_labels, bucket_titles
from budgets.dashboard.choices import SPLIT_LABELS, STEP_LABELS, Choices, Unit
from budgets.dashboard.colors import OTHER, colors_of
from budgets.domain.money import usd_from_nanousd
from budgets.domain.names import EMPTY, visible_name
from budgets.domain.shares import percent, whole_of
from budgets.queries.spend_series import Series, Split
from budgets.templatetags.money import usd

OTHERS = {Split.MODEL: "other models", Split.PROJECT: "other projects", Split.USER: "other users"}
NO_MODEL = "unattributed"
# Beside its colour a series has a pattern, so that neighbours are told apart without seeing colours.
PATTERNS = 3


@dataclass(frozen=True, slots=True)
class LegendEntry:
    """A series: its name, its colour by name and its pattern by number, and its spend with its share of the whole."""

    name: str
    color: str
    pattern: int
    cost_nanousd: int
    percent: float


@dataclass(frozen=True, slots=True)
class TableRow:
    """A bucket as text: its title, each series' figure and the sum."""

    title: str
    figures: list[str]
    total: str


@dataclass(frozen=True, slots=True)
class Chart:
    """What templates/budgets/chart.html shows; `data` goes to static/budgets/chart.js.

    `chart_id` is unique on a page. `sums` are those of each series over all buckets.
    """

    chart_id: str
    title: str
    step_heading: str
    step_words: str
    words: str
    total_nanousd: int
    legend: list[LegendEntry]
    data: dict[str, Any]
    rows: list[TableRow]
    sums: list[str]
    csv_url: str

    @property
    def data_id(self) -> str:
        """Where the page keeps the figures for the script."""
        return f"{self.chart_id}-data"

    @property
    def label(self) -> str:
        """What the chart shows, for those who do not see it."""
        return f"Stacked bars: {self.title.lower()} over {self.words}, {usd(self.total_nanousd)} in all"


def display_name(split: Split, name: str, project: str = "") -> str:
    """The series' name, or what stands for an empty one; an end user with the project where several are shown."""
    shown = visible_name(name, NO_MODEL if split is Split.MODEL else EMPTY)
    return f"{shown} · {visible_name(project)}" if project else shown


def make_chart(chart_id: str, choices: Choices, series: list[Series], *, csv_url: str, now: datetime) -> Chart:
    """The chart of these series in the chosen unit."""
    window, names = choices.window, series_names(choices, series)
    totals = [sum(values) for values in zip(*(one.values_nanousd for one in series), strict=True)]
    titles = bucket_titles(window, now)
    figures = _figures(choices.unit, series)
    legend = legend_of(series, names)
    is_share = choices.unit is Unit.SHARE
    return Chart(
        chart_id=chart_id,
        title=f"{'Share of spend' if is_share else 'Spend'} per {SPLIT_LABELS[choices.split].lower()}",
        step_heading=f"{STEP_LABELS[choices.step]} (UTC)",
        step_words=f"per {choices.step}, UTC",
        words=choices.range.words,
        total_nanousd=sum(totals),
        legend=legend,
        data={
            "unit": choices.unit,
            "labels": bucket_labels(window),
            "titles": titles,
            "totals": [usd(total) for total in totals],
            "series": [
                {
                    "name": entry.name,
                    "color": entry.color,
                    "pattern": entry.pattern,
                    "values": _drawn(choices.unit, series, index),
                    "texts": figures[index],
                }
                for index, entry in enumerate(legend)
            ],
        },
        rows=[
            TableRow(titles[index], [texts[index] for texts in figures], usd(total))
            for index, total in reversed(list(enumerate(totals)))
        ],
        sums=[f"{entry.percent} %" if is_share else usd(entry.cost_nanousd) for entry in legend],
        csv_url=csv_url,
    )


def series_names(choices: Choices, series: list[Series]) -> list[str]:
    """How each series is called."""
    split, names = choices.split, list[str]()
    for one in series:
        project = "" if choices.project else one.project
        names.append(OTHERS[split] if one.key is None else display_name(split, one.name, project))
    return names


def legend_of(series: list[Series], names: list[str]) -> list[LegendEntry]:
    """Each series with its colour and its share of the positive spend."""
    colors = colors_of([name for one, name in zip(series, names, strict=True) if one.key is not None])
    whole = whole_of([one.cost_nanousd for one in series])
    return [
        LegendEntry(
            name,
            OTHER if one.key is None else colors[name],
            index % PATTERNS,
            one.cost_nanousd,
            percent(one.cost_nanousd, whole),
        )
        for index, (one, name) in enumerate(zip(series, names, strict=True))
    ]


def _bucket_wholes(series: list[Series]) -> list[int]:
    return [whole_of(list(values)) for values in zip(*(one.values_nanousd for one in series), strict=True)]


def _figures(unit: Unit, series: list[Series]) -> list[list[str]]:
    """By series and bucket, as text."""
    if unit is Unit.USD:
        return [[usd(value) for value in one.values_nanousd] for one in series]
    wholes = _bucket_wholes(series)
    return [
        [f"{percent(value, whole)} %" for value, whole in zip(one.values_nanousd, wholes, strict=True)]
        for one in series
    ]


def _drawn(unit: Unit, series: list[Series], index: int) -> list[float]:
    """The heights of a series' bars."""
    values = series[index].values_nanousd
    if unit is Unit.USD:
        return [float(usd_from_nanousd(value)) for value in values]
    wholes = _bucket_wholes(series)
    return [max(value, 0) * 100 / whole if whole else 0.0 for value, whole in zip(values, wholes, strict=True)]
