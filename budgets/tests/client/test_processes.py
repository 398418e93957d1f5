"""Several clients, the admin and the cron on one user: nothing is lost, and nobody's change is undone."""

import pytest

from budgets.tests.client.conftest import OpenSession
from budgets.tests.client.test_one_process import approx
from budgets.tests.harness.holding_proxy import HoldingProxy
from budgets.tests.harness.litellm_clients import LitellmSession
from budgets.tests.harness.server import BudgetServer

CREATE = "manager.create_budget(total_budget=10, user='u', duration='daily')"
DAY_SECONDS = 86_400
RAISE_LIMIT = """
from django.utils import timezone
from budgets.domain.terms import Terms
from budgets.models import EndUser
from budgets.models.end_user import ChangeSource
from budgets.services.budgets import change_terms
user = EndUser.objects.get(project__name={project!r}, name="u")
terms = Terms(total_budget_nanousd={usd} * 10**9, duration_days=user.budget.duration_days)
change_terms(
    end_user=user, terms=terms, source=ChangeSource.ADMIN, actor=None, reason="raised in a test", now=timezone.now()
)
"""


def raise_limit(server: BudgetServer, project: str, *, usd: int) -> None:
    """Do what the admin's form does to the user's limit."""
    server.shell(RAISE_LIMIT.format(project=project, usd=usd))


def ledger_by_period(server: BudgetServer, project: str) -> list[float]:
    """The sum of the entries of each period, oldest first."""
    sums: dict[str, float] = {}
    for row in server.export(project):
        sums[row["period_start"]] = sums.get(row["period_start"], 0) + float(row["cost_usd"])
    return [sums[start] for start in sorted(sums)]


def test_two_processes_on_one_user_are_added_up(
    gunicorn_server: BudgetServer, project: str, open_session: OpenSession
) -> None:
    first = open_session("worker-1")
    first.run(CREATE)
    cost = first.spend("u", 2)
    first.drain()
    second = open_session("worker-2")
    for _ in range(3):
        cost += first.spend("u", 2) + second.spend("u", 3)
    first.drain()
    second.drain()
    assert gunicorn_server.budget(project)["u"]["current_cost"] == approx(cost)


@pytest.mark.parametrize("duration", ["'daily'", "None"])
def test_two_processes_that_both_began_with_nothing_are_added_up(
    gunicorn_server: BudgetServer, project: str, open_session: OpenSession, duration: str
) -> None:
    clients = [open_session("worker-1"), open_session("worker-2")]
    cost = 0.0
    for client in clients:
        client.run(f"manager.create_budget(total_budget=10, user='u', duration={duration})")
        cost += client.spend("u", 2)
    for client in clients:
        client.drain()
        cost += client.spend("u")
        client.drain()
    assert gunicorn_server.budget(project)["u"]["current_cost"] == approx(cost)


def test_two_processes_under_one_client_id_are_told_apart_by_what_they_read(
    gunicorn_server: BudgetServer, project: str, open_session: OpenSession
) -> None:
    maker = open_session("maker")
    maker.run(CREATE)
    maker.drain()
    first, second = open_session("same"), open_session("same")
    cost = first.spend("u", 2) + second.spend("u", 3)
    first.drain()
    second.drain()
    assert gunicorn_server.budget(project)["u"]["current_cost"] == approx(cost)


def test_an_admins_raise_survives_a_stale_client(
    gunicorn_server: BudgetServer, project: str, open_session: OpenSession
) -> None:
    client = open_session("worker-1")
    client.run(CREATE)
    cost = client.spend("u")
    client.drain()
    raise_limit(gunicorn_server, project, usd=25)
    cost += client.spend("u")
    client.drain()
    assert client.run("manager.get_total_budget('u')") == 10
    record = gunicorn_server.budget(project)["u"]
    assert (record["total_budget"], record["duration"]) == (25, 1)
    assert record["current_cost"] == approx(cost)
    client.run("manager.load_data()")
    assert client.run("manager.get_total_budget('u')") == 25


def test_a_cron_reset_survives_a_long_lived_client(
    gunicorn_server: BudgetServer, project: str, open_session: OpenSession
) -> None:
    client = open_session("worker-1")
    client.run(CREATE)
    before = client.spend("u", 3)
    client.drain()
    gunicorn_server.make_due(project, days=1.5)
    gunicorn_server.manage("reset_budgets")
    assert gunicorn_server.budget(project)["u"].get("current_cost", 0) == 0
    after = client.spend("u")
    client.drain()
    # The client itself goes on adding to what it has.
    assert client.run("manager.get_current_cost('u')") == approx(before + after)
    assert gunicorn_server.budget(project)["u"]["current_cost"] == approx(after)
    assert ledger_by_period(gunicorn_server, project) == [approx(before), approx(after)]
    gunicorn_server.manage("reset_budgets")
    assert gunicorn_server.budget(project)["u"]["current_cost"] == approx(after)


