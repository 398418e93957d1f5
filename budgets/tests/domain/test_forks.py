"""Figures that go back and forth: those of one stock client are never taken for a fork, those of copies are."""

import pytest

from budgets.domain.flags import FlagKind
from budgets.domain.forks import CERTAIN_AFTER
from budgets.domain.reconcile import reconcile
from budgets.domain.snapshots import Plan
from budgets.domain.standing import REORDER_WINDOW
from budgets.tests.domain.bench import SECOND, Bench, nanousd, terms
from budgets.tests.domain.fork_histories import A, forked_copies, one_client, stored
from budgets.tests.stock_client import Record

LATER = REORDER_WINDOW + SECOND
HONEST_HISTORIES, FORKED_HISTORIES = 250, 20


def test_one_stock_client_never_looks_forked_however_its_posts_arrive() -> None:
    assert [seed for seed in range(HONEST_HISTORIES) if one_client(seed)] == []


@pytest.mark.parametrize("copies", [2, 3])
@pytest.mark.parametrize("handed_usd", [0, 5, 50])
def test_copies_that_each_spend_are_found(copies: int, handed_usd: float) -> None:
    shown = [forked_copies(seed, copies=copies, handed_usd=handed_usd, seconds=60) for seed in range(FORKED_HISTORIES)]
    found = sorted(number for number in shown if number)
    assert len(found) >= 0.95 * len(shown)
    assert found[len(found) // 2] <= 70


def in_turn(bench: Bench, *records: Record) -> list[Plan]:
    plans = []
    for record in records:
        bench.wait(LATER)
        plans.append(bench.post(A, record, is_marked=True))
    return plans


def figures(*usd: float) -> list[Record]:
    return [{"total_budget": 10, "current_cost": one, "model_cost": {"gpt-4o": one}, "created_at": 1.0} for one in usd]


def test_lower_figures_that_go_on_where_they_stopped_show_two_lines() -> None:
    bench = stored(2.5)
    bench.read(A)
    *before, proof = in_turn(bench, *figures(5.0, 3.0, 5.1, 3.2, 5.2, 3.3, 5.3))
    assert not any(plan.shows_fork for plan in before)
    assert proof.shows_fork
    assert proof.closing is None
    assert FlagKind.RESET_NOT_SAVED not in proof.flags


def test_the_proof_counts_by_the_highest_and_the_doubt_is_what_was_counted_beyond_it() -> None:
    bench = stored(2.5)
    bench.read(A)
    in_turn(bench, *figures(5.0, 3.0, 5.1, 3.2, 5.2, 3.3, 5.3))
    doubtful = sum(one.doubtful_nanousd for one in bench.views[A])
    # Each line counted whole, over and over; what the upper one rose by is certain.
    assert doubtful == bench.total - nanousd(5.3)
    total = bench.total
    for record, more in zip(figures(3.4, 5.3, 6.0, 4.0), (0, 0, 0.7, 0), strict=True):
        bench.wait(LATER)
        plan = bench.post(A, record, is_marked=True, is_forked=True)
        total += nanousd(more)
        assert bench.total == total
        assert plan.closing is None
    assert bench.views[A][-1].cost_by_model == {"gpt-4o": nanousd(6.0)}


def test_zeros_of_a_fork_s_copy_reset_nothing() -> None:
    bench = stored(2.5)
    bench.read(A)
    in_turn(bench, *figures(5.0))
    zeros: Record = {"total_budget": 10, "current_cost": 0, "model_cost": {}, "created_at": 1.0}
    plan = bench.post(A, zeros, is_marked=True, is_forked=True)
    assert (plan.closing, plan.spend, plan.generation) == (None, (), None)


def test_what_a_fork_s_copies_spend_stands_on_their_highest_figure() -> None:
    bench = stored(2.5)
    bench.read(A)
    (record,) = figures(5.0)
    plan = bench.post(A, record, is_marked=True, is_forked=True)
    assert plan.is_shared
    assert FlagKind.FORKED in plan.flags
    assert not bench.post(A, figures(6.0)[0], is_marked=True).is_shared


def test_resets_without_a_save_at_growing_figures_are_no_fork() -> None:
    bench = stored()
    bench.read(A)
    plans = in_turn(bench, *figures(1, 2, 1, 2, 3, 1, 2, 3, 4, 1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 6))
    assert not any(plan.shows_fork for plan in plans)
    assert bench.total == nanousd(2 + 3 + 4 + 5 + 6)


@pytest.mark.parametrize(
    "usd",
    [
        # Each time lower by another line's figure; each time back at another's; a step no longer than a usual call.
        (5.0, 1.0, 5.1, 2.0, 5.2, 3.0, 5.3, 4.0, 5.4),
        (5.0, 3.0, 8.0, 3.1, 12.0, 3.2, 18.0, 3.3, 27.0),
        (5.0, 4.9, 5.1, 5.0, 5.2, 5.1, 5.3, 5.2, 5.4),
    ],
)
def test_what_does_not_go_on_where_it_stopped_is_no_fork(usd: tuple[float, ...]) -> None:
    bench = stored(0.5)
    bench.read(A)
    assert not any(plan.shows_fork for plan in in_turn(bench, *figures(*usd)))


def test_a_user_as_handed_out_without_costs_long_after_it_spent_is_another_process_s() -> None:
    bench = stored()
    handed = bench.read(A).user_dict["u"]
    bench.post(A, figures(1.0)[0], is_marked=True)
    bench.wait(LATER)
    assert not bench.post(A, handed, is_marked=True).shows_fork
    bench.wait(CERTAIN_AFTER)
    plan = bench.post(A, handed, is_marked=True)
    assert plan.shows_fork
    assert plan.closing is None


def test_what_was_only_told_otherwise_is_no_spend_to_be_missed() -> None:
    bench = stored()
    handed = bench.read(A).user_dict["u"]
    bench.post(A, handed | {"total_budget": 20}, is_marked=True)
    bench.wait(CERTAIN_AFTER + SECOND)
    bench.post(A, figures(1.0)[0] | {"total_budget": 20}, is_marked=True)
    # The first post again, late.
    assert not bench.post(A, handed | {"total_budget": 20}, is_marked=True).shows_fork
    assert bench.terms == terms(20)


def test_a_second_user_of_the_post_is_no_reset_once_the_first_shows_the_fork() -> None:
    first, second = stored(), stored(2.5)
    for bench in (first, second):
        bench.read(A)
        bench.post(A, figures(5.0)[0], is_marked=True)
        bench.wait(CERTAIN_AFTER + SECOND)
    untouched = first.snapshot(A, {"total_budget": 10}, is_marked=True)
    lower = second.snapshot(A, figures(3.0)[0], is_marked=True)
    plans = reconcile([untouched, lower], now=first.now)
    assert [plan.shows_fork for plan in plans] == [True, False]
    assert [plan.closing for plan in plans] == [None, None]
