"""Reconciling posts (design R4, R5): whose terms stand, and which period spend belongs to."""

from datetime import timedelta

import pytest

from budgets.tests.domain.bench import DAY, NOW, SECOND, Bench, bench_with_spend, is_empty, nanousd, new_client, terms

A, B = "view a", "view b"


# --- R4: terms ----------------------------------------------------------------------------------------------------


def test_an_admins_raise_survives_a_stale_echo() -> None:
    bench = bench_with_spend(1, usd=10)
    client = bench.read(A)
    bench.terms = terms(100, 1)
    client.spend("u", 0.5)
    plan = bench.post(A, client.user_dict["u"], is_marked=True)
    assert plan.terms is None
    assert bench.terms == terms(100, 1)
    client.spend("u", 0.5)
    bench.post(A, client.user_dict["u"], is_marked=True)
    assert bench.terms == terms(100, 1)
    assert bench.spent == [nanousd(2)]


def test_a_clients_change_applies_once() -> None:
    bench = bench_with_spend(1, usd=10)
    client = bench.read(A)
    client.user_dict["u"]["total_budget"] = 20
    bench.post(A, client.user_dict["u"], is_marked=True)
    assert bench.terms == terms(20, 1)
    # The admin lowers it; what the client goes on posting is an echo of its own earlier change.
    bench.terms = terms(5, 1)
    client.spend("u", 1)
    bench.post(A, client.user_dict["u"], is_marked=True)
    assert bench.terms == terms(5, 1)


def test_an_admins_raise_and_a_clients_duration_are_both_kept() -> None:
    bench = bench_with_spend(1, usd=10)
    client = bench.read(A)
    bench.terms = terms(100, 1)
    client.user_dict["u"]["duration"] = 7
    bench.post(A, client.user_dict["u"], is_marked=True)
    assert bench.terms == terms(100, 7)


def test_unknown_keys_that_the_client_changed_are_kept_and_an_echo_of_them_is_not() -> None:
    bench = bench_with_spend(1)
    first, second = bench.read(A), bench.read(B)
    first.user_dict["u"]["team"] = "red"
    assert bench.post(A, first.user_dict["u"], is_marked=True).extra_json == '{"team":"red"}'
    second.spend("u", 1)
    assert bench.post(B, second.user_dict["u"], is_marked=True).extra_json is None
    assert bench.extra_json == '{"team":"red"}'


# --- R5: client periods -------------------------------------------------------------------------------------------


def test_a_clients_duration_reset_in_a_second_process_wipes_nothing() -> None:
    bench = bench_with_spend(1)
    first, second = bench.read(A), bench.read(B)
    bench.wait(DAY)
    first.reset_on_duration("u", bench.now)
    first.spend("u", 0.25)
    bench.post(A, first.user_dict["u"], is_marked=True)
    bench.wait(SECOND)
    second.reset_on_duration("u", bench.now)
    bench.post(B, second.user_dict["u"], is_marked=True)
    second.spend("u", 0.5)
    bench.post(B, second.user_dict["u"], is_marked=True)
    assert bench.spent == [nanousd(1), nanousd(0.75)]
    assert bench.closings == ["due"]


def test_a_clients_duration_reset_after_the_crons_wipes_nothing() -> None:
    bench = bench_with_spend(1)
    first, second = bench.read(A), bench.read(B)
    bench.wait(DAY)
    bench.roll()
    first.spend("u", 0.25)
    bench.post(A, first.user_dict["u"], is_marked=True)
    second.reset_on_duration("u", bench.now)
    bench.post(B, second.user_dict["u"], is_marked=True)
    assert bench.spent == [nanousd(1), nanousd(0.25)]


def test_the_servers_window_rolls_by_whole_durations_whenever_the_client_resets() -> None:
    bench = bench_with_spend(1)
    client = bench.read(A)
    bench.wait(3 * DAY + timedelta(hours=5))
    client.reset_on_duration("u", bench.now)
    plan = bench.post(A, client.user_dict["u"], is_marked=True)
    assert plan.rolls_due_to == NOW + 3 * DAY


def test_a_client_that_has_not_noticed_the_roll_adds_only_what_is_new_to_the_open_period() -> None:
    bench = bench_with_spend(1)
    client = bench.read(A)
    client.spend("u", 0.5)
    bench.post(A, client.user_dict["u"], is_marked=True)
    bench.wait(DAY)
    bench.roll()
    client.spend("u", 0.25)
    bench.post(A, client.user_dict["u"], is_marked=True)
    assert bench.spent == [nanousd(1.5), nanousd(0.25)]


def test_spend_that_comes_when_the_window_is_due_belongs_to_the_next() -> None:
    bench = bench_with_spend(1)
    client = bench.read(A)
    bench.wait(DAY)
    client.spend("u", 0.25)
    bench.post(A, client.user_dict["u"], is_marked=True)
    assert bench.spent == [nanousd(1), nanousd(0.25)]
    assert bench.closings == ["due"]


@pytest.mark.parametrize("later", [SECOND, 20 * DAY])
def test_a_late_post_of_an_older_client_period_tops_up_the_period_it_was_spent_in(later: timedelta) -> None:
    bench = bench_with_spend(1)
    client = bench.read(A)
    client.spend("u", 0.5)
    bench.post(A, client.user_dict["u"], is_marked=True)
    client.spend("u", 0.25)
    late = client.snapshot()["u"]
    bench.wait(DAY)
    client.reset_on_duration("u", bench.now)
    client.spend("u", 2)
    bench.post(A, client.user_dict["u"], is_marked=True)
    bench.wait(later)
    bench.periods[-1].starts_at = bench.now
    plan = bench.post(A, late, is_marked=True)
    assert [one.period_id for one in plan.spend] == [0]
    assert bench.spent == [nanousd(1.75), nanousd(2)]
    assert is_empty(bench.post(A, late, is_marked=True))


def test_an_older_client_period_that_was_never_posted_is_still_counted() -> None:
    bench, client = Bench(), new_client()
    client.spend("u", 0.5)
    late = client.snapshot()["u"]
    bench.wait(DAY)
    client.reset_on_duration("u", bench.now)
    client.spend("u", 2)
    bench.post(A, client.user_dict["u"])
    bench.post(A, late)
    assert bench.total == nanousd(2.5)
    assert is_empty(bench.post(A, late))


def test_after_a_late_post_of_the_older_window_the_newer_one_goes_on() -> None:
    bench = bench_with_spend(1)
    client = bench.read(A)
    client.spend("u", 0.5)
    late = client.snapshot()["u"]
    bench.wait(DAY)
    client.reset_on_duration("u", bench.now)
    bench.post(A, client.user_dict["u"], is_marked=True)
    bench.post(A, late, is_marked=True)
    client.spend("u", 2)
    bench.post(A, client.user_dict["u"], is_marked=True)
    assert bench.spent == [nanousd(1.5), nanousd(2)]
