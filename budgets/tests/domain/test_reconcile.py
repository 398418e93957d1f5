"""The rules of the design (§4) as stories: what each post adds, and what it leaves alone."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from budgets.domain.flags import FlagKind
from budgets.domain.periods import epoch_us
from budgets.domain.reconcile import reconcile
from budgets.domain.records import UNATTRIBUTED
from budgets.domain.snapshots import Plan
from budgets.domain.standing import REORDER_WINDOW
from budgets.tests.domain.bench import DAY, NOW, SECOND, Bench, nanousd, terms
from budgets.tests.stock_client import StockClient

A, B = "view a", "view b"
LATE = REORDER_WINDOW
TOO_LATE = REORDER_WINDOW + timedelta(microseconds=1)


def new_client(*, usd: float = 10, days: int | None = 1) -> StockClient:
    client = StockClient(imported_at=NOW)
    client.create_budget("u", usd, days=days)
    return client


def bench_with_spend(cost: float = 1.0, *, usd: float = 10, days: int | None = 1) -> Bench:
    """A user whose budget and first spend came from a process that is gone."""
    bench, client = Bench(), new_client(usd=usd, days=days)
    client.spend("u", cost)
    bench.post("gone", client.user_dict["u"])
    return bench


def is_empty(plan: Plan) -> bool:
    return plan == Plan(plan.record)


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


# --- R7: manual resets --------------------------------------------------------------------------------------------


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
