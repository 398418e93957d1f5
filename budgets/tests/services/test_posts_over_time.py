"""Posts of programs that live long, run again, or see very small and very large figures."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from budgets.domain.records import MAX_MODELS, PostError
from budgets.domain.terms import Terms
from budgets.models import BudgetChange, Client, CostEntry, EndUser
from budgets.models.end_user import ChangeSource
from budgets.services.budgets import change_terms, create_budget
from budgets.services.ledger import adjust
from budgets.tests.factories import NOW, WireClient, broken, closings, make_caller, make_project, make_user, spent

pytestmark = pytest.mark.django_db
LATER = timedelta(minutes=5)


def lifetime_nanousd(user: EndUser) -> int:
    return sum(CostEntry.objects.filter(end_user=user).values_list("amount_nanousd", flat=True))


def test_prices_below_a_nano_beside_unattributed_spend_are_no_resets() -> None:
    project = make_project()
    user = make_user(project)
    adjust(end_user=user, model="", amount_nanousd=2 * 10**9, reason="an invoice", actor=None, now=NOW)
    client = WireClient(project, make_caller(project)).load_data(NOW)
    prices = {"gpt-4o-mini": "0.00000000015", "flash-8b": "0.0000000000375", "gpt-4o": "0.0000025"}
    true_usd = Decimal(2)
    for call in range(60):
        model = list(prices)[call % 3]
        client.spend(user.name, float(prices[model]), model)
        true_usd += Decimal(prices[model])
        client.post(NOW + timedelta(seconds=call))
    assert closings(user) == []
    assert abs(Decimal(lifetime_nanousd(user)) / 10**9 - true_usd) < Decimal("0.000000005")
    assert broken() == []


@pytest.mark.parametrize("again", [0.5, 1.0, 1.5])
def test_a_script_run_again_under_its_client_id_is_counted_whole(again: float) -> None:
    project = make_project()
    for run, usd in enumerate((1.0, again)):
        client = WireClient(project, make_caller(project)).load_data(NOW + run * LATER)
        client.create_budget("u", 10)
        client.spend("u", usd)
        client.post(NOW + run * LATER + timedelta(seconds=40))
    user = EndUser.objects.get(name="u")
    assert spent(user)[-1] == round(again * 10**9)
    assert lifetime_nanousd(user) == round((1 + again) * 10**9)


def test_a_script_run_again_at_once_with_another_limit_is_counted_whole() -> None:
    project = make_project()
    for run, limit in enumerate((10, 20)):
        client = WireClient(project, make_caller(project)).load_data(NOW + timedelta(seconds=run))
        client.create_budget("u", limit)
        client.spend("u", 1.0)
        client.post(NOW + timedelta(seconds=run))
    user = EndUser.objects.get(name="u")
    assert lifetime_nanousd(user) == 2 * 10**9
    assert user.budget.total_budget_nanousd == 20 * 10**9


def test_another_program_under_the_client_id_that_reads_makes_nobody_s_record_new() -> None:
    project = make_project()
    first, second = (WireClient(project, make_caller(project)).load_data(NOW) for _ in range(2))
    first.create_budget("a", 10)
    first.spend("a", 1.0)
    first.post(NOW)
    second.create_budget("b", 10)
    second.spend("b", 1.0)
    second.post(NOW)
    WireClient(project, make_caller(project)).load_data(NOW + LATER)
    first.spend("a", 0.5)
    first.post(NOW + 2 * LATER)
    assert lifetime_nanousd(EndUser.objects.get(name="a")) == 1_500_000_000


def test_a_later_post_of_a_long_lived_client_reads_no_more_than_an_early_one() -> None:
    project = make_project()
    user = make_user(project)
    client = WireClient(project, make_caller(project)).load_data(NOW)
    counts = []
    for post in range(30):
        client.spend(user.name, 0.01)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.post(NOW + timedelta(seconds=post))
        counts.append(len(queries))
        reads_ledger = [one for one in queries if 'FROM "budgets_costentry"' in one["sql"]]
        assert post == 0 or not reads_ledger
    assert counts[2] == counts[-1]


def test_the_echo_of_a_limit_no_double_can_hold_changes_nothing() -> None:
    project = make_project()
    exact = Terms(9_345_678_123_456_789, None)
    user = create_budget(project=project, name="u", terms=exact, source=ChangeSource.ADMIN, actor=None, now=NOW)
    client = WireClient(project, make_caller(project)).load_data(NOW)
    client.spend("u", 1)
    client.post(NOW)
    user.budget.refresh_from_db()
    assert user.budget.total_budget_nanousd == exact.total_budget_nanousd
    raised = Terms(9_900_000 * 10**9, None)
    change_terms(end_user=user, terms=raised, source=ChangeSource.ADMIN, actor=None, reason="", now=NOW)
    client.spend("u", 1)
    client.post(NOW)
    user.budget.refresh_from_db()
    assert user.budget.total_budget_nanousd == raised.total_budget_nanousd
    assert BudgetChange.objects.filter(end_user=user).count() == 2
    assert broken() == []


def test_figures_that_add_up_beyond_what_is_kept_are_refused_and_change_nothing() -> None:
    project = make_project()
    client = WireClient(project, make_caller(project)).load_data(NOW)
    client.create_budget("u", 10)
    for model in ("a", "b"):
        client.spend("u", 6_000_000, model)
    with pytest.raises(PostError) as refusal:
        client.post(NOW)
    assert "/user_dict/u/model_cost" in [fault.pointer for fault in refusal.value.faults]
    assert not EndUser.objects.exists()


def test_a_period_holds_no_more_than_its_bound_however_many_processes_post() -> None:
    project = make_project()
    user = make_user(project)
    first, second = (WireClient(project, make_caller(project, name)).load_data(NOW) for name in ("one", "two"))
    first.spend(user.name, 6_000_000)
    first.post(NOW)
    second.spend(user.name, 6_000_000)
    with pytest.raises(PostError) as refusal:
        second.post(NOW)
    assert [fault.pointer for fault in refusal.value.faults] == [f"/user_dict/{user.name}"]
    assert lifetime_nanousd(user) == 6_000_000 * 10**9


def test_a_period_holds_no_more_models_than_a_client_may_post_back() -> None:
    project = make_project()
    user = make_user(project)
    first, second = (WireClient(project, make_caller(project, name)).load_data(NOW) for name in ("one", "two"))
    adjust(end_user=user, model="", amount_nanousd=1, reason="is no model", actor=None, now=NOW)
    for number in range(MAX_MODELS):
        first.spend(user.name, 1, f"m{number}")
    first.post(NOW)
    second.spend(user.name, 1, "one more")
    with pytest.raises(PostError) as refusal:
        second.post(NOW)
    assert [fault.pointer for fault in refusal.value.faults] == [f"/user_dict/{user.name}"]
    assert broken() == []
    # Whoever reads it can go on.
    reader = WireClient(project, make_caller(project, "three")).load_data(NOW)
    reader.spend(user.name, 1, "m7")
    reader.post(NOW)
    assert lifetime_nanousd(user) == (MAX_MODELS + 1) * 10**9 + 1


def test_a_refusal_under_the_locks_leaves_no_client_behind() -> None:
    project = make_project()
    user = make_user(project)
    first = WireClient(project, make_caller(project, "one")).load_data(NOW)
    first.spend(user.name, 6_000_000)
    first.post(NOW)
    stranger = WireClient(project, make_caller(project, "never seen"))
    stranger.create_budget(user.name, 10)
    stranger.spend(user.name, 6_000_000)
    with pytest.raises(PostError):
        stranger.post(NOW)
    assert not Client.objects.filter(client_id="never seen").exists()