def test_update_budget_all_users_from_two_processes_wipes_nothing(
    gunicorn_server: BudgetServer, project: str, open_session: OpenSession
) -> None:
    first = open_session("worker-1")
    first.run(CREATE)
    before = first.spend("u")
    first.drain()
    second = open_session("worker-2")
    before += second.spend("u", 2)
    second.drain()
    gunicorn_server.make_due(project, days=1.1)
    for client in (first, second):
        client.run(f"set_clock_ahead({1.1 * DAY_SECONDS})")
    first.run("manager.update_budget_all_users()")
    first.drain()
    assert gunicorn_server.budget(project)["u"].get("current_cost", 0) == 0
    after = first.spend("u", 4)
    first.drain()
    # The second process has its own reset still to do: it must not wipe what the first has spent since.
    second.run("manager.update_budget_all_users()")
    second.drain()
    assert gunicorn_server.budget(project)["u"]["current_cost"] == approx(after)
    after += second.spend("u", 5)
    second.drain()
    assert gunicorn_server.budget(project)["u"]["current_cost"] == approx(after)
    assert ledger_by_period(gunicorn_server, project) == [approx(before), approx(after)]


def test_posts_that_overtake_each_other_lose_and_double_nothing(
    gunicorn_server: BudgetServer, project: str, bare_session: LitellmSession, holding_proxy: HoldingProxy
) -> None:
    client = bare_session
    client.open(project, f"http://worker-1:{gunicorn_server.key}@{holding_proxy.host}")
    client.run(CREATE)
    client.drain()
    holding_proxy.holding = True
    cost = 0.0
    for count in range(1, 5):
        cost += client.spend("u")
        holding_proxy.wait_for_held(count)
    posts = holding_proxy.wait_for_held(4)
    for index in (2, 0, 3, 1):
        posts[index].release()
    client.drain()
    assert gunicorn_server.budget(project)["u"]["current_cost"] == approx(cost)
    assert sum(ledger_by_period(gunicorn_server, project)) == approx(cost)


def test_the_first_posts_of_a_new_project_may_overtake_each_other(
    gunicorn_server: BudgetServer, project: str, bare_session: LitellmSession, holding_proxy: HoldingProxy
) -> None:
    client = bare_session
    client.open(project, f"http://worker-1:{gunicorn_server.key}@{holding_proxy.host}")
    holding_proxy.holding = True
    client.run(CREATE)
    holding_proxy.wait_for_held(1)
    cost = client.spend("u", 1)
    posts = holding_proxy.wait_for_held(2)
    for post in reversed(posts):
        post.release()
    client.drain()
    assert sum(ledger_by_period(gunicorn_server, project)) == approx(cost)


def test_a_post_overtaken_by_a_reset_still_counts_in_its_own_period(
    gunicorn_server: BudgetServer, project: str, bare_session: LitellmSession, holding_proxy: HoldingProxy
) -> None:
    client = bare_session
    client.open(project, f"http://worker-1:{gunicorn_server.key}@{holding_proxy.host}")
    client.run(CREATE)
    before = client.spend("u")
    client.drain()
    holding_proxy.holding = True
    before += client.spend("u", 1)
    holding_proxy.wait_for_held(1)
    gunicorn_server.make_due(project, days=1.1)
    client.run(f"set_clock_ahead({1.1 * DAY_SECONDS})")
    client.run("manager.update_budget_all_users()")
    holding_proxy.wait_for_held(2)
    after = client.spend("u")
    posts = holding_proxy.wait_for_held(3)
    for index in (2, 1, 0):
        posts[index].release()
    client.drain()
    assert gunicorn_server.budget(project)["u"]["current_cost"] == approx(after)
    assert ledger_by_period(gunicorn_server, project) == [approx(before), approx(after)]


def test_a_budget_made_anew_by_one_process_is_not_undone_by_another(
    gunicorn_server: BudgetServer, project: str, open_session: OpenSession
) -> None:
    first = open_session("worker-1")
    first.run(CREATE)
    before = first.spend("u", 2)
    first.drain()
    second = open_session("worker-2")
    first.run("manager.create_budget(total_budget=50, user='u', duration='weekly')")
    first.drain()
    after = second.spend("u") + first.spend("u")
    second.drain()
    first.drain()
    record = gunicorn_server.budget(project)["u"]
    assert (record["total_budget"], record["duration"]) == (50, 7)
    assert record["current_cost"] == approx(after)
    assert sum(ledger_by_period(gunicorn_server, project)) == approx(before + after)
