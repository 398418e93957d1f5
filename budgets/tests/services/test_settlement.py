"""Days and months that are over, added up once."""

import random
from collections import Counter
from datetime import UTC, datetime

import pytest
from pytest_django import DjangoAssertNumQueries

from budgets.domain.windows import DAY, HOUR, Step, Window, floor_day, months_before
from budgets.models import CostEntry, HourSpend, Project, SettledSpend, Settlement
from budgets.models.settled import SettledStep
from budgets.queries.access import EVERYTHING, NOTHING, only
from budgets.queries.settled import settled_until
from budgets.queries.shared_spend import shared_spend
from budgets.queries.spend import models_ever, spend_of_models, total_spend
from budgets.queries.spend_series import Split, series_of, spend_series
from budgets.services.settlement import MARGIN, settle_spend
from budgets.tests.factories import broken, make_project, make_user, spend

pytestmark = pytest.mark.django_db
NOW = datetime(2027, 3, 3, 12, 30, tzinfo=UTC)
MIDNIGHT = floor_day(NOW)


def rows() -> set[tuple[object, ...]]:
    return set(SettledSpend.objects.values_list("project", "step", "hour", "model", "cost_nanousd", "entries"))


@pytest.fixture
def spent() -> None:
    """Spend of random amounts at random moments of four months, in two projects."""
    chance = random.Random(7)
    for name in ("a", "b"):
        user = make_user(make_project(name), usd=None, days=None, now=NOW - 200 * DAY)
        for at in sorted(chance.randrange(120 * 24 * 60) for _ in range(60)):
            moment = NOW - 120 * DAY + at * HOUR / 60
            spend(user, chance.randrange(1, 10**9) / 10**9, model=f"m{chance.randrange(4)}", now=moment)


@pytest.mark.usefixtures("spent")
def test_days_are_settled_once_they_are_over_for_long_enough() -> None:
    assert settle_spend(now=MIDNIGHT + MARGIN - HOUR) > 100
    assert settled_until() == MIDNIGHT - DAY
    assert settle_spend(now=MIDNIGHT + MARGIN) == 1
    assert settled_until() == MIDNIGHT
    assert settle_spend(now=NOW) == 0
    months = SettledSpend.objects.filter(step=SettledStep.MONTH)
    assert set(months.values_list("hour__month", flat=True)) == {11, 12, 1, 2}
    assert broken() == []


@pytest.mark.usefixtures("spent")
def test_day_by_day_and_all_at_once_come_to_the_same() -> None:
    first = HourSpend.objects.earliest("hour").hour
    while first < NOW:
        settle_spend(now=first)
        first += 7 * HOUR
    settle_spend(now=NOW)
    gradually = rows()
    assert settle_spend(now=NOW, anew=True) > 100
    assert rows() == gradually


@pytest.mark.usefixtures("spent")
@pytest.mark.parametrize("step", [Step.DAY, Step.WEEK, Step.MONTH])
@pytest.mark.parametrize("settled_days_ago", [0, 1, 20, 50])
def test_figures_are_those_of_the_ledger_wherever_settling_stopped(step: Step, settled_days_ago: int) -> None:
    settle_spend(now=NOW - settled_days_ago * DAY)
    for reach in (EVERYTHING, only(Project.objects.get(name="b"))):
        for start in (months_before(NOW, 2), MIDNIGHT - 29 * DAY, MIDNIGHT - 45 * DAY):
            window = Window(start, MIDNIGHT + DAY, step, start - 30 * DAY)
            total = total_spend(window, reach=reach, now=NOW)
            entries = reach.of(CostEntry.objects.filter(recorded_at__gte=start))
            by_model = Counter[str]()
            for entry in entries:
                by_model[entry.model] += entry.amount_nanousd
            models = spend_of_models(window, reach=reach, now=NOW, limit=9)
            assert {one.model: one.spend.cost_nanousd for one in models} == by_model
            assert sum(one.spend.before_nanousd for one in models) == total.before_nanousd
            before_end = min(window.before_until(NOW), start)
            before = CostEntry.objects.filter(recorded_at__gte=window.before_start, recorded_at__lt=before_end)
            assert total.before_nanousd == sum(one.amount_nanousd for one in reach.of(before))
            assert (total.cost_nanousd, total.entries) == (sum(by_model.values()), len(entries))
            series = series_of(window, Split.MODEL, [one.model for one in models], reach=reach)
            assert {one.key: one.cost_nanousd for one in series} == by_model
            assert (
                sum(one.cost_nanousd for one in spend_series(window, Split.PROJECT, reach=reach)) == total.cost_nanousd
            )


