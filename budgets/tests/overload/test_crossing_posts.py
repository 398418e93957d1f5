"""Posts that cross the server's close of their connection: litellm does not send them again, so they must count."""

import json
import os
import signal
import socket
import time

from budgets.tests.harness.server import BudgetServer
from budgets.tests.overload.strain import connections, head, key_headers, wait_until

# Enough that both workers have some.
MANY = 8
# Enough for a worker to accept a connection, and to see that it is told to stop; less than it waits for a silent one.
ACCEPTED_SECONDS = 0.1
SEEN_SECONDS = 0.5
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


def spend(server: BudgetServer, project: str, user: str) -> bytes:
    """A post of a new user with spend, as it is sent."""
    record = {"total_budget": 1, "current_cost": 0.5, "model_cost": {"gpt-4o": 0.5}}
    body = json.dumps({"project_name": project, "user_dict": {user: record}}).encode()
    return head("/set_budget", len(body), key_headers(server)) + body


def counted(server: BudgetServer, project: str) -> set[str]:
    """The users whose spend is known."""
    return {user for user, record in server.budget(project).items() if record.get("current_cost") == 0.5}


def wait_for_close(connection: socket.socket) -> None:
    """Return as the server closes; what is sent now is what a client further away had sent before."""
    while connection.recv(65536):
        pass


def test_a_post_that_crosses_the_close_of_a_silent_connection_counts(server: BudgetServer, project: str) -> None:
    with connections(server, 1) as (silent,):
        wait_for_close(silent)
        silent.sendall(spend(server, project, "ann"))
        wait_until(lambda: counted(server, project) == {"ann"}, "the post is lost")


def test_posts_on_their_way_while_workers_are_replaced_count(patient_server: BudgetServer) -> None:
    server, project = patient_server, "replaced"
    with connections(server, MANY, HEALTH) as kept:
        for one in kept:
            assert one.recv(65536).startswith(b"HTTP/1.1 200 ")
        with connections(server, MANY) as just_opened:
            time.sleep(ACCEPTED_SECONDS)
            for pid in server.gunicorn.worker_pids():
                os.kill(pid, signal.SIGTERM)
            time.sleep(SEEN_SECONDS)
            for number, one in enumerate(just_opened):
                one.sendall(spend(server, project, f"just-opened-{number}"))
            for number, one in enumerate(kept):
                wait_for_close(one)
                one.sendall(spend(server, project, f"kept-{number}"))
            users = {f"{kind}-{number}" for kind in ("just-opened", "kept") for number in range(MANY)}
            wait_until(lambda: counted(server, project) == users, f"not all are counted of {users}")
