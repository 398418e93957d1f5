"""The page of models: what each cost, who used it, and litellm's list price beside it."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone

from budgets.dashboard.buckets import bucket_titles
from budgets.dashboard.chart import make_chart
from budgets.dashboard.choices import Choices, read_choices, spend_reach
from budgets.dashboard.links import csv_url
from budgets.dashboard.model_rows import ModelRow, model_rows, rest_of
from budgets.dashboard.sparkbars import Sparkbars, sparkbars
from budgets.dashboard.trends import compared_until
from budgets.models import CostEntry, EndUser
from budgets.queries.access import Login, Reach, reach_of
from budgets.queries.active_users import users_by_model
from budgets.queries.kept_figures import kept_users
from budgets.queries.snapshot import one_moment
from budgets.queries.spend import ModelSpend, Spend, spend_of_models, total_spend
from budgets.queries.spend_series import MAX_SERIES, Series, Split, series_of
from budgets.services.pricing_list import ListPrice, list_price

# More lines than this nobody reads; the CSV has all.
MAX_MODELS = 50


@dataclass(frozen=True, slots=True)
class PricedRow:
    """A line of the page. `price` is None where litellm does not know the model."""

    row: ModelRow
    users: int | None
    per_entry_nanousd: int | None
    price: ListPrice | None
    spark: Sparkbars


def may_see_models(login: Login) -> bool:
    """Whether the login may see any spend."""
    return bool(reach_of(login, "view", CostEntry) & reach_of(login, "view", EndUser))


def models_view(request: HttpRequest) -> TemplateResponse:
    """The page. Raises PermissionDenied where the login may see no spend."""
    now = timezone.now()
    # The page is about models: another split of the URL is the overview's.
    choices = replace(read_choices(request, now), split=Split.MODEL)
    reach = spend_reach(request, choices)
    if not reach:
        raise PermissionDenied
    # Its figures are held against one another, while clients go on posting.
    with one_moment():
        page = {"now": now, "choices": choices} | models_parts(choices, reach, now)
    context = admin.site.each_context(request) | {"title": "Models", "models_page": page}
    return TemplateResponse(request, "budgets/models.html", context)


def models_parts(choices: Choices, reach: Reach, now: datetime) -> dict[str, Any]:
    """Chart and table."""
    window = choices.window
    total = total_spend(window, reach=reach, now=now)
    models = spend_of_models(window, reach=reach, now=now, limit=MAX_MODELS)
    rest = rest_of(total, models)
    names = [one.model for one in models]
    series = series_of(window, Split.MODEL, names, reach=reach, has_rest=rest is not None)
    kept = kept_users(window, reach=reach, now=now)
    users = users_by_model(window, names, kept=kept)
    chart = make_chart("models-chart", choices, charted(series), csv_url=csv_url(choices), now=now) if models else None
    return {
        "total": total,
        "chart": chart,
        "rows": priced_rows(choices, total, models, series, users, now),
        "compared_until": compared_until(window, now),
        "users_as_of": kept.as_of,
    }


def charted(series: list[Series]) -> list[Series]:
    """As many of the series as a chart bears, and the others as one."""
    rest = series[MAX_SERIES:]
    if not rest:
        return series
    sums = [sum(values) for values in zip(*(one.values_nanousd for one in rest), strict=True)]
    return [*series[:MAX_SERIES], Series(None, "", sums)]


def priced_rows(
    choices: Choices, total: Spend, models: list[ModelSpend], series: list[Series], users: dict[str, int], now: datetime
) -> list[PricedRow]:
    """The table's lines; the rest has no users and no price of its own."""
    titles = bucket_titles(choices.window, now)
    return [
        PricedRow(
            row,
            users.get(row.model, 0) if row.model is not None else None,
            row.spend.cost_nanousd // row.spend.entries if row.spend.entries else None,
            list_price(row.model) if row.model else None,
            sparkbars(one.values_nanousd, titles),
        )
        for row, one in zip(model_rows(choices, total, models), series, strict=True)
    ]