@pytest.mark.usefixtures("spent")
@pytest.mark.parametrize("settled_days_ago", [None, 0, 70])
def test_the_models_that_were_ever_paid_for_are_listed_by_name(settled_days_ago: int | None) -> None:
    spend(make_user(make_project("c"), days=None, now=NOW), 1, model="a new one", now=NOW)
    if settled_days_ago is not None:
        settle_spend(now=NOW - settled_days_ago * DAY)
    assert models_ever(reach=EVERYTHING, limit=9) == ["a new one", "m0", "m1", "m2", "m3"]
    assert models_ever(reach=EVERYTHING, limit=2) == ["a new one", "m0"]
    assert models_ever(reach=only(Project.objects.get(name="a")), limit=9) == ["m0", "m1", "m2", "m3"]
    assert models_ever(reach=NOTHING, limit=9) == []


@pytest.mark.usefixtures("spent")
def test_what_stands_on_the_highest_figure_is_settled_too() -> None:
    HourSpend.objects.update(shared_nanousd=5)
    settle_spend(now=NOW)
    start = months_before(NOW, 2)
    window = Window(start, MIDNIGHT + DAY, Step.MONTH, start)
    shared = shared_spend(window, reach=EVERYTHING).in_window_nanousd
    assert shared == 5 * HourSpend.objects.filter(hour__gte=start).count()


@pytest.mark.usefixtures("spent")
def test_what_was_written_late_comes_in_with_the_next_days() -> None:
    settle_spend(now=NOW)
    user = Project.objects.get(name="a").end_users.get()
    spend(user, 1, now=MIDNIGHT - HOUR)
    assert broken() != []
    settle_spend(now=NOW + DAY)
    assert broken() == []


@pytest.mark.usefixtures("spent")
def test_what_a_clock_that_was_ahead_has_settled_is_not_over() -> None:
    settle_spend(now=NOW + 70 * DAY)
    assert settled_until() == MIDNIGHT + 70 * DAY
    user = Project.objects.get(name="a").end_users.get()
    spend(user, 1, now=NOW)
    assert settle_spend(now=NOW) == 0
    assert settled_until() == MIDNIGHT
    assert broken() == []
    window = Window(MIDNIGHT, MIDNIGHT + DAY, Step.DAY, MIDNIGHT - DAY)
    entries = CostEntry.objects.filter(recorded_at__gte=MIDNIGHT)
    assert total_spend(window, reach=EVERYTHING, now=NOW).cost_nanousd == sum(one.amount_nanousd for one in entries)


def test_an_empty_instance_has_nothing_to_settle() -> None:
    assert settle_spend(now=NOW) == 0
    assert Settlement.objects.get().until is None


@pytest.mark.usefixtures("spent")
def test_a_settled_year_takes_as_many_statements_as_a_week(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    settle_spend(now=NOW)
    for days in (7, 119):
        window = Window(MIDNIGHT - days * DAY, MIDNIGHT + DAY, Step.DAY, MIDNIGHT - 2 * days * DAY)
        with django_assert_num_queries(2):
            spend_of_models(window, reach=EVERYTHING, now=NOW, limit=9)
