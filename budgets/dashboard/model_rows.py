"""The table of models: spend, share and trend of each, the rest as one."""

from dataclasses import dataclass

from budgets.dashboard.chart import OTHERS, display_name
from budgets.dashboard.choices import Choices
from budgets.dashboard.colors import OTHER, colors_of
from budgets.dashboard.links import entries_url
from budgets.dashboard.trends import Trend, trend_of
from budgets.domain.shares import percent, whole_of
from budgets.queries.spend import ModelSpend, Spend
from budgets.queries.spend_series import MAX_SERIES, Split


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A line of the table. `model` is None, and there is no link, for the rest."""

    model: str | None
    name: str
    color: str
    spend: Spend
    percent: float
    trend: Trend | None
    url: str


def rest_of(total: Spend, models: list[ModelSpend]) -> Spend | None:
    """What the other models cost; None where there are none."""
    spends = [one.spend for one in models]
    entries = total.entries - sum(one.entries for one in spends)
    if entries <= 0:
        return None
    return Spend(
        total.cost_nanousd - sum(one.cost_nanousd for one in spends),
        entries,
        total.compared_nanousd - sum(one.compared_nanousd for one in spends),
        total.before_nanousd - sum(one.before_nanousd for one in spends),
    )


def model_rows(choices: Choices, total: Spend, models: list[ModelSpend]) -> list[ModelRow]:
    """Each model by falling spend, and the rest; shares are of the positive spend."""
    rest = rest_of(total, models)
    whole = whole_of([*(one.spend.cost_nanousd for one in models), rest.cost_nanousd if rest else 0])
    names = {one.model: display_name(Split.MODEL, one.model) for one in models}
    # As in the chart, where the models beyond the first are one.
    colors = colors_of([names[one.model] for one in models[:MAX_SERIES]])
    rows = [
        ModelRow(
            one.model,
            names[one.model],
            colors.get(names[one.model], OTHER),
            one.spend,
            percent(one.spend.cost_nanousd, whole),
            trend_of(one.spend),
            entries_url(choices, one.model),
        )
        for one in models
    ]
    if rest is None:
        return rows
    # Models of the range before only are in no row, so the rest's trend would be of other models.
    return [*rows, ModelRow(None, OTHERS[Split.MODEL], OTHER, rest, percent(rest.cost_nanousd, whole), None, "")]
