"""BudgetManager over the database: litellm's methods, without anything to save."""

import importlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import budgets
from budgets.models import CostEntry, EndUser, Period
from budgets.services.end_users import archive
from budgets.services.manager import BudgetManager
from budgets.tests.factories import NOW, WireClient, broken, closings, make_caller, spent

pytestmark = pytest.mark.django_db
MODEL = "gpt-3.5-turbo"
MESSAGES = [{"role": "user", "content": "Hey, how's it going?"}]


@pytest.fixture(scope="module")
def litellm() -> Any:
    """The real one, with the prices that it brings along."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LITELLM_LOCAL_MODEL_COST_MAP", "True")
        return importlib.import_module("litellm")


@pytest.fixture
def manager() -> BudgetManager:
    return BudgetManager(project_name="p")


def user() -> EndUser:
    return EndUser.objects.get(name="u")


def test_it_is_offered_by_the_package(manager: BudgetManager) -> None:
    assert budgets.BudgetManager is BudgetManager
    assert manager.project.name == "p"
    assert BudgetManager(project_name="p", client_type="local", api_base=None, headers=None).project == manager.project
    with pytest.raises(AttributeError):
        _ = budgets.Nothing


@pytest.mark.parametrize(("duration", "days"), [("daily", 1), ("weekly", 7), ("monthly", 28), ("yearly", 365)])
def test_create_budget_knows_litellms_durations(manager: BudgetManager, duration: Any, days: int) -> None:
    record = manager.create_budget(total_budget=10, user="u", duration=duration, created_at=NOW.timestamp() - 10**9)
    assert record["duration"] == days
    assert record["created_at"] == NOW.timestamp() - 10**9
    assert user().budget.duration_days == days


def test_create_budget_without_a_duration_and_again(manager: BudgetManager) -> None:
    assert manager.create_budget(0.5, "u") == {"total_budget": 0.5}
    assert manager.create_budget(None, "u") == {"total_budget": None}
    assert closings(user()) == ["recreated"]


@pytest.mark.parametrize(("total", "duration"), [(10, "hourly"), (-1, None), (float("nan"), None)])
def test_create_budget_refuses_what_is_none(manager: BudgetManager, total: float, duration: Any) -> None:
    with pytest.raises(ValueError, match=r"must|duration needs to be"):
        manager.create_budget(total, "u", duration)
    assert manager.get_users() == []


def test_update_cost_by_a_completion(manager: BudgetManager, litellm: Any) -> None:
    manager.create_budget(total_budget=10, user="u", duration="daily")
    answer = litellm.completion(model=MODEL, messages=MESSAGES, mock_response="Going well!")
    expected = litellm.completion_cost(completion_response=answer)
    assert expected > 0
    record = manager.update_cost(completion_obj=answer, user="u")["user"]
    assert record["current_cost"] == pytest.approx(expected, abs=1e-9)
    assert list(record["model_cost"]) == [answer["model"]]
    manager.update_cost(completion_obj=answer, user="u")
    assert manager.get_current_cost("u") == pytest.approx(2 * expected, abs=2e-9)
    entry = CostEntry.objects.all()[0]
    assert (entry.source, entry.client) == ("manager", None)
    assert broken() == []


def test_update_cost_by_texts_costs_what_litellm_says(manager: BudgetManager, litellm: Any) -> None:
    manager.create_budget(total_budget=10, user="u")
    theirs = litellm.BudgetManager(project_name="p", client_type="local")
    theirs._save_data_thread = lambda: None
    theirs.user_dict = {}
    theirs.create_budget(total_budget=10, user="u")
    texts = {"model": MODEL, "input_text": "hello world", "output_text": "it's a sunny day in san francisco"}
    for _ in range(3):
        ours = manager.update_cost(user="u", **texts)["user"]
        expected = theirs.update_cost(user="u", **texts)["user"]
    assert ours["current_cost"] == pytest.approx(expected["current_cost"], abs=2e-9)
    assert manager.get_model_cost("u") == pytest.approx(expected["model_cost"], abs=2e-9)


def test_update_cost_needs_a_completion_or_texts(manager: BudgetManager) -> None:
    manager.create_budget(10, "u")
    for texts in ({}, {"model": MODEL, "input_text": "a"}):
        with pytest.raises(ValueError, match="needs to be passed in"):
            manager.update_cost("u", **texts)
    assert not CostEntry.objects.exists()


def test_projected_cost_is_the_spend_and_the_prompt(manager: BudgetManager, litellm: Any) -> None:
    manager.create_budget(10, "u")
    prompt = manager.projected_cost(model=MODEL, messages=MESSAGES, user="u")
    tokens = litellm.token_counter(model=MODEL, text=MESSAGES[0]["content"])
    assert prompt == pytest.approx(litellm.cost_per_token(model=MODEL, prompt_tokens=tokens)[0], abs=1e-9)
    manager.update_cost("u", model=MODEL, input_text="hello", output_text="world")
    projected = manager.projected_cost(model=MODEL, messages=MESSAGES, user="u")
    assert projected == pytest.approx(prompt + manager.get_current_cost("u"), abs=1e-9)
    assert CostEntry.objects.count() == 1


def test_users_are_those_of_the_project_who_are_not_archived(manager: BudgetManager) -> None:
    for name in ("u", "v", "gone"):
        manager.create_budget(10, name)
    BudgetManager("other").create_budget(10, "foreign")
    archive(end_user=EndUser.objects.get(name="gone"), now=NOW)
    assert manager.get_users() == ["u", "v"]
    assert [manager.is_valid_user(name) for name in ("u", "gone", "foreign")] == [True, False, False]
    assert manager.get_total_budget("u") == 10


@pytest.mark.parametrize("name", ["nobody", "gone", "foreign"])
def test_a_user_who_is_not_there_raises_keyerror_as_in_a_dict(manager: BudgetManager, name: str) -> None:
    manager.create_budget(10, "gone")
    archive(end_user=EndUser.objects.get(name="gone"), now=NOW)
    BudgetManager("other").create_budget(10, "foreign")
    for method in ("get_total_budget", "get_current_cost", "get_model_cost", "reset_cost", "reset_on_duration"):
        with pytest.raises(KeyError, match=name):
            getattr(manager, method)(name)


def test_reset_cost_closes_the_period(manager: BudgetManager, litellm: Any) -> None:
    manager.create_budget(10, "u")
    manager.update_cost("u", model=MODEL, input_text="hello", output_text="world")
    manager.reset_cost("u")
    assert (manager.get_current_cost("u"), manager.get_model_cost("u")) == (0, {})
    assert closings(user()) == ["manager_reset"]
    assert broken() == []


@pytest.mark.parametrize("all_users", [True, False])
def test_only_a_window_that_is_over_rolls(manager: BudgetManager, all_users: bool) -> None:
    manager.create_budget(10, "u", "daily")
    manager.create_budget(10, "v", "weekly")
    yesterday = datetime.now(UTC) - timedelta(days=1, hours=1)
    Period.objects.update(starts_at=yesterday, due_at=None)
    Period.objects.filter(end_user__name="u").update(due_at=yesterday + timedelta(days=1))
    for _ in range(2):
        if all_users:
            manager.update_budget_all_users()
        else:
            manager.reset_on_duration("u")
            manager.reset_on_duration("v")
    assert [len(spent(one)) for one in EndUser.objects.order_by("pk")] == [2, 1]
    assert closings(user()) == ["due"]


def test_there_is_nothing_to_save_or_to_load(manager: BudgetManager) -> None:
    manager.create_budget(10, "u")
    assert manager.save_data() == {"status": "success"}
    manager.load_data()
    assert manager.get_users() == ["u"]


def test_hosted_clients_and_the_manager_share_one_ledger(manager: BudgetManager, litellm: Any) -> None:
    manager.create_budget(10, "u")
    manager.update_cost("u", model=MODEL, input_text="hello", output_text="world")
    before = manager.get_current_cost("u")
    client = WireClient(manager.project, make_caller(manager.project)).load_data()
    client.spend("u", 1)
    manager.update_cost("u", model=MODEL, input_text="hello", output_text="world")
    client.post()
    assert manager.get_current_cost("u") == pytest.approx(2 * before + 1, abs=1e-9)
    assert broken() == []
