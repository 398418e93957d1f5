"""The ledger of one user by its filters, with sums from what is cached; past periods by pages."""

from datetime import date
from typing import Any

import pytest

from budgets.models import EndUser
from budgets.queries import end_user_detail
from budgets.queries.end_user_detail import DETAIL_ROWS, past_periods, posting_clients
from budgets.queries.end_user_ledger import LedgerChoice, read_ledger
from budgets.services.ledger import adjust
from budgets.services.rolls import roll_if_due
from budgets.tests.factories import (
    DAY,
    HOUR,
    NOW,
    WireClient,
    make_caller,
    make_project,
    make_user,
    nanousd,
    open_period,
    spend,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> EndUser:
    """One who spent $1 on each of four days, the last two in the second period, and another's spend beside it."""
    project = make_project()
    made = make_user(project, usd=10, days=2)
    for day in range(4):
        roll_if_due(end_user=made, now=NOW + day * DAY)
        spend(made, 1, "gpt-4o" if day % 2 else "", now=NOW + day * DAY)
    adjust(end_user=made, model="gpt-4o", amount_nanousd=-nanousd(0.25), reason="r", actor=None, now=NOW + 3 * DAY)
    spend(make_user(project, "other"), 99)
    return made


@pytest.mark.parametrize(
    ("choice", "count", "total"),
    [
        ({}, 5, 3.75),
        ({"model": "gpt-4o"}, 3, 1.75),
        ({"model": ""}, 2, 2),
        ({"source": "adjustment"}, 1, None),
        ({"first_day": date(2027, 2, 1), "last_day": date(2027, 2, 2)}, 2, 2),
        ({"first_day": date(2027, 2, 3), "model": "gpt-4o"}, 2, 0.75),
        ({"model": "none such"}, 0, 0),
    ],
)
def test_filters_and_sums_agree(user: EndUser, choice: dict[str, Any], count: int, total: float | None) -> None:
    ledger = read_ledger(user, LedgerChoice(**choice), size=10)
    assert len(ledger.entries) == count
    assert ledger.total_nanousd == (None if total is None else nanousd(total))
    if total is not None:
        assert sum(entry.amount_nanousd for entry in ledger.entries) == ledger.total_nanousd


def test_a_period_is_summed_from_its_own_costs(user: EndUser) -> None:
    period = open_period(user)
    assert read_ledger(user, LedgerChoice(period_id=period.pk), size=10).total_nanousd == period.cost_nanousd
    by_model = read_ledger(user, LedgerChoice(period_id=period.pk, model="gpt-4o"), size=10)
    assert by_model.total_nanousd == sum(entry.amount_nanousd for entry in by_model.entries) == nanousd(0.75)


def test_another_users_period_shows_nothing(user: EndUser) -> None:
    ledger = read_ledger(user, LedgerChoice(period_id=open_period(EndUser.objects.get(name="other")).pk), size=10)
    assert (ledger.entries, ledger.total_nanousd) == ([], 0)


def test_pages_of_entries_follow_one_another(user: EndUser) -> None:
    first = read_ledger(user, LedgerChoice(), size=3)
    second = read_ledger(user, LedgerChoice(before=first.before), size=3)
    found = [entry.pk for entry in first.entries + second.entries]
    assert found == list(user.entries.values_list("pk", flat=True))
    assert second.before is None
    assert second.total_nanousd == first.total_nanousd


def test_pages_of_past_periods_follow_one_another() -> None:
    user = make_user(make_project(), days=1)
    for day in range(DETAIL_ROWS + 3):
        roll_if_due(end_user=user, now=NOW + day * DAY)
    first = past_periods(user, before=None)
    second = past_periods(user, before=first.before)
    assert (len(first.rows), len(second.rows), second.before) == (DETAIL_ROWS, 2, None)
    starts = [period.starts_at for period in first.rows + second.rows]
    assert starts == sorted(starts, reverse=True)


def test_who_posted_in_the_open_period_the_largest_first(user: EndUser) -> None:
    for number in range(3):
        client = WireClient(user.project, make_caller(user.project, f"worker-{number}")).load_data(NOW + 3 * DAY)
        client.spend("u", number + 1)
        client.spend("other", 50)
        client.post(NOW + 3 * DAY + number * HOUR)
        client.spend("u", 1, "other")
        client.post(NOW + 3 * DAY + number * HOUR)
    posting = posting_clients(open_period(user))
    assert [(str(one.client), one.cost_nanousd, one.last_at) for one in posting.clients] == [
        (f"worker-{number}", nanousd(number + 2), NOW + 3 * DAY + number * HOUR) for number in (2, 1, 0)
    ]
    assert posting.of_latest is None


def test_who_posted_is_told_from_the_latest_entries_alone(user: EndUser, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(2):
        client = WireClient(user.project, make_caller(user.project, f"worker-{number}")).load_data(NOW + 3 * DAY)
        for at in range(4):
            client.spend("u", 1)
            client.post(NOW + 3 * DAY + at * HOUR)
    monkeypatch.setattr(end_user_detail, "POSTING_ENTRIES", 5)
    posting = posting_clients(open_period(user))
    assert [(str(one.client), one.cost_nanousd) for one in posting.clients] == [
        ("worker-1", nanousd(4)),
        ("worker-0", nanousd(1)),
    ]
    assert posting.of_latest == 5
