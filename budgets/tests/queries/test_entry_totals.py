"""What a list of entries comes to: from sums by the hour, or from few entries, never from many."""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from budgets.models import CostEntry, HourSpend
from budgets.queries import entry_totals
from budgets.queries.entry_totals import EntryTotal, total_of_entries, total_of_sums
from budgets.tests.factories import HOUR, NOW, make_project, make_user, nanousd, spend

pytestmark = pytest.mark.django_db


@pytest.fixture
def entries() -> Any:
    user = make_user(make_project(), days=None)
    for hour in range(3):
        spend(user, 0.1, now=NOW + hour * HOUR)
        spend(user, 0.000000001, "other", now=NOW + hour * HOUR)
    return CostEntry.objects.all()


def test_sums_and_entries_come_to_the_same(entries: Any) -> None:
    total = EntryTotal(6, nanousd(0.3) + 3)
    assert total_of_sums([HourSpend.objects.all()]) == total
    assert total_of_sums([HourSpend.objects.filter(model="other"), HourSpend.objects.exclude(model="other")]) == total
    assert total_of_entries(entries, among=entries) == total


def test_nothing_comes_to_nothing(entries: Any) -> None:
    assert total_of_sums([HourSpend.objects.none()]) == EntryTotal(0, 0)
    assert total_of_entries(entries.filter(model="none such"), among=entries) == EntryTotal(0, 0)


def test_among_too_many_none_are_added_up(
    entries: Any, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    monkeypatch.setattr(entry_totals, "MAX_READ", 6)
    few = entries.filter(model="other")
    assert total_of_entries(few, among=entries) == EntryTotal(3, 3)
    monkeypatch.setattr(entry_totals, "MAX_READ", 5)
    with django_assert_num_queries(1) as captured:
        assert total_of_entries(few, among=entries) is None
    assert "LIMIT 6" in captured[0]["sql"]
