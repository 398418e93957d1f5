"""The page an admin opens first: what was spent, on what, by whom, and whether anything is wrong."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from budgets.dashboard.chart import chart_data, model_rows, series_name, table_rows
from budgets.dashboard.ranges import RANGES, Range, range_of
from budgets.models import ApiKey, Client, CostEntry, EndUser, Project, ResetRun
from budgets.queries.access import Reach, only, reach_of
from budgets.queries.clients import latest_flags
from budgets.queries.end_users import NEAR_PERCENT, Usage, limit_counts, usage_by_id
from budgets.queries.health import last_ledger_check, reset_health
from budgets.queries.shared_spend import shared_spend
from budgets.queries.spend import (
    Total,
    UserSpend,
    Window,
    active_users,
    has_any_spend,
    spend_by_model,
    top_users,
    total_spend,
)

# More than this in a drop-down helps nobody.
MAX_PROJECTS = 200


@dataclass(frozen=True, slots=True)
class Choices:
    """What the URL asks for, and what else it could."""

    range: Range
    project: Project | None
    projects: list[Project]

    def url(self, **other: str) -> str:
        """The query string of these choices, but for `other`."""
        chosen = {"range": self.range.key} | ({"project": str(self.project.pk)} if self.project else {})
        return "?" + urlencode(chosen | other)


@dataclass(frozen=True, slots=True)
class TopUser:
    """A line of the top users: spend in the range, then the open period against the limit."""

    user: EndUser
    usage: Usage
    spent: UserSpend


def dashboard_callback(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Fill the admin's index (UNFOLD["DASHBOARD_CALLBACK"]); each part only for those who may see its rows."""
    now = timezone.now()
    choices = read_choices(request)
    window = choices.range.window(now)
    parts: dict[str, Any] = {"now": now, "choices": choices, "ranges": range_links(choices), "may_view": False}
    if spend_reach := within(request, choices, CostEntry) & within(request, choices, EndUser):
        parts |= spend_parts(choices, spend_reach, window, now) | {"may_view": True}
        parts["may_add_keys"] = bool(reach_of(request.user, "add", ApiKey))
    if flags_reach := within(request, choices, Client):
        parts["flags"] = latest_flags(reach=flags_reach)
        parts["shared"] = shared_spend(window, reach=flags_reach)
        parts["shared_url"] = client_list_url(choices.project, state="shared")
    # Whether cron runs and the ledger is sound is about the instance, which no role reaches.
    if reach_of(request.user, "view", ResetRun).is_everything:
        parts["health"] = reset_health(now=now)
        parts["ledger_check"] = last_ledger_check()
    parts |= snippet(request, choices)
    # One name only, so that nothing here can hide a variable of the theme.
    return context | {"overview": parts, "title": "Dashboard"}


def read_choices(request: HttpRequest) -> Choices:
    """The range and the project of the URL; what it names wrongly counts as not named."""
    within_reach = reach_of(request.user, "view", Project).of(Project.objects.only("pk", "name"), "pk")
    projects = list(within_reach[:MAX_PROJECTS])
    wanted = request.GET.get("project", "")
    project = next((one for one in projects if str(one.pk) == wanted), None)
    return Choices(range_of(request.GET.get("range")), project, projects)


def within(request: HttpRequest, choices: Choices, model: type[Model]) -> Reach:
    """Where the login may see the model's rows, in the chosen project alone where one is chosen."""
    reach = reach_of(request.user, "view", model)
    return reach & only(choices.project) if choices.project else reach


def range_links(choices: Choices) -> list[dict[str, Any]]:
    """The range picker's links."""
    return [
        {"label": one.label, "url": choices.url(range=one.key), "current": one is choices.range, "words": one.words}
        for one in RANGES
    ]


def spend_parts(choices: Choices, reach: Reach, window: Window, now: datetime) -> dict[str, Any]:
    """Tiles, chart, models and top users."""
    project = choices.project
    total = total_spend(window, reach=reach)
    before = total_spend(window.before, reach=reach)
    series = spend_by_model(window, reach=reach)
    return {
        "total": total,
        "before": before,
        "change": change_words(total, before),
        "counts": limit_counts(reach=reach),
        "near_percent": NEAR_PERCENT,
        "active": active_users(window, reach=reach),
        "active_words": "today and yesterday, UTC" if window.step < timedelta(days=1) else f"in {choices.range.words}",
        "is_empty": not series,
        "is_new": not series and not has_any_spend(reach=reach),
        "chart": chart_data(window, series) if series else None,
        "chart_names": [series_name(one) for one in series],
        "chart_table": table_rows(window, series),
        "models": model_rows(series),
        "users": top_user_rows(window, reach, now),
        "user_list_url": user_list_url(project),
        "over_url": user_list_url(project, limit="over"),
        "near_url": user_list_url(project, limit="near"),
    }


def change_words(total: Total, before: Total) -> dict[str, str] | None:
    """The change against the range before, in words and as a direction; None where there was nothing before."""
    if before.cost_nanousd <= 0:
        return None
    percent = round((total.cost_nanousd - before.cost_nanousd) * 100 / before.cost_nanousd)
    if percent == 0:
        return {"text": "as much as", "icon": "trending_flat"}
    if percent > 0:
        return {"text": f"{percent} % more than", "icon": "trending_up"}
    return {"text": f"{-percent} % less than", "icon": "trending_down"}


def top_user_rows(window: Window, reach: Reach, now: datetime) -> list[TopUser]:
    """Who spent most in the range."""
    spends = top_users(window, reach=reach)
    rows = usage_by_id([one.end_user_id for one in spends], now=now)
    return [TopUser(*rows[one.end_user_id], one) for one in spends]


def user_list_url(project: Project | None, **filters: str) -> str:
    """The end users' list with these filters, of the chosen project."""
    chosen = ({"project": str(project.pk)} if project else {}) | filters
    return reverse("admin:budgets_enduser_changelist") + (f"?{urlencode(chosen)}" if chosen else "")


def client_list_url(project: Project | None, **filters: str) -> str:
    """The clients' list with these filters, of the chosen project."""
    chosen = ({"project": str(project.pk)} if project else {}) | filters
    return reverse("admin:budgets_client_changelist") + f"?{urlencode(chosen)}"


def snippet(request: HttpRequest, choices: Choices) -> dict[str, Any]:
    """The client snippet of the empty state, with the host the request came to."""
    project = choices.project or (choices.projects[0] if choices.projects else None)
    return {
        "api_base": f"{request.scheme}://my-app-1:<key>@{request.get_host()}",
        "project_name_repr": json.dumps(project.name if project else "my-project", ensure_ascii=False),
    }
