"""Posts that a thread makes while another is in the midst of `update_cost`: the sum is raised, the model's not yet."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from budgets.domain.reconcile import reconcile
from budgets.domain.records import UNATTRIBUTED
from budgets.domain.snapshots import Plan, Snapshot
from budgets.domain.standing import PostSays, may_be_made_anew
from budgets.tests.domain.bench import DAY, NOW, Bench, nanousd
from budgets.tests.stock_client import StockClient

VIEW = "view"
MINUTE = timedelta(minutes=1)


def new_client() -> StockClient:
    client = StockClient(imported_at=NOW)
    client.create_budget("u", 10, days=7)
    return client


def bench_with(client: StockClient, *costs: float) -> Bench:
    """What the client has spent, posted."""
    bench = Bench()
    for cost in costs:
        client.spend("u", cost)
    bench.post(VIEW, client.user_dict["u"])
    return bench


@pytest.mark.parametrize("costs", [(), (5,), (5, 0.25)])
def test_spend_that_gets_its_model_later_is_counted_once(costs: tuple[float, ...]) -> None:
    client = new_client()
    bench = bench_with(client, *costs)
    bench.post(VIEW, client.snapshot_amid_spend("u", 1)["u"])
    assert bench.total == nanousd(sum(costs) + 1)
    assert bench.periods[0].cost_by_model[UNATTRIBUTED] == nanousd(1)
    plan = bench.post(VIEW, client.user_dict["u"])
    assert (bench.closings, plan.flags) == ([], frozenset())
    assert dict(bench.periods[0].cost_by_model) == {"gpt-4o": nanousd(sum(costs) + 1), UNATTRIBUTED: 0}


def test_more_spend_in_the_same_post_is_counted_too() -> None:
    client = new_client()
    bench = bench_with(client, 5)
    bench.post(VIEW, client.snapshot_amid_spend("u", 1)["u"])
    client.spend("u", 0.5, "other")
    bench.post(VIEW, client.user_dict["u"])
    assert dict(bench.periods[0].cost_by_model) == {"gpt-4o": nanousd(6), "other": nanousd(0.5), UNATTRIBUTED: 0}


@pytest.mark.parametrize("costs", [(), (5,)])
def test_such_a_post_that_was_overtaken_adds_nothing(costs: tuple[float, ...]) -> None:
    client = new_client()
    bench = bench_with(client, *costs)
    amid = client.snapshot_amid_spend("u", 1)["u"]
    for _ in range(2):
        bench.post(VIEW, client.user_dict["u"])
        bench.post(VIEW, amid)
        client.spend("u", 0.5, "other")
    assert dict(bench.periods[0].cost_by_model) == {"gpt-4o": nanousd(sum(costs) + 1), "other": nanousd(0.5)}
    assert bench.closings == []


def test_it_is_moved_in_the_period_where_it_was_counted() -> None:
    client = new_client()
    bench = bench_with(client, 5)
    bench.post(VIEW, client.snapshot_amid_spend("u", 1)["u"])
    bench.wait(DAY)
    bench.roll()
    bench.post(VIEW, client.user_dict["u"])
    assert bench.spent == [nanousd(5), nanousd(1)]
    assert bench.periods[0].cost_by_model[UNATTRIBUTED] == 0


def test_such_a_post_of_a_period_left_behind_adds_nothing() -> None:
    client = new_client()
    bench = bench_with(client, 5)
    amid = client.snapshot_amid_spend("u", 1)["u"]
    bench.post(VIEW, client.user_dict["u"])
    bench.wait(8 * DAY)
    client.reset_on_duration("u", bench.now)
    bench.post(VIEW, client.user_dict["u"])
    bench.post(VIEW, amid)
    assert bench.total == nanousd(6)


def test_less_than_was_unattributed_is_still_a_reset() -> None:
    client = new_client()
    bench = bench_with(client, 5)
    bench.post(VIEW, client.snapshot_amid_spend("u", 3)["u"])
    client.reset_cost("u")
    client.spend("u", 7)
    bench.post(VIEW, client.user_dict["u"])
    assert bench.spent == [nanousd(8), nanousd(7)]


@given(st.lists(st.tuples(st.floats(1e-6, 5), st.sampled_from(["gpt-4o", "other"])), min_size=1, max_size=6), st.data())
def test_any_order_ends_at_what_was_spent_on_each_model(spends: list[tuple[float, str]], data: st.DataObject) -> None:
    bench, client = Bench(), new_client()
    posts = [client.snapshot()["u"]]
    for cost, model in spends:
        posts.append(client.snapshot_amid_spend("u", cost, model)["u"])
        posts.append(client.snapshot()["u"])
    for record in data.draw(st.permutations(posts)):
        bench.post(VIEW, record)
    counted = {model: cost for model, cost in bench.periods[0].cost_by_model.items() if cost}
    assert counted == {model: nanousd(usd) for model, usd in client.user_dict["u"]["model_cost"].items()}
    assert len(bench.periods) == 1


def test_a_reading_that_makes_no_difference_need_not_be_known() -> None:
    moments, costs, yes_or_no = (None, NOW.timestamp()), (None, 0, 1, 5, 9), (False, True)
    indifferent = 0
    for created_at, before, minutes in product(moments, costs, (0, 5)):
        bench = Bench()
        bench.post(VIEW, record_of(created_at, before, "gpt-4o", 10))
        bench.wait(minutes * MINUTE)
        for usd, model, limit in product(costs, ("gpt-4o", "other"), (10, 20)):
            plain = bench.snapshot(VIEW, record_of(created_at, usd, model, limit))
            if may_be_made_anew(plain.record, plain.generations[-1]):
                continue
            indifferent += 1
            for is_forked, may_be_shared, brings_news, falls_behind in product(*[yes_or_no] * 4):
                snapshot = replace(plain, is_forked=is_forked, may_be_shared=may_be_shared)
                reread = replace(snapshot, reread_at=bench.now - minutes * MINUTE / 2)
                post = PostSays(bench.now, brings_news=brings_news, falls_behind=falls_behind)
                assert _plan_of(reread, post) == _plan_of(snapshot, post), plain
    assert indifferent > 50


def _plan_of(snapshot: Snapshot, post: PostSays) -> list[Plan]:
    return reconcile([snapshot], now=post.now, post=post)


def record_of(created_at: float | None, usd: float | None, model: str, limit: float) -> dict[str, Any]:
    record: dict[str, Any] = {"total_budget": limit}
    if created_at is not None:
        record |= {"created_at": created_at, "last_updated_at": created_at, "duration": 7}
    return record if usd is None else record | {"current_cost": usd, "model_cost": {model: usd} if usd else {}}


def test_a_process_that_names_itself_may_have_made_anew_what_fell_behind_alone() -> None:
    bench = Bench()
    bench.post(VIEW, record_of(NOW.timestamp(), 5, "gpt-4o", 10))
    (latest,) = bench.views[VIEW]

    def may_be(usd: float | None, limit: float, created_at: float | None = NOW.timestamp()) -> bool:
        return may_be_made_anew(bench.snapshot(VIEW, record_of(created_at, usd, "gpt-4o", limit)).record, latest)

    assert [may_be(5, 10), may_be(6, 10), may_be(5, 20)] == [False] * 3
    assert [may_be(4, 10), may_be(None, 20), may_be(6, 10, None)] == [True] * 3
