"""What `make overload` prints: how others are served under each strain, by stock gthread and by the server as it is.

At the default bounds, on the database that DATABASE_URL names. Some three minutes.
"""

import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from functools import partial
from pathlib import Path

from budgets.tests.harness.server import BudgetServer, make_database
from budgets.tests.overload.large_bodies import good_lists, many_keys, many_short_keys, many_users, refused_lists
from budgets.tests.overload.strain import (
    at_once,
    connections,
    head,
    memory_bytes,
    post,
    post_and_close,
    trickling,
    wait_until,
)

PROJECT = "measured"
STRAINED_SECONDS, WARM_UP_POSTS = 12, 40
CLIENTS, POSTS, COST = 200, 5, 0.000000007
MIB = 1024 * 1024
BODY_BYTES = 32 * MIB
HALF_A_HEAD = b"POST /set_budget HTTP/1.1\r\nHost: localhost\r\nX-Slow: "
ANSWERED = b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n"

Strain = Callable[[BudgetServer], AbstractContextManager[object]]


@contextmanager
def trickled_bodies(server: BudgetServer) -> Iterator[None]:
    """500 bodies, of which a byte a second arrives."""
    with (
        connections(server, 500, head("/set_budget", 100_000)) as slow,
        trickling(slow, b"x" * 60, pause_seconds=1),
    ):
        yield


STRAINS: dict[str, Strain] = {
    "nobody else": lambda _: nullcontext(),
    "1,000 idle connections": lambda server: connections(server, 1000),
    "500 halves of a head": lambda server: connections(server, 500, HALF_A_HEAD),
    "500 bodies, a byte a second": trickled_bodies,
    "100 answered, not closed": lambda server: connections(server, 100, ANSWERED),
}


def say(line: str = "") -> None:
    """Print at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


@contextmanager
def serving(**variables: str) -> Iterator[BudgetServer]:
    """A server of its own on a fresh database."""
    with tempfile.TemporaryDirectory() as name:
        server = BudgetServer(Path(name), make_database(Path(name)), **variables)
        wait_until(lambda: len(server.gunicorn.worker_pids()) == 2, "a worker is missing")
        yield server
        # Stock gthread would wait for its slow clients.
        with suppress(AssertionError):
            server.stop()


def others(server: BudgetServer) -> tuple[int, float]:
    """How many posts of one more client are answered in STRAINED_SECONDS, and the longest that one took or waits."""
    served, longest, began = 0, 0.0, time.monotonic()
    users = {"u": {"total_budget": 1}}

    def be_served() -> None:
        nonlocal served, longest
        while time.monotonic() - began < STRAINED_SECONDS:
            asked = time.monotonic()
            with suppress(OSError):
                served += post(server, "/set_budget", {"project_name": PROJECT, "user_dict": users}).status == 200
            longest = max(longest, time.monotonic() - asked)
            time.sleep(0.1)

    thread = threading.Thread(target=be_served, daemon=True)
    thread.start()
    thread.join(STRAINED_SECONDS + 1)
    return served, STRAINED_SECONDS if thread.is_alive() else longest


def measure_slow_clients() -> None:
    """One row for each strain."""
    say(f"One more client, posting ten times a second for {STRAINED_SECONDS} s, beside:")
    say(f"{'':30}{'stock gthread':>30}{'this server':>30}{'memory of a worker':>22}")
    for name, strain in STRAINS.items():
        cells, growth = [], 0.0
        for variables in ({"GUNICORN_CMD_ARGS": "--worker-class gthread"}, {}):
            with serving(**variables) as server:
                for _ in range(WARM_UP_POSTS):
                    post(server, "/get_budget", {"project_name": PROJECT})
                before = {pid: memory_bytes(pid, "VmRSS") for pid in server.gunicorn.worker_pids()}
                with strain(server):
                    served, longest = others(server)
                    growth = max(memory_bytes(pid, "VmRSS") - size for pid, size in before.items()) / MIB
            cells.append(f"{served} answered, longest {longest:.2f} s")
        say(f"{name:30}{cells[0]:>30}{cells[1]:>30}{f'{growth:+.0f} MiB':>22}")
    say()


def measure_ledger() -> None:
    """Refused posts, and what they cost."""
    with serving(BUDGETS_REQUEST_SECONDS="1", DATABASE_WAIT_SECONDS="1") as server:
        post(server, "/set_budget", {"project_name": PROJECT, "user_dict": {"u": {"total_budget": 10}}})
        read = {"project_name": PROJECT}
        dicts = [server.post("/get_budget", read, client_id=f"c{one}").data["data"] for one in range(CLIENTS)]
        refused, taken = [0] * CLIENTS, [0] * CLIENTS

        def client(number: int) -> None:
            """Posts, and on a refusal goes on: the next post carries it. The last is sent until it is in."""
            users, is_taken, calls = dicts[number], False, 0
            while calls < POSTS or not is_taken:
                if calls < POSTS:
                    calls += 1
                    users["u"] |= {"current_cost": calls * COST, "model_cost": {"m": calls * COST}}
                answer = post(server, "/set_budget", {"project_name": PROJECT, "user_dict": users}, f"c{number}")
                is_taken = answer.status == 200
                refused[number] += answer.is_refusal
                taken[number] += is_taken
                time.sleep(0 if is_taken else 1)

        at_once(CLIENTS, client)
        total = round(server.budget(PROJECT)["u"]["current_cost"] * 10**9)
        spent = CLIENTS * POSTS * round(COST * 10**9)
        server.manage("verify_ledger", "--project", PROJECT)
        say(f"{CLIENTS} clients at once on one user, bounds of a second: {sum(taken)} posts taken in,")
        say(f"{sum(refused)} refused with 503 and Retry-After; spent {spent} nano-USD, difference {total - spent}.")
        say()


def measure_bodies() -> None:
    """The memory that the largest bodies take."""
    say("24 bodies at once of 32 MiB, or of as many values as are read:")
    for make_body in (many_users, many_keys, many_short_keys, good_lists, refused_lists):
        body = make_body(PROJECT, BODY_BYTES)
        statuses: list[str] = []
        with serving() as server:
            at_once(24, partial(note_status, server, body, statuses))
            peak = max(memory_bytes(pid, "VmHWM") for pid in server.gunicorn.worker_pids()) / MIB
        counts = ", ".join(f"{statuses.count(one)} x {one}" for one in sorted(set(statuses)))
        say(f"{make_body.__name__}: {counts}; the most in a worker {peak:.0f} MiB.")


def note_status(server: BudgetServer, body: bytes, statuses: list[str], _: int) -> None:
    """Post it, and note the status of the answer."""
    statuses.append(post_and_close(server, body)[9:12].decode() or "reset")


if __name__ == "__main__":
    measure_slow_clients()
    measure_ledger()
    measure_bodies()
