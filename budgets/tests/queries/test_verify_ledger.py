"""Each invariant (design §6), broken behind the application's back, is named; a sound ledger is silent."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F

from budgets.models import (
    Budget,
    ClientDaySpend,
    DaySpend,
    EndUser,
    HourSpend,
    Period,
    Project,
    SettledSpend,
    Settlement,
)
from budgets.models.period import CloseReason
from budgets.queries.snapshot import one_moment
from budgets.services.end_users import archive
from budgets.services.ledger import adjust
from budgets.services.periods import reset_cost
from budgets.services.rolls import roll_if_due
from budgets.services.settlement import settle_spend
from budgets.tests.factories import (
    DAY,
    HOUR,
    NOW,
    WireClient,
    broken,
    make_caller,
    make_project,
    make_user,
    nanousd,
    spend,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def busy() -> Project:
    """A project that has seen everything: several days, models, resets, an adjustment, an archived user."""
    project = make_project("busy")
    user = make_user(project, "u", usd=10, days=1)
    spend(user, 1.5)
    spend(user, 0.000225, "", now=NOW + HOUR)
    roll_if_due(end_user=user, now=NOW + DAY)
    spend(user, 2, "other", now=NOW + DAY)
    adjust(end_user=user, model="other", amount_nanousd=-nanousd(0.5), reason="r", actor=None, now=NOW + DAY)
    reset_cost(end_user=user, close_reason=CloseReason.ADMIN_RESET, actor=None, note="", now=NOW + DAY + HOUR)
    spend(user, 3, now=NOW + DAY + 2 * HOUR)
    archive(end_user=make_user(project, "gone", usd=None, days=None), now=NOW)
    client = WireClient(project, make_caller(project))
    client.load_data(NOW + DAY + 2 * HOUR)
    client.spend("u", 0.1)
    client.post(NOW + DAY + 3 * HOUR)
    settle_spend(now=NOW + 2 * DAY)
    return project


def test_a_sound_ledger_is_silent(busy: Project) -> None:
    assert broken() == []
    assert broken(busy) == []


def test_an_empty_database_is_sound() -> None:
    assert broken() == []


def one_closed() -> Period:
    return Period.objects.filter(end_user__name="u").exclude(ends_at=None).order_by("pk")[0]


def delete_an_entry() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM budgets_costentry WHERE id = (SELECT MIN(id) FROM budgets_costentry)")


def change_an_entry() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE budgets_costentry SET amount_nanousd = amount_nanousd + 1"
            " WHERE id = (SELECT MIN(id) FROM budgets_costentry)"
        )


def move_an_entry_to_another_hour() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE budgets_costentry SET recorded_at = %s WHERE id = (SELECT MIN(id) FROM budgets_costentry)",
            [NOW + 5 * HOUR],
        )


def change(queryset_of: Callable[[], object], **values: object) -> Callable[[], None]:
    def act() -> None:
        queryset_of().update(**values)  # type: ignore[attr-defined]

    return act


@pytest.mark.parametrize(
    ("damage", "invariants"),
    [
        pytest.param(delete_an_entry, {1, 2}, id="an entry is gone"),
        pytest.param(change_an_entry, {1, 2}, id="an entry was changed by a nano-USD"),
        pytest.param(move_an_entry_to_another_hour, {2}, id="an entry was moved to another hour"),
        pytest.param(
            change(lambda: Period.objects.filter(pk=one_closed().pk), cost_nanousd=F("cost_nanousd") + 1),
            {1},
            id="a period's cached cost is off",
        ),
        pytest.param(
            change(lambda: Period.objects.filter(pk=one_closed().pk), cost_by_model={}),
            {1},
            id="a period's costs by model are off",
        ),
        pytest.param(
            change(lambda: Period.objects.filter(end_user__name="u", ends_at=None), limit_nanousd=1),
            {1},
            id="an open period's limit is not the budget's",
        ),
        pytest.param(
            change(lambda: EndUser.objects.filter(name="u"), last_spend_at=None), {1}, id="a last spend is forgotten"
        ),
        pytest.param(
            change(lambda: HourSpend.objects.filter(model="other"), cost_nanousd=F("cost_nanousd") - 1),
            {2},
            id="an hour's sum is off",
        ),
        pytest.param(
            change(lambda: HourSpend.objects.filter(model="other"), entries=F("entries") + 1),
            {2},
            id="an hour's count is off",
        ),
        pytest.param(
            change(lambda: DaySpend.objects.filter(model="other"), cost_nanousd=F("cost_nanousd") + 1),
            {2},
            id="a day's sum is off",
        ),
        pytest.param(lambda: DaySpend.objects.filter(model="other").delete(), {2}, id="a day's row is gone"),
        pytest.param(lambda: HourSpend.objects.filter(model="other").delete(), {2}, id="an hour's row is gone"),
        pytest.param(
            lambda: HourSpend.objects.create(
                project=Project.objects.get(), hour=NOW - 40 * DAY, model="m", cost_nanousd=1, entries=1
            ),
            {2},
            id="an hour's row is of no entry",
        ),
        pytest.param(
            change(lambda: SettledSpend.objects.filter(step="day", model="gpt-4o"), cost_nanousd=F("cost_nanousd") + 1),
            {2},
            id="a settled day's sum is off",
        ),
        pytest.param(
            change(lambda: SettledSpend.objects.filter(step="month"), entries=F("entries") + 1),
            {2},
            id="a settled month's count is off",
        ),
        pytest.param(lambda: SettledSpend.objects.filter(step="day").delete(), {2}, id="settled days are gone"),
        pytest.param(lambda: SettledSpend.objects.filter(step="month").delete(), {2}, id="a settled month is gone"),
        pytest.param(change(lambda: Settlement.objects.all(), until=None), {2}, id="nothing is settled, but has rows"),
        pytest.param(
            change(lambda: Settlement.objects.all(), until=NOW - 5 * DAY), {2}, id="less is settled than has rows"
        ),
        pytest.param(
            change(lambda: ClientDaySpend.objects.all(), cost_nanousd=F("cost_nanousd") + 1),
            {2},
            id="a client's sum of a day is off",
        ),
        pytest.param(
            change(lambda: ClientDaySpend.objects.all(), entries=F("entries") + 1),
            {2},
            id="a client's count of a day is off",
        ),
        pytest.param(lambda: ClientDaySpend.objects.all().delete(), {2}, id="a client's day is gone"),
        pytest.param(
            change(lambda: ClientDaySpend.objects.all(), day=(NOW + 40 * DAY).date()),
            {2},
            id="a client's day is another one",
        ),
        pytest.param(
            change(lambda: Period.objects.filter(pk=one_closed().pk), ends_at=F("ends_at") - timedelta(seconds=1)),
            {4},
            id="a gap",
        ),
        pytest.param(
            change(lambda: Period.objects.filter(pk=one_closed().pk), ends_at=F("ends_at") + timedelta(seconds=1)),
            {4},
            id="an overlap",
        ),
        pytest.param(
            change(
                lambda: Period.objects.filter(end_user__name="u", ends_at=None),
                ends_at=NOW + 30 * DAY,
                close_reason="due",
            ),
            {4},
            id="no open period",
        ),
        pytest.param(
            change(lambda: Budget.objects.filter(end_user__name="u"), duration_days=40_000),
            {5},
            id="terms that cannot be posted back",
        ),
    ],
)
def test_what_is_broken_is_named(busy: Project, damage: Callable[[], object], invariants: set[int]) -> None:
    damage()
    found = broken()
    assert {one.invariant for one in found} == invariants, found
    assert {one.project for one in found} == {"busy"}
    assert all(one.subject and one.expected != one.found for one in found)


def test_a_check_of_one_project_leaves_the_others_out(busy: Project) -> None:
    sound = make_project("sound")
    spend(make_user(sound), 1, now=NOW + 2 * DAY)
    delete_an_entry()
    assert broken(sound) == []
    assert {one.project for one in broken()} == {"busy"}


def test_a_users_damage_names_the_user(busy: Project) -> None:
    user = EndUser.objects.get(name="u")
    Period.objects.filter(end_user=user, ends_at=None).update(cost_nanousd=0)
    assert any(f"user {user.pk}" in one.subject for one in broken())


@pytest.mark.django_db(transaction=True)
def test_a_check_within_one_moment_leaves_the_connection_as_it_was() -> None:
    with one_moment():
        assert broken() == []
    # A write afterwards commits as ever.
    make_project("after")
    assert not connection.in_atomic_block
    assert Project.objects.count() == 1


def test_within_another_transaction_one_moment_adds_nothing() -> None:
    with one_moment():
        make_project("inside")
    assert Project.objects.count() == 1
