"""Real threads on a real database: whatever happens at once, the total is exact and nothing fails."""

import threading
from collections.abc import Callable

import pytest
from django.db import connection, connections

from budgets.models import EndUser, Project
from budgets.services.projects import get_or_create_project
from budgets.services.rolls import RollResult, roll_all_due
from budgets.tests.factories import (
    DAY,
    NOW,
    SECOND,
    WireClient,
    broken,
    closings,
    make_caller,
    make_project,
    make_user,
    nanousd,
    spend,
    spent,
)

pytestmark = pytest.mark.django_db(transaction=True)
THREADS, ROUNDS, COST = 8, 4, 0.125


def at_once(acts: list[Callable[[], object]]) -> list[object]:
    """Run each in a thread of its own, all let go together; return what they returned. Raises what one raised."""
    gate = threading.Barrier(len(acts))
    results: list[object] = [None] * len(acts)
    errors: list[BaseException] = []

    def run(number: int) -> None:
        try:
            gate.wait(30)
            results[number] = acts[number]()
        except BaseException as error:  # noqa: BLE001 (handed to the test below)
            errors.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
        assert not thread.is_alive(), "it hangs"
    if errors:
        raise errors[0]
    return results


def spender(client: WireClient, users: list[str]) -> Callable[[], object]:
    def act() -> None:
        for _ in range(ROUNDS):
            for name in users:
                client.spend(name, COST)
            client.post(NOW + SECOND)

    return act


def test_posts_of_one_view_at_once_count_once() -> None:
    project = make_project()
    names = ["u", "v"]
    for name in names:
        spend(make_user(project, name), 1)
    client = WireClient(project, make_caller(project)).load_data()
    posts = [client.snapshot()]
    for _ in range(THREADS - 1):
        for name in names:
            client.spend(name, COST)
        posts.append(client.snapshot())
    at_once([lambda post=post: client.post(NOW + SECOND, post) for post in posts])  # type: ignore[misc]
    expected = [nanousd(1 + (THREADS - 1) * COST)]
    assert [spent(user) for user in EndUser.objects.order_by("pk")] == [expected, expected]
    assert broken() == []


def test_views_that_post_the_same_users_at_once_are_added_up() -> None:
    project = make_project()
    names = ["u", "v", "w"]
    for name in names:
        spend(make_user(project, name), 1)
    clients = [WireClient(project, make_caller(project, f"worker-{number}")).load_data() for number in range(THREADS)]
    # Each names the users in another order: locks taken in the post's order would cross.
    orders = [names[number % 3 :] + names[: number % 3] for number in range(THREADS)]
    for client, order in zip(clients, orders, strict=True):
        client.user_dict = {name: client.user_dict[name] for name in order}
    at_once([spender(client, order) for client, order in zip(clients, orders, strict=True)])
    expected = [nanousd(1 + THREADS * ROUNDS * COST)]
    assert [spent(user) for user in EndUser.objects.order_by("pk")] == [expected] * 3
    assert broken() == []


def test_a_new_user_that_several_processes_make_at_once_is_one_user() -> None:
    project = make_project()
    clients = []
    for number in range(THREADS):
        client = WireClient(
            project, make_caller(project, f"worker-{number}"), imported_at=NOW + number * SECOND
        ).load_data()
        client.create_budget("new", 10 + number, days=1)
        client.create_budget("undated", 10)
        clients.append(client)
    at_once([spender(client, ["new", "undated"]) for client in clients])
    for name in ("new", "undated"):
        assert spent(EndUser.objects.get(name=name)) == [nanousd(THREADS * ROUNDS * COST)]
    assert EndUser.objects.get(name="new").budget.total_budget_nanousd == (10 + THREADS - 1) * 10**9
    assert broken() == []


def test_a_new_project_and_client_named_by_several_requests_at_once_are_made_once() -> None:
    caller = make_caller(None)

    def act() -> None:
        project = get_or_create_project(name="new", now=NOW)
        client = WireClient(project, caller)
        client.create_budget("u", 10, days=1)
        client.spend("u", COST)
        client.post(NOW)

    at_once([act] * THREADS)
    assert Project.objects.count() == 1
    assert spent(EndUser.objects.get()) == [nanousd(COST)]


def test_reset_runs_at_once_roll_each_period_once() -> None:
    users = [make_user(make_project(f"p{number}"), days=1) for number in range(3)]
    for user in users:
        spend(user, 1)

    def run() -> RollResult:
        return roll_all_due(now=NOW + DAY)

    results = at_once([run] * 4)
    rolled = [(one.rolled, one.failed) for one in results if isinstance(one, RollResult)]
    assert sum(number for number, _ in rolled) == len(users)
    assert sum(failed for _, failed in rolled) == 0
    assert [closings(user) for user in users] == [["due"]] * len(users)
    assert broken() == []


def test_a_reset_run_among_posts_loses_nothing() -> None:
    project = make_project()
    users = [make_user(project, name, days=1) for name in ("u", "v")]
    clients = [WireClient(project, make_caller(project, f"worker-{number}")).load_data() for number in range(4)]

    def post(client: WireClient) -> Callable[[], object]:
        def act() -> None:
            for turn in range(ROUNDS):
                for name in ("u", "v"):
                    client.spend(name, COST)
                client.post(NOW + DAY + turn * SECOND)

        return act

    at_once([*(post(client) for client in clients), lambda: roll_all_due(now=NOW + DAY)])
    for user in users:
        assert closings(user) == ["due"]
        assert sum(spent(user)) == nanousd(4 * ROUNDS * COST)
    assert broken() == []
    assert not connection.in_atomic_block
