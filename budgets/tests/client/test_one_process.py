"""What one client does to a budget over its life."""

import pytest

from budgets.tests.client.conftest import OpenSession
from budgets.tests.harness.litellm_clients import LitellmSession
from budgets.tests.harness.server import BudgetServer


def approx(usd: float) -> object:
    """Equal but for the rounding to nano-USD."""
    return pytest.approx(usd, abs=1e-9)


def test_load_data_again_changes_nothing_and_spend_goes_on(
    gunicorn_server: BudgetServer, project: str, open_session: OpenSession
) -> None:
    client = open_session("worker-1")
    client.run("manager.create_budget(total_budget=10, user='u', duration='daily')")
    cost = client.spend("u", 3)
    client.drain()
    client.run("manager.load_data(); manager.save_data(); manager.load_data()")
    assert client.run("manager.get_current_cost('u')") == approx(cost)
    cost += client.spend("u")
    client.drain()
    assert gunicorn_server.budget(project)["u"]["current_cost"] == approx(cost)
    assert client.run("manager.get_current_cost('u')") == approx(cost)
    assert sum(float(row["cost_usd"]) for row in gunicorn_server.export(project)) == approx(cost)


def test_a_budget_without_a_duration_is_known_from_the_next_change(
    gunicorn_server: BudgetServer, project: str, open_session: OpenSession
) -> None:
    client = open_session("worker-1")
    client.run("manager.create_budget(total_budget=10, user='u')")
    client.drain()
    assert gunicorn_server.budget(project) == {}
    cost = client.spend("u", 2)
    client.drain()
    record = gunicorn_server.budget(project)["u"]
    assert record["total_budget"] == 10
    assert "duration" not in record
    assert record["current_cost"] == approx(cost)
    client.run("manager.load_data()")
    cost += client.spend("u")
    client.drain()
    assert gunicorn_server.budget(project)["u"]["current_cost"] == approx(cost)


@pytest.mark.parametrize("reload", [False, True])
def test_creating_a_budget_again_begins_anew_and_keeps_the_ledger(
    gunicorn_server: BudgetServer, project: str, open_session: OpenSession, reload: bool
) -> None:
    client = open_session("worker-1")
    client.run("manager.create_budget(total_budget=10, user='u', duration='daily')")
    before = client.spend("u", 3)
    client.drain()
    if reload:
        client.run("manager.load_data()")
    client.run("manager.create_budget(total_budget=20, user='u', duration='weekly')")
    client.drain()
    after = client.spend("u")
    client.drain()
    record = gunicorn_server.budget(project)["u"]
    assert (record["total_budget"], record["duration"]) == (20, 7)
    assert record["current_cost"] == approx(after)
    assert sum(float(row["cost_usd"]) for row in gunicorn_server.export(project)) == approx(before + after)


def test_a_saved_reset_begins_a_new_period(
    gunicorn_server: BudgetServer, project: str, open_session: OpenSession
) -> None:
    client = open_session("worker-1")
    client.run("manager.create_budget(total_budget=10, user='u', duration='daily')")
    before = client.spend("u", 2)
    client.drain()
    client.run("manager.reset_cost('u'); manager.save_data()['status']")
    assert gunicorn_server.budget(project)["u"].get("current_cost", 0) == 0
    after = client.spend("u")
    client.drain()
    assert gunicorn_server.budget(project)["u"]["current_cost"] == approx(after)
    rows = gunicorn_server.export(project)
    assert sum(float(row["cost_usd"]) for row in rows) == approx(before + after)
    assert len({row["period_start"] for row in rows}) == 2


def test_a_rapid_fire_of_posts_loses_nothing(
    gunicorn_server: BudgetServer, project: str, open_session: OpenSession
) -> None:
    client = open_session("worker-1")
    client.run("manager.create_budget(total_budget=10, user='u', duration='daily')")
    cost = client.spend("u", 40)
    client.drain()
    assert gunicorn_server.budget(project)["u"]["current_cost"] == approx(cost)


def test_many_users_are_kept_apart(gunicorn_server: BudgetServer, project: str, open_session: OpenSession) -> None:
    client = open_session("worker-1")
    users = ["a", "b ", "ü", "1/2", "名前"]
    costs = {}
    for times, user in enumerate(users, start=1):
        client.run(f"manager.create_budget(total_budget={times}, user={user!r}, duration='monthly')")
        costs[user] = client.spend(user, times)
    client.drain()
    stored = gunicorn_server.budget(project)
    assert {user: record["total_budget"] for user, record in stored.items()} == dict(
        zip(users, range(1, 6), strict=True)
    )
    assert {user: record["current_cost"] for user, record in stored.items()} == pytest.approx(costs, abs=1e-9)


def test_a_wrong_key_never_passes_for_an_empty_project(
    gunicorn_server: BudgetServer, project: str, bare_session: LitellmSession
) -> None:
    with pytest.raises(AssertionError, match="Error"):
        bare_session.open(project, gunicorn_server.base("worker-1", key="bk_0000000000_wrong"))
