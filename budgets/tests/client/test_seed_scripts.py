"""The scripts of litellm's own documentation, word for word but for the address and the project's name."""

import pytest

from budgets.tests.harness.fake_openai import COMPLETION_TOKENS, PROMPT_TOKENS, FakeOpenAI
from budgets.tests.harness.litellm_clients import OLD, PINNED, litellm_process
from budgets.tests.harness.server import BudgetServer

HOSTED = """
from litellm import BudgetManager, completion

budget_manager = BudgetManager(project_name="<my-unique-project>", client_type="hosted")

user = "1234"

# create a budget if new user user
if not budget_manager.is_valid_user(user):
    budget_manager.create_budget(total_budget=10, user=user, duration="monthly") # 👈 duration = 'daily'/'weekly'/'monthly'/'yearly'

# check if a given call can be made
if budget_manager.get_current_cost(user=user) <= budget_manager.get_total_budget(user):
    response = completion(model="gpt-3.5-turbo", messages=[{"role": "user", "content": "Hey, how's it going?"}])
    budget_manager.update_cost(completion_obj=response, user=user)
else:
    response = "Sorry - no budget!"
"""  # noqa: E501
SELF_HOSTED = HOSTED.replace('client_type="hosted")', 'client_type="hosted", api_base="your_custom_api")')

TEXTS = """
from litellm import BudgetManager

budget_manager = BudgetManager(project_name="test_project")

user = "12345"
budget_manager.create_budget(total_budget=10, user=user, duration="daily")

input_text = "hello world"
output_text = "it's a sunny day in san francisco"
model = "gpt-3.5-turbo"

budget_manager.update_cost(user=user, model=model, input_text=input_text, output_text=output_text) # 👈
print(budget_manager.get_current_cost(user))
"""

QUICK_START = """
from litellm import BudgetManager, completion

budget_manager = BudgetManager(project_name="test_project")

user = "1234"

# create a budget if new user user
if not budget_manager.is_valid_user(user):
    budget_manager.create_budget(total_budget=10, user=user)

# check if a given call can be made
if budget_manager.get_current_cost(user=user) <= budget_manager.get_total_budget(user):
    response = completion(model="gpt-3.5-turbo", messages=[{"role": "user", "content": "Hey, how's it going?"}])
    budget_manager.update_cost(completion_obj=response, user=user)
else:
    response = "Sorry - no budget!"
"""

MOCKED = """
import functools, litellm
litellm.completion = functools.partial(litellm.completion, mock_response="Going well, thanks!")
"""
PRINT_COST = "\nprint(budget_manager.get_current_cost(user))\n"
DAYS = {"daily": 1, "weekly": 7, "monthly": 28, "yearly": 365}


def pointed_at(script: str, *, api_base: str, project: str) -> str:
    """The script with its placeholders filled in, and hosted where it was local."""
    return (
        script.replace('"<my-unique-project>"', repr(project))
        .replace('"test_project")', f'{project!r}, client_type="hosted")')
        .replace('client_type="hosted")', f'client_type="hosted", api_base={api_base!r})')
        .replace('"your_custom_api"', repr(api_base))
    )


@pytest.mark.parametrize("script", [HOSTED, SELF_HOSTED, QUICK_START], ids=["hosted", "self-hosted", "quick start"])
def test_completions_are_counted_on_every_run(gunicorn_server: BudgetServer, project: str, script: str) -> None:
    script = MOCKED + pointed_at(script, api_base=gunicorn_server.base("worker-1"), project=project) + PRINT_COST
    first = litellm_process(script)
    second = litellm_process(script)
    assert first > 0
    assert second == pytest.approx(2 * first, abs=1e-9)
    record = gunicorn_server.budget(project)["1234"]
    assert record["total_budget"] == 10
    assert record["current_cost"] == pytest.approx(second, abs=1e-9)
    assert record["model_cost"] == {"gpt-3.5-turbo": record["current_cost"]}
    assert [(row["end_user"], row["model"]) for row in gunicorn_server.export(project)] == [
        ("1234", "gpt-3.5-turbo")
    ] * 2


@pytest.mark.parametrize("script", [HOSTED, SELF_HOSTED], ids=["hosted", "self-hosted"])
def test_completions_over_http_are_counted(
    gunicorn_server: BudgetServer, project: str, fake_openai: FakeOpenAI, release: str, script: str
) -> None:
    script = pointed_at(script, api_base=gunicorn_server.base("worker-1"), project=project) + PRINT_COST
    environment = {"OPENAI_API_BASE": fake_openai.api_base, "OPENAI_API_KEY": "sk-test"}
    cost = litellm_process(script, release=release, environment=environment)
    assert [request["model"] for request in fake_openai.requests] == ["gpt-3.5-turbo"]
    # The old release carries the old price.
    input_price, output_price = {PINNED: (0.5e-6, 1.5e-6), OLD: (1.5e-6, 2e-6)}[release]
    assert cost == pytest.approx(PROMPT_TOKENS * input_price + COMPLETION_TOKENS * output_price, abs=1e-12)
    record = gunicorn_server.budget(project)["1234"]
    assert record["current_cost"] == pytest.approx(cost, abs=1e-9)
    assert record["duration"] == 28


def test_a_spent_budget_stops_the_script(gunicorn_server: BudgetServer, project: str) -> None:
    script = pointed_at(HOSTED, api_base=gunicorn_server.base("worker-1"), project=project)
    script = (
        MOCKED
        + script.replace("total_budget=10", "total_budget=0.00001")
        + "\nimport json\nprint(json.dumps(str(response)))"
    )
    assert litellm_process(script) != "Sorry - no budget!"
    assert litellm_process(script) == "Sorry - no budget!"


def test_texts_in_and_out_are_counted(gunicorn_server: BudgetServer, project: str, release: str) -> None:
    script = pointed_at(TEXTS, api_base=gunicorn_server.base("worker-1"), project=project)
    cost = litellm_process(script, release=release)
    assert cost > 0
    record = gunicorn_server.budget(project)["12345"]
    assert record["current_cost"] == pytest.approx(cost, abs=1e-9)
    assert (record["total_budget"], record["duration"]) == (10, 1)


def test_texts_run_again_begin_a_new_budget_and_keep_the_ledger(
    gunicorn_server: BudgetServer, project: str, release: str
) -> None:
    script = pointed_at(TEXTS, api_base=gunicorn_server.base("worker-1"), project=project)
    cost = litellm_process(script, release=release)
    assert litellm_process(script, release=release) == cost
    assert gunicorn_server.budget(project)["12345"]["current_cost"] == pytest.approx(cost, abs=1e-9)
    assert len(gunicorn_server.export(project)) == 2


@pytest.mark.parametrize("duration", DAYS)
def test_every_duration_is_stored_in_days(
    gunicorn_server: BudgetServer, project: str, fake_openai: FakeOpenAI, release: str, duration: str
) -> None:
    script = pointed_at(SELF_HOSTED, api_base=gunicorn_server.base("worker-1"), project=project)
    script = script.replace('duration="monthly"', f"duration={duration!r}") + PRINT_COST
    environment = {"OPENAI_API_BASE": fake_openai.api_base, "OPENAI_API_KEY": "sk-test"}
    cost = litellm_process(script, release=release, environment=environment)
    record = gunicorn_server.budget(project)["1234"]
    assert record["duration"] == DAYS[duration]
    assert record["current_cost"] == pytest.approx(cost, abs=1e-9)
    assert record["created_at"] == record["last_updated_at"]
