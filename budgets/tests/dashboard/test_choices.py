"""The URL's choices: what it names is shown, what it names wrongly is told."""

from datetime import UTC, datetime
from urllib.parse import parse_qs

import pytest
from django.contrib.auth.models import User
from django.test import RequestFactory
from django.utils import timezone

from budgets.dashboard.choices import Choices, Unit, read_choices
from budgets.domain.windows import Step
from budgets.models import Project
from budgets.queries.spend_series import Split
from budgets.services.projects import create_project

NOW = datetime(2026, 11, 25, 14, 30, tzinfo=UTC)


@pytest.fixture
def boss(db: None) -> User:
    return User.objects.create_superuser("boss", password="x")


def chosen(boss: User, query: str) -> Choices:
    request = RequestFactory().get("/" + query)
    request.user = boss
    return read_choices(request, NOW)


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize("query", ["?range=7d&step=hour", "?range=custom&from=2026-11-20&to=2026-11-25&step=hour"])
def test_by_the_hour_it_ends_with_the_running_hour(boss: User, query: str) -> None:
    assert chosen(boss, query).window.end == at(2026, 11, 25, 15)


@pytest.mark.parametrize(
    ("query", "start", "end", "steps", "step"),
    [
        ("?range=24h", at(2026, 11, 24, 15), at(2026, 11, 25, 15), "hour", "hour"),
        ("?range=7d", at(2026, 11, 19), at(2026, 11, 26), "hour day", "day"),
        ("", at(2026, 10, 27), at(2026, 11, 26), "day week", "day"),
        ("?range=90d", at(2026, 8, 28), at(2026, 11, 26), "day week month", "day"),
        ("?range=12m", at(2025, 12, 1), at(2026, 11, 26), "week month", "month"),
        ("?range=12m&step=week", at(2025, 12, 1), at(2026, 11, 26), "week month", "week"),
        ("?range=custom&from=2026-11-03&to=2026-11-03", at(2026, 11, 3), at(2026, 11, 4), "hour", "hour"),
        ("?range=custom&from=2024-02-29&to=2026-11-03", at(2024, 2, 29), at(2026, 11, 4), "month", "month"),
    ],
)
def test_a_range_has_its_hours_or_days_and_the_steps_that_suit_it(
    boss: User, query: str, start: datetime, end: datetime, steps: str, step: str
) -> None:
    choices = chosen(boss, query)
    assert (choices.range.start, choices.range.end) == (start, end)
    assert [one.value for one in choices.range.steps] == steps.split()
    assert choices.step == step
    assert choices.notices == []
    assert 1 <= len(choices.window.buckets) <= 168


def test_twelve_months_are_compared_with_the_twelve_before(boss: User) -> None:
    window = chosen(boss, "?range=12m").window
    assert window.before_start == at(2024, 12, 1)
    assert window.before_until(NOW) == at(2025, 11, 25, 14)


def test_a_link_names_all_that_was_chosen_and_shows_it_again(boss: User) -> None:
    shop = create_project(name="shop", now=timezone.now())
    query = f"?range=custom&from=2026-10-01&to=2026-11-15&project={shop.pk}&step=week&split=user&unit=share"
    choices = chosen(boss, query)
    assert parse_qs(choices.url()[1:]) == parse_qs(query[1:])
    again = chosen(boss, choices.url())
    assert (again.range, again.step, again.project, again.split, again.unit) == (
        choices.range,
        Step.WEEK,
        shop,
        Split.USER,
        Unit.SHARE,
    )
    kept = {name for name, _ in choices.kept_by_project_form}
    assert kept == {"range", "from", "to", "step", "split", "unit"}


@pytest.mark.parametrize(
    ("query", "notice"),
    [
        ("?range=<b>", "no range “<b>”"),
        ("?step=hour", "no step “hour”"),
        ("?unit=euro", "no unit “euro”"),
        ("?split=key", "no split “key”"),
        ("?range=24h&split=user", "kept by the UTC day"),
        ("?project=999", "no such project"),
        ("?project=" + "9" * 40, "no such project"),
        ("?project=x", "no such project"),
        ("?range=custom", "two dates"),
        ("?range=custom&from=2026-11-20&to=2026-11-10", "two dates"),
        ("?range=custom&from=2026-12-01&to=2026-12-02", "two dates"),
        ("?range=custom&from=0001-01-01&to=2026-11-10", "two dates"),
        ("?range=custom&from=2026-11-20&to=2026-12-10", "ends today"),
        ("?range=custom&from=2001-11-20&to=2026-11-10", "1100 days are shown at most"),
    ],
)
def test_what_cannot_be_had_is_told_and_something_sensible_is_shown(boss: User, query: str, notice: str) -> None:
    create_project(name="shop", now=timezone.now())
    choices = chosen(boss, query)
    assert len(choices.notices) == 1
    assert notice in choices.notices[0]
    assert choices.window.buckets
    assert chosen(boss, choices.url()).notices == []


def test_of_one_project_there_is_no_split_by_project(boss: User) -> None:
    shop: Project = create_project(name="shop", now=timezone.now())
    choices = chosen(boss, f"?project={shop.pk}&split=project")
    assert choices.split is Split.MODEL
    assert [link.label for link in choices.split_links] == ["Model", "End user"]
    assert [link.label for link in chosen(boss, "").split_links] == ["Model", "Project", "End user"]
    assert [link.label for link in chosen(boss, "?range=24h").split_links] == ["Model", "Project"]


def test_a_project_beyond_the_drop_down_is_found_by_its_link(boss: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("budgets.dashboard.choices.MAX_PROJECTS", 1)
    create_project(name="a", now=timezone.now())
    last = create_project(name="b", now=timezone.now())
    choices = chosen(boss, f"?project={last.pk}")
    assert choices.project == last
    assert choices.projects[-1] == last
