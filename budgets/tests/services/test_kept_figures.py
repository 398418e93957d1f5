"""Figures of every user, read once and kept: against those that are read now."""

import random
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import transaction
from pytest_django import DjangoAssertNumQueries

from budgets.domain.windows import DAY, HOUR, Step, Window, floor_day, usual_first_days
from budgets.models import DaySpend, EndUser, OutlookFigures, Project, UserFigures
from budgets.queries.access import EVERYTHING, NOTHING, Reach, only
from budgets.queries.active_users import active_users, top_users, users_by_model
from budgets.queries.end_users import limit_counts
from budgets.queries.kept_figures import MAX_AGE, Kept, kept_outlook, kept_users
from budgets.queries.outlook import outlook, run_out_soonest
from budgets.services import kept_figures
from budgets.services.end_users import archive
from budgets.services.kept_figures import keep_figures
from budgets.services.ledger import adjust
from budgets.tests.factories import make_project, make_user, spend

pytestmark = pytest.mark.django_db
NOW = datetime(2027, 3, 3, 12, 30, tzinfo=UTC)
MODELS = ["m0", "m1", "m2", "m3", "unused"]


@pytest.fixture(autouse=True)
def spent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forty users in two projects, who spent at random in the last hundred days; and a project without users."""
    monkeypatch.setattr(kept_figures, "MANY_USERS", 3)
    monkeypatch.setattr(kept_figures, "MANY_DAY_SPENDS", 0)
    chance = random.Random(5)
    make_project("empty")
    for name in ("a", "b"):
        project = make_project(name)
        for number in range(20):
            user = make_user(project, f"user {number}", usd=chance.randrange(1, 9), days=28, now=NOW - 12 * DAY)
            for _ in range(chance.randrange(5)):
                at = NOW - chance.choice([chance.randrange(100), chance.randrange(9)]) * DAY - HOUR
                spend(user, chance.randrange(1, 10**9) / 10**9, model=f"m{chance.randrange(4)}", now=at)
    archive(end_user=EndUser.objects.filter(project__name="a").latest("pk"), now=NOW)


def windows() -> list[Window]:
    end = floor_day(NOW) + DAY
    return [Window(start, end, Step.DAY, start - (end - start)) for start in usual_first_days(NOW)]


def reaches() -> list[Reach]:
    a, b = (Project.objects.get(name=name) for name in ("a", "b"))
    return [EVERYTHING, only(a), only(b), Reach(frozenset({a.pk, b.pk})), only(Project.objects.get(name="empty"))]


def of_users(window: Window, kept: Kept[UserFigures]) -> Any:
    by_model = users_by_model(window, MODELS, kept=kept)
    return active_users(window, kept=kept), top_users(window, kept=kept), by_model


def of_outlook(reach: Reach, kept: Kept[OutlookFigures], now: datetime = NOW) -> Any:
    soonest = [(one.user.pk, one.at) for one in run_out_soonest(kept=kept, now=now, limit=8)]
    return outlook(kept=kept, now=now), soonest, limit_counts(reach=reach, kept=kept)


def test_kept_figures_are_those_read_now() -> None:
    keep_figures(now=NOW)
    for reach in reaches():
        for window in windows():
            kept = kept_users(window, reach=reach, now=NOW)
            assert (kept.as_of, bool(kept.rest)) == (NOW, False)
            assert of_users(window, kept) == of_users(window, Kept([], reach))
        kept_outlooks = kept_outlook(reach=reach, now=NOW)
        assert kept_outlooks.as_of == NOW
        told, *others = of_outlook(reach, kept_outlooks)
        told_now, *others_now = of_outlook(reach, Kept([], reach))
        assert others == others_now
        assert replace(told, projected_nanousd=0) == replace(told_now, projected_nanousd=0)
        # It is rounded by project.
        assert abs(told.projected_nanousd - told_now.projected_nanousd) <= 3


def test_what_they_are_kept_for_is_something() -> None:
    window = windows()[4]
    active, top, by_model = of_users(window, Kept([], EVERYTHING))
    assert active > 20
    assert len(top) == 8
    assert by_model["m0"] > 5
    assert by_model["unused"] == 0
    told, soonest, counts = of_outlook(EVERYTHING, Kept([], EVERYTHING))
    assert told.users > 10
    assert len(soonest) > 2
    assert counts.users == 39


def test_who_is_told_as_of_then_and_how_much_now() -> None:
    window = windows()[2]
    keep_figures(now=NOW)
    first = top_users(window, kept=kept_users(window, reach=EVERYTHING, now=NOW))
    user = EndUser.objects.get(pk=first[3].end_user_id)
    adjust(end_user=user, model="m0", amount_nanousd=10**12, reason="r", actor=None, now=NOW + HOUR)
    late = make_user(Project.objects.get(name="a"), "late", usd=None, now=NOW)
    spend(late, 900, now=NOW + HOUR)
    found = top_users(window, kept=kept_users(window, reach=EVERYTHING, now=NOW + HOUR))
    assert (found[0].end_user_id, found[0].cost_nanousd) == (user.pk, first[3].cost_nanousd + 10**12)
    assert late.pk not in [one.end_user_id for one in found]
    # Over the limit by now, the user runs out no more.
    kept = kept_outlook(reach=EVERYTHING, now=NOW + HOUR)
    assert user.pk not in [one.user.pk for one in run_out_soonest(kept=kept, now=NOW + HOUR, limit=40)]


def test_a_project_made_since_is_read_now() -> None:
    keep_figures(now=NOW)
    window = windows()[1]
    before = active_users(window, kept=kept_users(window, reach=EVERYTHING, now=NOW))
    project = make_project("new")
    spend(make_user(project, usd=100, now=NOW), 90, now=NOW)
    kept = kept_users(window, reach=EVERYTHING, now=NOW)
    assert kept.rest == only(project)
    assert active_users(window, kept=kept) == before + 1
    assert top_users(window, kept=kept)[0].cost_nanousd == 90 * 10**9
    assert kept_users(window, reach=only(project), now=NOW) == Kept([], only(project))
    nothing = kept_outlook(reach=NOTHING, now=NOW)
    assert (nothing.rows, nothing.rest) == ([], NOTHING)


def test_old_figures_and_those_of_other_days_are_not_shown() -> None:
    keep_figures(now=NOW)
    window = windows()[1]
    late = NOW + MAX_AGE
    assert kept_users(window, reach=EVERYTHING, now=late) == Kept([], EVERYTHING)
    outlooks = kept_outlook(reach=EVERYTHING, now=late)
    assert (outlooks.rows, outlooks.rest) == ([], EVERYTHING)
    ended = Window(window.start, floor_day(NOW), Step.DAY, window.before_start)
    other = Window(window.start - DAY, window.end, Step.DAY, window.before_start)
    # After midnight a range begins a day later; what was kept before has a day too many.
    for one in (ended, other):
        assert kept_users(one, reach=EVERYTHING, now=NOW) == Kept([], EVERYTHING)


def test_each_run_replaces_what_was_kept() -> None:
    keep_figures(now=NOW)
    keep_figures(now=NOW + HOUR)
    assert set(OutlookFigures.objects.values_list("as_of", flat=True)) == {NOW + HOUR}
    assert OutlookFigures.objects.count() == 3
    assert UserFigures.objects.count() == 3 * 6


def test_what_is_read_quickly_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    keep_figures(now=NOW)
    in_week = DaySpend.objects.filter(day__gte=(NOW - 6 * DAY).date()).count()
    monkeypatch.setattr(kept_figures, "MANY_DAY_SPENDS", in_week)
    monkeypatch.setattr(kept_figures, "MANY_USERS", EndUser.objects.count())
    keep_figures(now=NOW + HOUR)
    kept_days = set(UserFigures.objects.values_list("first_day", flat=True))
    assert kept_days == {start.date() for start in usual_first_days(NOW)[3:]}
    assert not OutlookFigures.objects.exists()
    monkeypatch.setattr(kept_figures, "MANY_DAY_SPENDS", in_week - 1)
    monkeypatch.setattr(kept_figures, "MANY_USERS", EndUser.objects.count() - 1)
    keep_figures(now=NOW + HOUR)
    assert UserFigures.objects.filter(first_day=(NOW - 6 * DAY).date()).count() == 3
    assert OutlookFigures.objects.count() == 3


def test_long_ranges_are_read_again_after_hours_and_on_a_new_day() -> None:
    today, long = windows()[0], windows()[4:]

    def as_of(window: Window, now: datetime) -> datetime | None:
        return kept_users(window, reach=EVERYTHING, now=now).as_of

    for hours, kept_hours in ((0, 0), (1, 0), (5, 0), (6, 6), (11, 6)):
        now = NOW + hours * HOUR
        keep_figures(now=now)
        assert as_of(today, now) == now
        assert {as_of(one, now) for one in long} == {NOW + kept_hours * HOUR}
    # Where cron has stopped, they are too old in the end, but later than others.
    assert as_of(today, NOW + 14 * HOUR) is None
    assert as_of(long[0], NOW + 14 * HOUR) == NOW + 6 * HOUR
    assert as_of(long[0], NOW + 15 * HOUR) is None
    midnight = floor_day(NOW) + DAY
    keep_figures(now=midnight)
    quarter = Window(long[0].start + DAY, midnight + DAY, Step.DAY, long[0].start - 89 * DAY)
    assert as_of(quarter, midnight) == midnight
    assert not UserFigures.objects.filter(first_day=long[0].start).exists()


@pytest.mark.parametrize("count", [1, 30])
def test_its_statements_do_not_grow(django_assert_num_queries: DjangoAssertNumQueries, count: int) -> None:
    project = Project.objects.get(name="a")
    for number in range(count):
        spend(make_user(project, f"more {number}", usd=9, now=NOW - DAY), 1, now=NOW)
    # However many users: four of each of six ranges, of what stays, of the outlook, then the lock and what is written.
    with transaction.atomic(), django_assert_num_queries(41):
        keep_figures(now=NOW)
