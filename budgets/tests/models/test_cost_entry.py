"""Cost entries are written once (design §6, invariant 3)."""

import pytest

from budgets.models import CostEntry
from budgets.models.cost_entry import ImmutableError
from budgets.tests.factories import make_project, make_user, spend

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry() -> CostEntry:
    spend(make_user(make_project()), 1)
    return CostEntry.objects.get()


def test_an_entry_is_not_saved_again(entry: CostEntry) -> None:
    entry.amount_nanousd = 5
    with pytest.raises(ImmutableError):
        entry.save()
    with pytest.raises(ImmutableError):
        entry.save(update_fields=["amount_nanousd"])
    assert CostEntry.objects.get().amount_nanousd == 10**9


def test_an_entry_is_not_deleted(entry: CostEntry) -> None:
    with pytest.raises(ImmutableError):
        entry.delete()
    assert CostEntry.objects.count() == 1


def test_many_entries_are_neither_updated_nor_deleted(entry: CostEntry) -> None:
    with pytest.raises(ImmutableError):
        CostEntry.objects.update(amount_nanousd=5)
    with pytest.raises(ImmutableError):
        CostEntry.objects.filter(pk=entry.pk).delete()
    assert CostEntry.objects.get().amount_nanousd == 10**9
    with pytest.raises(ImmutableError):
        CostEntry.objects.bulk_update([entry], ["amount_nanousd"])
