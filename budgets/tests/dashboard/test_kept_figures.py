"""Pages of an instance with many users show figures that cron has read, and say of when."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from budgets.dashboard.ranges import PRESETS, preset_range
from budgets.domain.windows import HOUR, usual_first_days
from budgets.models import EndUser, Project, UserFigures
from budgets.services import kept_figures
from budgets.services.kept_figures import keep_figures
from budgets.templatetags.moments import moment_text
from budgets.tests.dashboard.conftest import INDEX, USD, overview, spend
from budgets.tests.dashboard.test_models_page import PAGE


@pytest.fixture
def kept(site: Client, shop: Project, monkeypatch: pytest.MonkeyPatch) -> datetime:
    """A dozen users, and when their figures were kept."""
    monkeypatch.setattr(kept_figures, "MANY_USERS", 5)
    monkeypatch.setattr(kept_figures, "MANY_DAY_SPENDS", 0)
    now = timezone.now()
    for number in range(12):
        spend(shop, f"user {number}", 1 + number / 10, f"m{number % 3}", at=now - timedelta(days=number), days=30)
    at = timezone.now()
    keep_figures(now=at)
    return at


@pytest.mark.parametrize("hours", range(0, 24 * 40, 7))
def test_the_ranges_that_are_offered_begin_on_days_that_are_kept(hours: int) -> None:
    now = datetime(2028, 2, 20, tzinfo=UTC) + hours * HOUR + timedelta(minutes=5)
    kept_days = {start.date() for start in usual_first_days(now)}
    assert {preset_range(preset, now).start.date() for preset in PRESETS} <= kept_days


def shown(parts: dict[str, Any]) -> list[str]:
    # As text, since a user's usage is as of the request.
    users = [(row.user.name, row.spent.cost_nanousd) for row in parts["users"]]
    run_out = [row.user.name for row in parts["run_out"]]
    return [str(one) for one in (parts["total"], parts["active"], users, parts["counts"].users, run_out)]


@pytest.mark.parametrize("range_key", ["24h", "7d", "30d", "90d", "12m"])
def test_what_is_kept_is_what_would_be_read(site: Client, kept: datetime, range_key: str) -> None:
    query = f"?range={range_key}"
    told, html = overview(site, query), site.get(INDEX + query).content.decode()
    assert (told["users_as_of"], told["outlook_as_of"]) == (kept, kept)
    assert html.count(f"is of {moment_text(kept)}") == 2
    assert f"as of {moment_text(kept)}" in site.get(PAGE + query).content.decode()
    UserFigures.objects.all().delete()
    read_now = overview(site, query)
    assert shown(told) == shown(read_now)


@pytest.mark.usefixtures("kept")
@pytest.mark.parametrize("query", ["?split=user", "?split=user&range=12m", "?split=user&range=90d&step=week"])
def test_the_chart_by_user_agrees_with_the_tables(site: Client, shop: Project, query: str) -> None:
    # One who came since is told among the others.
    spend(shop, "late", 9)
    parts = overview(site, query)
    chart = parts["chart"]
    assert chart.total_nanousd == parts["total"].cost_nanousd
    costs = [row.spent.cost_nanousd for row in parts["users"]]
    assert [one.cost_nanousd for one in chart.legend] == [*costs, chart.total_nanousd - sum(costs)]
    assert chart.legend[-1].name == "other users"


def test_with_few_users_nothing_is_of_another_moment(site: Client, shop: Project) -> None:
    for number in range(8):
        spend(shop, f"user {number}", 1)
    keep_figures(now=timezone.now())
    parts = overview(site, "?split=user")
    assert (parts["users_as_of"], parts["outlook_as_of"]) == (None, None)
    assert "to be read each time" not in site.get(INDEX).content.decode()
    # Eight users are all there are: no others are drawn.
    assert [one.name for one in parts["chart"].legend] == [f"user {n} · shop" for n in range(8)]
    spend(shop, "user 8", 0.5)
    assert overview(site, "?split=user")["chart"].legend[-1].cost_nanousd == USD // 2
    assert EndUser.objects.count() == 9
