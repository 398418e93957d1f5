"""The ledger's writer: adjustments, versions, rollups."""

import pytest

from budgets.domain.terms import Terms
from budgets.models import ClientDaySpend, CostEntry, DaySpend, EndUser, HourSpend
from budgets.models.end_user import ChangeSource
from budgets.services.budgets import change_terms
from budgets.services.ledger import adjust
from budgets.tests.factories import (
    DAY,
    HOUR,
    NOW,
    WireClient,
    broken,
    closings,
    make_caller,
    make_project,
    make_user,
    nanousd,
    open_period,
    spend,
    spent,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> EndUser:
    made = make_user(make_project())
    spend(made, 1)
    return made


def test_an_adjustment_is_an_entry_with_its_reason(user: EndUser) -> None:
    adjust(end_user=user, model="gpt-4o", amount_nanousd=-nanousd(0.25), reason="double", actor=None, now=NOW)
    entry = CostEntry.objects.order_by("-pk")[0]
    assert (entry.amount_nanousd, entry.source, entry.reason) == (-nanousd(0.25), "adjustment", "double")
    assert open_period(user).cost_by_model == {"gpt-4o": nanousd(0.75)}
    assert broken() == []


def test_an_adjustment_may_take_all_but_no_more(user: EndUser) -> None:
    with pytest.raises(ValueError, match="more than was spent"):
        adjust(end_user=user, model="gpt-4o", amount_nanousd=-nanousd(1) - 1, reason="r", actor=None, now=NOW)
    with pytest.raises(ValueError, match="more than was spent"):
        adjust(end_user=user, model="other", amount_nanousd=-1, reason="r", actor=None, now=NOW)
    assert spent(user) == [nanousd(1)]
    adjust(end_user=user, model="gpt-4o", amount_nanousd=-nanousd(1), reason="r", actor=None, now=NOW)
    assert spent(user) == [0]


@pytest.mark.parametrize(("amount", "reason"), [(0, "r"), (5, ""), (5, "  ")])
def test_an_adjustment_needs_an_amount_and_a_reason(user: EndUser, amount: int, reason: str) -> None:
    with pytest.raises(ValueError, match="an adjustment needs"):
        adjust(end_user=user, model="gpt-4o", amount_nanousd=amount, reason=reason, actor=None, now=NOW)
    assert CostEntry.objects.count() == 1


def test_an_adjustment_of_a_due_period_belongs_to_the_next(user: EndUser) -> None:
    adjust(end_user=user, model="gpt-4o", amount_nanousd=5, reason="r", actor=None, now=NOW + DAY)
    assert spent(user) == [nanousd(1), 5]
    assert closings(user) == ["due"]


def test_each_write_raises_the_users_version_by_one(user: EndUser) -> None:
    before = EndUser.objects.get().version
    spend(user, 1)
    assert EndUser.objects.get().version == before + 1


def test_rollups_grow_with_the_entries_by_utc_hour_and_day(user: EndUser) -> None:
    spend(user, 2)
    spend(user, 4, "other")
    spend(user, 8, now=NOW + HOUR)
    spend(make_user(user.project, "v"), 16)
    hours = HourSpend.objects.order_by("hour", "model").values_list("hour__hour", "model", "cost_nanousd", "entries")
    assert list(hours) == [
        (12, "gpt-4o", nanousd(19), 3),
        (12, "other", nanousd(4), 1),
        (13, "gpt-4o", nanousd(8), 1),
    ]
    days = DaySpend.objects.order_by("end_user", "model").values_list("model", "cost_nanousd", "entries")
    assert list(days) == [("gpt-4o", nanousd(11), 3), ("other", nanousd(4), 1), ("gpt-4o", nanousd(16), 1)]


def test_what_each_client_posts_is_added_up_by_utc_day(user: EndUser) -> None:
    for number in range(2):
        client = WireClient(user.project, make_caller(user.project, f"worker-{number}")).load_data()
        for at in (NOW, NOW + HOUR, NOW + DAY):
            client.spend("u", 2)
            client.spend("u", 1, "other")
            client.post(at)
            client.post(at)
    rows = ClientDaySpend.objects.order_by("client", "day").values_list("client__client_id", "cost_nanousd", "entries")
    assert list(rows) == [
        ("worker-0", nanousd(6), 4),
        ("worker-0", nanousd(3), 2),
        ("worker-1", nanousd(6), 4),
        ("worker-1", nanousd(3), 2),
    ]
    assert broken() == []


@pytest.mark.parametrize(
    ("usd", "cost", "ratio"), [(10, 4, 0.4), (10, 12, 1.2), (0, 0, 1.0), (0, 1, 1e9), (None, 4, None)]
)
def test_an_open_period_knows_its_limit_and_the_share_used(usd: float | None, cost: float, ratio: float | None) -> None:
    made = make_user(make_project(), usd=usd)
    if cost:
        spend(made, cost)
    period = open_period(made)
    assert (period.limit_nanousd, period.used_ratio) == (None if usd is None else nanousd(usd), ratio)


def test_a_closed_period_keeps_the_limit_it_had(user: EndUser) -> None:
    for usd, at in ((20, NOW), (30, NOW + DAY)):
        terms = Terms(nanousd(usd), 1)
        change_terms(end_user=user, terms=terms, source=ChangeSource.ADMIN, actor=None, reason="", now=at)
    assert list(user.periods.order_by("opened_version").values_list("limit_nanousd", "used_ratio")) == [
        (nanousd(20), 0.05),
        (nanousd(30), 0.0),
    ]
    assert EndUser.objects.get().last_spend_at == NOW
