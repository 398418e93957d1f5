"""More clients than threads, and a database that stands still meanwhile: refusals cost nobody a cent."""

import json
import threading
import time
from typing import Any

from budgets.tests.harness.server import BudgetServer
from budgets.tests.overload.strain import ANSWER_SECONDS, at_once, post, users_locked

CLIENTS, CALLS = 100, 3
USERS = ("ann", "bob", "cem")
COST = 0.125
STANDSTILL_SECONDS = 4


def test_what_was_refused_is_made_good_and_the_sum_is_exact(server: BudgetServer, project: str) -> None:
    records = {user: {"total_budget": 1000, "current_cost": 1, "model_cost": {"gpt-4o": 1}} for user in USERS}
    assert post(server, "/set_budget", {"project_name": project, "user_dict": records}).status == 200
    refused: list[int] = []
    have_read, is_locked = threading.Barrier(CLIENTS + 1), threading.Barrier(CLIENTS + 1)

    def say(path: str, name: str, users: Any = None) -> Any:
        """What is answered; None where the server has no room."""
        payload = {"project_name": project} | ({} if users is None else {"user_dict": users})
        answer = post(server, path, payload, client_id=name)
        if answer.is_refusal:
            refused.append(answer.status)
            return None
        assert answer.status == 200
        return json.loads(answer.body)

    def client(number: int) -> None:
        """A stock client: a refused post is not sent again, the next carries it; the last is sent until it is in."""
        name = f"client-{number}"
        while (read := say("/get_budget", name)) is None:
            time.sleep(1)
        users = read["data"]
        have_read.wait(ANSWER_SECONDS)
        is_locked.wait(ANSWER_SECONDS)
        for call in range(CALLS):
            record = users[USERS[(number + call) % len(USERS)]]
            record["current_cost"] += COST
            record["model_cost"]["gpt-4o"] += COST
            say("/set_budget", name, users)
        while say("/set_budget", name, users) is None:
            time.sleep(1)

    def stand_still() -> None:
        have_read.wait(ANSWER_SECONDS)
        refused.clear()
        with users_locked(server, project):
            is_locked.wait(ANSWER_SECONDS)
            time.sleep(STANDSTILL_SECONDS)

    at_once(CLIENTS + 1, lambda number: client(number) if number < CLIENTS else stand_still())
    assert len(refused) > CLIENTS, "hardly anybody was refused: this shows nothing"
    total = sum(record["current_cost"] for record in server.budget(project).values())
    assert total == len(USERS) + CLIENTS * CALLS * COST
    server.manage("verify_ledger", "--project", project)
