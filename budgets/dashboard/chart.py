"""The stacked chart of spend per model: what its script draws, and the same as a table."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from budgets.domain.money import usd_from_nanousd
from budgets.queries.spend import Series, Window
from budgets.templatetags.money import usd

OTHER = "other models"
NO_MODEL = "unattributed"


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A line of the model table. `color` numbers the chart's colours; the rest has its own."""

    name: str
    color: str
    cost_nanousd: int
    entries: int
    percent: float


@dataclass(frozen=True, slots=True)
class TableRow:
    """A bucket of the text alternative: its label, each series' spend and their sum, in nano-USD."""

    label: str
    values_nanousd: list[int]
    total_nanousd: int


def series_name(series: Series) -> str:
    """The model's name, or what stands for none or for the rest."""
    return OTHER if series.model is None else series.model or NO_MODEL


def color_of(index: int, series: Series) -> str:
    """The name of the series' colour."""
    return "other" if series.model is None else str(index)


def bucket_label(start: datetime, step: timedelta) -> str:
    """Such as "14:00" for an hour, "Nov 3" for a day."""
    return f"{start:%H}:00" if step < timedelta(days=1) else f"{start:%b} {start.day}"


def bucket_title(start: datetime, step: timedelta) -> str:
    """The bucket in full, for tool tips and the table."""
    return f"{start:%Y-%m-%d %H}:00 UTC" if step < timedelta(days=1) else f"{start:%a, %Y-%m-%d} UTC"


def chart_data(window: Window, series: list[Series]) -> dict[str, Any]:
    """What the chart's script reads: figures to draw, and the texts to show, made by the one filter for money."""
    return {
        "labels": [bucket_label(start, window.step) for start in window.buckets],
        "titles": [bucket_title(start, window.step) for start in window.buckets],
        "totals": [usd(sum(values)) for values in zip(*(one.values_nanousd for one in series), strict=True)],
        "series": [
            {
                "name": series_name(one),
                "color": color_of(index, one),
                "values": [float(usd_from_nanousd(value)) for value in one.values_nanousd],
                "texts": [usd(value) for value in one.values_nanousd],
            }
            for index, one in enumerate(series)
        ],
    }


def table_rows(window: Window, series: list[Series]) -> list[TableRow]:
    """The same data as lines of text, the newest first."""
    rows = []
    for index, start in enumerate(window.buckets):
        values = [one.values_nanousd[index] for one in series]
        rows.append(TableRow(bucket_title(start, window.step), values, sum(values)))
    return rows[::-1]


def model_rows(series: list[Series]) -> list[ModelRow]:
    """Each model with its share of the positive spend."""
    total = sum(one.cost_nanousd for one in series if one.cost_nanousd > 0)
    return [
        ModelRow(
            series_name(one),
            color_of(index, one),
            one.cost_nanousd,
            one.entries,
            round(max(one.cost_nanousd, 0) * 100 / total, 1) if total else 0.0,
        )
        for index, one in enumerate(series)
    ]
