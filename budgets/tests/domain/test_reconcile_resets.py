"""Reconciling posts (design R7): manual resets, and late snapshots that look like them."""

from datetime import timedelta

import pytest

from budgets.domain.flags import FlagKind
from budgets.domain.reconcile import reconcile
from budgets.domain.standing import REORDER_WINDOW
from budgets.tests.domain.bench import DAY, SECOND, Bench, bench_with_spend, is_empty, nanousd, new_client

A = "view a"
LATE = REORDER_WINDOW
TOO_LATE = REORDER_WINDOW + timedelta(microseconds=1)


def test_a_saved_reset_cost_closes_the_period() -> None:
    bench = bench_with_spend(1)
    client = bench.read(A)
    client.reset_cost("u")
    plan = bench.post(A, client.user_dict["u"], is_marked=True)
    assert plan.flags == frozenset()
    client.spend("u", 0.25)
    bench.post(A, client.user_dict["u"], is_marked=True)
    assert bench.spent == [nanousd(1), nanousd(0.25)]
    assert bench.closings == ["reset"]


def test_a_reset_is_no_late_snapshot_however_soon_it_comes() -> None:
    bench, client = Bench(), new_client()
    client.spend("u", 1)
    bench.post(A, client.user_dict["u"])
    client.reset_cost("u")
    bench.post(A, client.user_dict["u"])
    assert bench.spent == [nanousd(1), 0]


@pytest.mark.parametrize("later", [timedelta(0), LATE])
def test_zeros_that_come_late_behind_new_spend_are_no_second_reset(later: timedelta) -> None:
    bench = bench_with_spend(1)
    client = bench.read(A)
    client.reset_cost("u")
    zeros = client.snapshot()["u"]
    bench.post(A, zeros, is_marked=True)
    client.spend("u", 0.25)
    bench.post(A, client.user_dict["u"], is_marked=True)
    bench.wait(later)
    assert is_empty(bench.post(A, zeros, is_marked=True))
    assert bench.closings == ["reset"]


def test_zeros_after_the_reorder_window_are_a_second_reset() -> None:
    bench = bench_with_spend(1)
    client = bench.read(A)
    client.reset_cost("u")
    bench.post(A, client.user_dict["u"], is_marked=True)
    client.spend("u", 0.25)
    bench.post(A, client.user_dict["u"], is_marked=True)
    bench.wait(TOO_LATE)
    client.reset_cost("u")
    bench.post(A, client.user_dict["u"], is_marked=True)
    assert bench.closings == ["reset", "reset"]


def test_zeros_that_come_late_behind_the_spend_after_a_duration_reset_are_no_second_reset() -> None:
    bench = bench_with_spend(1)
    client = bench.read(A)
    bench.wait(DAY)
    client.reset_on_duration("u", bench.now)
    zeros = client.snapshot()["u"]
    client.spend("u", 0.25)
    bench.post(A, client.user_dict["u"], is_marked=True)
    bench.post(A, zeros, is_marked=True)
    assert bench.spent == [nanousd(1), nanousd(0.25)]
    assert bench.closings == ["due"]


def test_a_reset_with_nothing_spent_closes_nothing() -> None:
    bench, client = Bench(), new_client()
    bench.post(A, client.user_dict["u"])
    client.reset_cost("u")
    bench.post(A, client.user_dict["u"])
    assert bench.closings == []


def test_a_reset_after_the_crons_roll_leaves_no_empty_period_behind() -> None:
    bench = bench_with_spend(1)
    client = bench.read(A)
    bench.wait(SECOND)
    bench.roll()
    client.reset_cost("u")
    bench.post(A, client.user_dict["u"], is_marked=True)
    assert bench.closings == ["due"]
    client.spend("u", 0.25)
    bench.post(A, client.user_dict["u"], is_marked=True)
    assert bench.spent == [nanousd(1), nanousd(0.25)]


def test_a_reset_when_the_window_is_due_rolls_it_and_closes_no_second_one() -> None:
    bench = bench_with_spend(1)
    client = bench.read(A)
    bench.wait(DAY)
    client.reset_cost("u")
    bench.post(A, client.user_dict["u"], is_marked=True)
    assert bench.closings == ["due"]


@pytest.mark.parametrize("later", [timedelta(0), LATE])
def test_lower_and_not_zero_within_30_seconds_is_a_late_snapshot(later: timedelta) -> None:
    bench = bench_with_spend(1)
    client = bench.read(A)
    client.spend("u", 0.25)
    late = client.snapshot()["u"]
    client.spend("u", 0.5)
    bench.post(A, client.user_dict["u"], is_marked=True)
    bench.wait(later)
    assert is_empty(bench.post(A, late, is_marked=True))
    assert bench.spent == [nanousd(1.75)]


def test_lower_and_not_zero_after_30_seconds_is_a_reset_followed_by_spend_and_flagged() -> None:
    bench = bench_with_spend(1)
    client = bench.read(A)
    client.spend("u", 0.5)
    bench.post(A, client.user_dict["u"], is_marked=True)
    bench.wait(TOO_LATE)
    client.reset_cost("u")
    client.spend("u", 0.25)
    plan = bench.post(A, client.user_dict["u"], is_marked=True)
    assert plan.flags == {FlagKind.RESET_NOT_SAVED}
    assert bench.spent == [nanousd(1.5), nanousd(0.25)]
    assert bench.closings == ["reset"]


def test_lower_on_one_model_and_higher_on_another_is_no_late_snapshot() -> None:
    bench, client = Bench(), new_client()
    client.spend("u", 1, "a")
    client.spend("u", 1, "b")
    bench.post(A, client.user_dict["u"])
    client.reset_cost("u")
    client.spend("u", 2, "b")
    plan = bench.post(A, client.user_dict["u"])
    assert plan.flags == {FlagKind.RESET_NOT_SAVED}
    assert bench.spent == [nanousd(2), nanousd(2)]


def test_lower_beside_another_users_news_is_no_late_snapshot() -> None:
    # A post is the client's whole dict at one moment: one that is ahead for v is not behind for u.
    of_u, of_v = bench_with_spend(1), bench_with_spend(1)
    client, other = of_u.read(A), of_v.read(A)
    client.spend("u", 0.5)
    of_u.post(A, client.user_dict["u"], is_marked=True)
    client.reset_cost("u")
    client.spend("u", 0.25)
    other.spend("u", 3)
    snapshots = [
        of_u.snapshot(A, client.user_dict["u"], is_marked=True),
        of_v.snapshot(A, other.user_dict["u"], is_marked=True),
    ]
    of_u.apply(A, reconcile(snapshots, now=of_u.now)[0])
    assert of_u.spent == [nanousd(1.5), nanousd(0.25)]


def test_a_lower_figure_against_what_was_handed_out_is_no_late_snapshot() -> None:
    bench = bench_with_spend(1)
    client = bench.read(A)
    client.reset_cost("u")
    client.spend("u", 0.25)
    bench.post(A, client.user_dict["u"], is_marked=True)
    assert bench.spent == [nanousd(1), nanousd(0.25)]
