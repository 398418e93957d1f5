"""Reconciling posts (design R2, R3): what is new is counted once, whoever posts it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budgets.domain.flags import FlagKind
from budgets.domain.records import UNATTRIBUTED
from budgets.tests.domain.bench import DAY, NOW, Bench, bench_with_spend, is_empty, nanousd, new_client, terms

A, B = "view a", "view b"


# --- R2: high-water marks -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("days", [1, None])
def test_the_first_post_of_a_new_user_counts_all_of_it(days: int | None) -> None:
    bench, client = Bench(), new_client(days=days)
    client.spend("u", 0.25)
    client.spend("u", 0.5, "other")
    plan = bench.post(A, client.user_dict["u"])
    assert plan.creates
    assert bench.terms == terms(10, days)
    assert dict(bench.periods[0].cost_by_model) == {"gpt-4o": nanousd(0.25), "other": nanousd(0.5)}


@pytest.mark.parametrize("days", [1, None])
def test_the_same_post_again_adds_nothing(days: int | None) -> None:
    bench, client = Bench(), new_client(days=days)
    for cost in (0, 0.25):
        if cost:
            client.spend("u", cost)
        bench.post(A, client.user_dict["u"])
        assert is_empty(bench.post(A, client.user_dict["u"]))
    assert bench.spent == [nanousd(0.25)]


@pytest.mark.parametrize("days", [1, None])
def test_an_overtaken_post_adds_nothing(days: int | None) -> None:
    bench, client = Bench(), new_client(days=days)
    posts = [client.snapshot()["u"]]
    for _ in range(2):
        client.spend("u", 1)
        posts.append(client.snapshot()["u"])
    for record in reversed(posts):
        bench.post(A, record)
    assert bench.spent == [nanousd(2)]


def test_two_processes_that_read_the_same_record_both_count() -> None:
    bench = bench_with_spend(1)
    first, second = bench.read(A), bench.read(B)
    first.spend("u", 0.25)
    second.spend("u", 0.5)
    bench.post(A, first.user_dict["u"], is_marked=True)
    bench.post(B, second.user_dict["u"], is_marked=True)
    assert bench.spent == [nanousd(1.75)]


def test_spend_is_counted_model_by_model() -> None:
    bench = bench_with_spend(1)
    client = bench.read(A)
    client.spend("u", 0.25, "other")
    plan = bench.post(A, client.user_dict["u"], is_marked=True)
    assert [(one.model, one.amount_nanousd) for one in plan.spend] == [("other", nanousd(0.25))]


def test_the_cumulative_figure_is_rounded_and_not_each_difference() -> None:
    bench, client = Bench(), new_client()
    for _ in range(1_000):
        client.spend("u", 4e-10)
        bench.post(A, client.user_dict["u"])
    assert bench.spent == [400]


def test_spend_that_no_model_accounts_for_is_unattributed() -> None:
    bench, client = Bench(), new_client()
    client.spend("u", 1)
    client.user_dict["u"]["current_cost"] = 3
    bench.post(A, client.user_dict["u"])
    assert dict(bench.periods[0].cost_by_model) == {"gpt-4o": nanousd(1), UNATTRIBUTED: nanousd(2)}


@given(st.lists(st.floats(1e-9, 5), min_size=1, max_size=8), st.data())
def test_any_order_of_a_processs_posts_ends_at_the_same_total(costs: list[float], data: st.DataObject) -> None:
    bench, client = Bench(), new_client(days=data.draw(st.sampled_from([1, None])))
    posts = [client.snapshot()["u"]]
    for cost in costs:
        client.spend("u", cost, data.draw(st.sampled_from(["a", "b"])))
        posts.append(client.snapshot()["u"])
    for record in data.draw(st.permutations(posts)):
        bench.post(A, record)
    assert bench.total == sum(nanousd(cost) for cost in posts[-1]["model_cost"].values())
    assert len(bench.periods) == 1


@given(st.lists(st.tuples(st.booleans(), st.floats(1e-6, 5)), min_size=1, max_size=8), st.data())
def test_any_order_ends_at_the_same_total_with_a_duration_reset_in_between(
    steps: list[tuple[bool, float]], data: st.DataObject
) -> None:
    bench, client = Bench(), new_client(days=1)
    last_of_window: dict[float, int] = {}
    posts, now = [client.snapshot()["u"]], NOW
    for resets, cost in steps:
        if resets:
            now += DAY
            client.reset_on_duration("u", now)
            posts.append(client.snapshot()["u"])
        client.spend("u", cost)
        posts.append(client.snapshot()["u"])
        last_of_window[client.user_dict["u"]["last_updated_at"]] = nanousd(
            client.user_dict["u"]["model_cost"]["gpt-4o"]
        )
    bench.now = now
    for record in data.draw(st.permutations(posts)):
        bench.post(A, record)
    assert bench.total == sum(last_of_window.values())


@given(st.lists(st.sampled_from(["spend", "reset", "recreate", "window", "raise"]), max_size=10), st.booleans())
def test_whatever_a_process_does_each_post_said_twice_adds_nothing(acts: list[str], is_marked: bool) -> None:
    bench = bench_with_spend(1)
    client = bench.read(A)
    client.imported_at = NOW.timestamp()
    for act in acts:
        bench.wait(DAY)
        if act == "spend":
            client.spend("u", 0.125)
        elif act == "reset":
            client.reset_cost("u")
        elif act == "recreate":
            client.create_budget("u", 5, days=1, created_at=bench.now)
            is_marked = False
        elif act == "window":
            client.reset_on_duration("u", bench.now)
        else:
            client.user_dict["u"]["total_budget"] += 1
        bench.post(A, client.user_dict["u"], is_marked=is_marked)
        before = bench.spent
        assert is_empty(bench.post(A, client.user_dict["u"], is_marked=is_marked))
        assert bench.spent == before


# --- R3: nothing tells the processes apart ------------------------------------------------------------------------


def test_processes_behind_one_shared_key_are_counted_by_the_highest_and_flagged() -> None:
    bench, first, second = Bench(), new_client(days=None), new_client(days=None)
    first.spend("u", 3)
    second.spend("u", 2)
    plan = bench.post(A, first.user_dict["u"], may_be_shared=True)
    assert plan.flags == {FlagKind.ANONYMOUS_SPEND}
    bench.wait(DAY)
    bench.post(A, second.user_dict["u"], may_be_shared=True)
    bench.wait(DAY)
    bench.post(A, first.user_dict["u"], may_be_shared=True)
    assert bench.spent == [nanousd(3)]


def test_a_shared_key_without_spend_is_not_flagged() -> None:
    bench = Bench()
    assert bench.post(A, new_client(days=None).user_dict["u"], may_be_shared=True).flags == frozenset()


def test_a_named_client_is_not_flagged() -> None:
    bench, client = Bench(), new_client(days=None)
    client.spend("u", 3)
    assert bench.post(A, client.user_dict["u"]).flags == frozenset()
