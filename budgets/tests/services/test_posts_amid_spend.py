"""Posts made in the midst of an `update_cost`, in the database: the sum first, the model with the next post."""

from datetime import timedelta

import pytest

from budgets.models import CostEntry, EndUser
from budgets.models.cost_entry import EntrySource
from budgets.services.ledger import adjust
from budgets.tests.factories import NOW, WireClient, broken, closings, make_caller, make_project

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)


def lifetime_by_model() -> dict[str, int]:
    """Every entry there is, added up, without what adds up to nothing."""
    sums: dict[str, int] = {}
    for model, amount in CostEntry.objects.values_list("model", "amount_nanousd"):
        sums[model] = sums.get(model, 0) + amount
    return {model: amount for model, amount in sums.items() if amount}


def posted_amid_spend(*, read_first: bool) -> WireClient:
    """A client of which 5 USD are counted by model, and 1 USD of which the model is not told yet."""
    project = make_project()
    client = WireClient(project, make_caller(project)).load_data(NOW)
    client.create_budget("u", 100, days=1)
    client.spend("u", 5)
    client.post(NOW)
    if read_first:
        client.load_data(NOW + SECOND)
    client.post(NOW + 2 * SECOND, client.snapshot_amid_spend("u", 1))
    assert lifetime_by_model() == {"gpt-4o": 5 * 10**9, "": 10**9}
    return client


@pytest.mark.parametrize("read_first", [False, True])
def test_what_gets_its_model_later_is_moved_with_a_reason(read_first: bool) -> None:
    client = posted_amid_spend(read_first=read_first)
    client.post(NOW + 3 * SECOND)
    assert lifetime_by_model() == {"gpt-4o": 6 * 10**9}
    moved = CostEntry.objects.get(amount_nanousd__lt=0)
    assert (moved.source, moved.model, moved.reason) == (
        EntrySource.ADJUSTMENT,
        "",
        "the client has since told the model",
    )
    assert moved.client is not None
    assert closings(EndUser.objects.get(name="u")) == []
    client.load_data(NOW + 4 * SECOND)
    client.spend("u", 1)
    client.post(NOW + 5 * SECOND)
    assert lifetime_by_model() == {"gpt-4o": 7 * 10**9}
    assert broken() == []


def test_it_is_moved_in_a_period_that_has_ended_since() -> None:
    client = posted_amid_spend(read_first=True)
    client.post(NOW + DAY)
    assert lifetime_by_model() == {"gpt-4o": 6 * 10**9}
    assert list(EndUser.objects.get().periods.order_by("starts_at").values_list("cost_nanousd", flat=True)) == [
        5 * 10**9,
        10**9,
    ]
    assert broken() == []


def test_what_an_admin_has_moved_already_is_not_counted_twice() -> None:
    client = posted_amid_spend(read_first=True)
    user = EndUser.objects.get()
    for model, usd in (("", -1), ("gpt-4o", 1)):
        adjust(
            end_user=user,
            model=model,
            amount_nanousd=usd * 10**9,
            reason="known by now",
            actor=None,
            now=NOW + 2 * SECOND,
        )
    client.post(NOW + 3 * SECOND)
    assert lifetime_by_model() == {"gpt-4o": 6 * 10**9}
    assert broken() == []
