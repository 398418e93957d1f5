"""What the entries of a list come to, while they are few enough to be added up."""

import pytest

from budgets.models import CostEntry
from budgets.queries import entry_sums
from budgets.queries.entry_sums import EntrySums, sums_of
from budgets.tests.factories import make_project, make_user, nanousd, spend

pytestmark = pytest.mark.django_db


def test_entries_are_added_up_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    user = make_user(make_project())
    assert sums_of(CostEntry.objects.all()) == EntrySums(0, 0)
    for _ in range(3):
        spend(user, 0.1)
    assert sums_of(CostEntry.objects.all()) == EntrySums(3, nanousd(0.3))
    monkeypatch.setattr(entry_sums, "MAX_ADDED", 2)
    assert sums_of(CostEntry.objects.all()) == EntrySums(None, None)
    assert sums_of(CostEntry.objects.filter(model="other")) == EntrySums(0, 0)
