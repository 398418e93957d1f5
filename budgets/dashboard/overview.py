"""The page an admin opens first: what was spent, on what, by whom, who will run out, and whether anything is wrong."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from budgets.dashboard.chart import Chart, make_chart
from budgets.dashboard.choices import Choices, read_choices, spend_reach, within
from budgets.dashboard.first_steps import first_steps
from budgets.dashboard.health_line import read_health
from budgets.dashboard.links import active_url, csv_url, entries_url, list_url, models_url, users_csv_url
from budgets.dashboard.model_rows import model_rows, rest_of
from budgets.dashboard.ranges import Range
from budgets.dashboard.trends import compared_until, trend_of
from budgets.models import EndUser, OutlookFigures
from budgets.queries.access import Reach
from budgets.queries.active_users import UserSpend, active_users, top_users
from budgets.queries.end_users import NEAR_PERCENT, Usage, limit_counts, usage_by_id
from budgets.queries.kept_figures import Kept, kept_outlook, kept_users
from budgets.queries.outlook import outlook, over_now, run_out_soonest
from budgets.queries.resets import latest_resets
from budgets.queries.snapshot import one_moment
from budgets.queries.spend import ModelSpend, Spend, has_any_spend, spend_of_models, total_spend
from budgets.queries.spend_series import MAX_SERIES, Series, Split, series_of, spend_series

# As many as stand beside the chart. Of them at least so many run out only later, where there are as many.
LIMIT_ROWS = 8
LATER_ROWS = 4


@dataclass(frozen=True, slots=True)
class TopUser:
    """A line of the top users: spend in the range, then the open period against the limit."""

    user: EndUser
    usage: Usage
    spent: UserSpend


@dataclass(frozen=True, slots=True)
class RunOutRow:
    """A user who runs out before the reset, when, and whether the login may raise the limit.

    `at` is None where the user is over the limit now.
    """

    user: EndUser
    usage: Usage
    at: datetime | None
    may_raise: bool

    @property
    def over_nanousd(self) -> int:
        """How far over the limit the user is, in nano-USD."""
        return self.usage.spent_nanousd - (self.usage.limit_nanousd or 0)


def dashboard_callback(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Fill the admin's index (UNFOLD["DASHBOARD_CALLBACK"]); each part only for those who may see its rows."""
    now = timezone.now()
    choices = read_choices(request, now)
    parts: dict[str, Any] = {"now": now, "choices": choices, "may_view": False}
    if reach := spend_reach(request, choices):
        # Its figures are held against one another, while clients go on posting.
        with one_moment():
            kept = kept_outlook(reach=reach, now=now)
            parts |= spend_parts(choices, reach, kept, now) | {"may_view": True}
            parts["run_out"] = run_out_rows(reach, kept, within(request, choices, EndUser, "change"), now)
        parts["first_run_out"] = next((row.at for row in parts["run_out"] if row.at), None)
        if parts["is_new"]:
            parts["first_steps"] = first_steps(request, choices, now=now)
    parts["health"] = read_health(request, choices, now=now)
    # One name only, so that nothing here can hide a variable of the theme.
    return context | {"overview": parts, "title": "Dashboard"}


def _last_days(last_hours: Range) -> str:
    """In words, the whole days that the last 24 hours touch: in the day's last hour it is one."""
    return "today, UTC" if last_hours.days == 1 else "today and yesterday, UTC"


def spend_parts(choices: Choices, reach: Reach, outlooks: Kept[OutlookFigures], now: datetime) -> dict[str, Any]:
    """Tiles, chart, models, top users and resets."""
    window, project = choices.window, choices.project
    # Spend per end user is kept by the day.
    is_short, days_words = choices.range.key == "24h", _last_days(choices.range)
    total = total_spend(window, reach=reach, now=now)
    models = spend_of_models(window, reach=reach, now=now, limit=MAX_SERIES)
    kept = kept_users(window, reach=reach, now=now)
    active, users = active_users(window, kept=kept), top_users(window, kept=kept)
    return {
        "total": total,
        "trend": trend_of(total),
        "compared_until": compared_until(window, now),
        "counts": limit_counts(reach=reach, kept=outlooks),
        "near_percent": NEAR_PERCENT,
        "active": active,
        "users_as_of": kept.as_of,
        "outlook_as_of": outlooks.as_of,
        "active_url": active_url(choices),
        "active_words": days_words if is_short else "in the range",
        "users_words": days_words if is_short else choices.range.words,
        "is_empty": not models,
        "is_new": not models and not has_any_spend(reach=reach),
        "chart": spend_chart(choices, reach, total, models, users, now) if models else None,
        "models": model_rows(choices, total, models),
        "models_url": models_url(choices),
        "entries_url": entries_url(choices),
        "users": top_user_rows(users, now),
        "users_csv_url": users_csv_url(choices),
        "over_url": list_url("enduser", project, limit="over"),
        "near_url": list_url("enduser", project, limit="near"),
        "outlook": outlook(kept=outlooks, now=now),
        "runs_out_url": list_url("enduser", project, limit="runs_out"),
        "resets": latest_resets(reach=reach),
    }


def spend_chart(
    choices: Choices, reach: Reach, total: Spend, models: list[ModelSpend], users: list[UserSpend], now: datetime
) -> Chart:
    """The chart in the chosen split."""
    series = chart_series(choices, reach, total, models, users)
    return make_chart("spend-chart", choices, series, csv_url=csv_url(choices), now=now)


def chart_series(
    choices: Choices, reach: Reach, total: Spend, models: list[ModelSpend], users: list[UserSpend]
) -> list[Series]:
    """The series; those of the models and the users are the tables'."""
    window, split = choices.window, choices.split
    if split is Split.USER:
        ids = [one.end_user_id for one in users]
        *series, rest = series_of(window, split, ids, reach=reach, has_rest=True)
        return [*series, rest] if any(rest.values_nanousd) or not series else series
    if split is Split.PROJECT:
        return spend_series(window, split, reach=reach)
    keys = [one.model for one in models]
    return series_of(window, split, keys, reach=reach, has_rest=rest_of(total, models) is not None)


def run_out_rows(reach: Reach, kept: Kept[OutlookFigures], may_change: Reach, now: datetime) -> list[RunOutRow]:
    """Who is over the limit, the furthest first, then who runs out first."""
    over = [(user, usage, None) for user, usage in over_now(reach=reach, now=now, limit=LIMIT_ROWS)]
    later = [(one.user, one.usage, one.at) for one in run_out_soonest(kept=kept, now=now, limit=LIMIT_ROWS)]
    shown = [*over[: LIMIT_ROWS - min(len(later), LATER_ROWS)], *later][:LIMIT_ROWS]
    return [RunOutRow(user, usage, at, may_change.covers(user.project_id)) for user, usage, at in shown]


def top_user_rows(spends: list[UserSpend], now: datetime) -> list[TopUser]:
    """Who spent most in the range."""
    rows = usage_by_id([one.end_user_id for one in spends], now=now)
    return [TopUser(*rows[one.end_user_id], one) for one in spends]
