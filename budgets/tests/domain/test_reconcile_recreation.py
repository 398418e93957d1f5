"""Reconciling posts (design R6, R8): budgets made anew, and archived users."""

import pytest

from budgets.domain.periods import epoch_us
from budgets.tests.domain.bench import DAY, NOW, SECOND, Bench, bench_with_spend, nanousd, new_client, terms
from budgets.tests.stock_client import StockClient

A, B = "view a", "view b"


# --- R6: re-creation ----------------------------------------------------------------------------------------------


def test_a_budget_created_anew_begins_a_new_period_with_new_terms() -> None:
    bench = bench_with_spend(1)
    client = bench.read(A)
    bench.wait(SECOND)
    client.create_budget("u", 99, days=7, created_at=bench.now)
    plan = bench.post(A, client.user_dict["u"], view_knew_user=True)
    assert plan.opens_at == bench.now
    assert bench.terms == terms(99, 7)
    assert bench.spent == [nanousd(1), 0]
    assert bench.closings == ["recreated"]


def test_a_budget_created_anew_and_spent_before_it_was_posted_counts_all_of_it() -> None:
    bench = bench_with_spend(1)
    client = bench.read(A)
    client.create_budget("u", 99)
    client.spend("u", 0.25)
    bench.post(A, client.user_dict["u"], view_knew_user=True)
    assert bench.spent == [nanousd(1), nanousd(0.25)]
    assert bench.terms == terms(99, None)


def test_a_marked_post_that_the_new_budget_overtook_undoes_nothing() -> None:
    bench = bench_with_spend(1)
    client = bench.read(A)
    client.spend("u", 0.5)
    late = client.snapshot()["u"]
    client.create_budget("u", 99, days=7, created_at=bench.now)
    bench.post(A, client.user_dict["u"], view_knew_user=True)
    bench.post(A, late, is_marked=True)
    assert bench.terms == terms(99, 7)
    # What it adds was spent before the budget was made anew.
    assert bench.spent == [nanousd(1.5), 0]


def test_a_process_that_creates_the_budget_with_every_start_and_again_later_begins_anew_each_time() -> None:
    bench, client = Bench(), new_client(usd=10)
    client.spend("u", 1)
    bench.post(A, client.user_dict["u"])
    bench.wait(DAY - SECOND)
    # Without a created_at of its own, litellm sets the moment of import again.
    client.create_budget("u", 20, days=1)
    bench.post(A, client.user_dict["u"])
    assert bench.spent == [nanousd(1), 0]
    assert bench.terms == terms(20, 1)
    # A window cannot begin with the one that it ends.
    assert bench.periods[-1].starts_at == bench.now


def test_two_processes_that_make_the_same_user_wipe_nothing() -> None:
    bench, first, second = Bench(), new_client(usd=10), StockClient(imported_at=NOW + SECOND)
    first.spend("u", 1)
    bench.post(A, first.user_dict["u"])
    second.create_budget("u", 20, days=7)
    second.spend("u", 2)
    plan = bench.post(B, second.user_dict["u"])
    assert plan.closing is None
    assert bench.spent == [nanousd(3)]


@pytest.mark.parametrize(("order", "usd"), [([0, 1], 20), ([1, 0], 20)])
def test_of_two_processes_that_make_the_same_user_the_later_created_at_sets_the_terms(
    order: list[int], usd: float
) -> None:
    first, second = new_client(usd=10), StockClient(imported_at=NOW + SECOND)
    second.create_budget("u", 20, days=1)
    bench, clients = Bench(), [first, second]
    for number in order:
        bench.post(f"view {number}", clients[number].user_dict["u"])
    assert bench.terms == terms(usd, 1)
    assert bench.created_at_us == epoch_us(NOW + SECOND)


def test_a_user_made_without_moments_joins_under_the_terms_there_are() -> None:
    bench = bench_with_spend(1, usd=10)
    joining = new_client(usd=77, days=None)
    joining.spend("u", 2)
    bench.post(B, joining.user_dict["u"])
    assert bench.terms == terms(10, 1)
    assert bench.spent == [nanousd(3)]


# --- R8: archived users -------------------------------------------------------------------------------------------


def test_an_archived_user_is_not_resurrected_by_an_older_view_and_its_spend_is_kept() -> None:
    bench = bench_with_spend(1)
    client = bench.read(A)
    bench.is_archived = True
    client.spend("u", 0.5)
    client.user_dict["u"]["total_budget"] = 99
    plan = bench.post(A, client.user_dict["u"], is_marked=True)
    assert not plan.restores
    assert bench.is_archived
    assert bench.terms == terms(10, 1)
    assert bench.spent == [nanousd(1.5)]


def test_an_older_views_create_budget_leaves_an_archived_user_archived() -> None:
    bench = bench_with_spend(1)
    client = bench.read(A)
    bench.is_archived = True
    client.create_budget("u", 99, days=7, created_at=bench.now)
    client.spend("u", 0.5)
    bench.post(A, client.user_dict["u"], view_knew_user=True)
    assert bench.is_archived
    assert bench.terms == terms(10, 1)
    assert bench.spent == [nanousd(1.5)]


@pytest.mark.parametrize("knew", [True, False])
def test_a_newer_views_create_budget_brings_an_archived_user_back(knew: bool) -> None:
    bench = bench_with_spend(1)
    bench.is_archived = True
    client = StockClient(imported_at=NOW + SECOND)
    client.create_budget("u", 99, days=7)
    bench.wait(2 * SECOND)
    plan = bench.post(B, client.user_dict["u"], view_knew_user=knew, view_is_newer_than_archive=True)
    assert plan.restores
    assert not bench.is_archived
    assert bench.terms == terms(99, 7)
    assert bench.spent == [nanousd(1), 0]


def test_an_archived_users_reset_closes_nothing() -> None:
    bench = bench_with_spend(1)
    client = bench.read(A)
    bench.is_archived = True
    client.reset_cost("u")
    bench.post(A, client.user_dict["u"], is_marked=True)
    assert bench.closings == []
