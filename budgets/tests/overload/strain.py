"""What strains a server: requests as they come over a socket, many at once, and locks that somebody else holds."""

import http.client
import json
import socket
import sqlite3
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg

from budgets.tests.harness.server import BudgetServer

# For liveness, not for speed: whatever takes longer hangs.
ANSWER_SECONDS = 60
REFUSALS = {429, 503}
LOCK_PROJECT = "SELECT id FROM budgets_project WHERE name = %s FOR UPDATE"
LOCK_USERS = "SELECT id FROM budgets_enduser WHERE project_id = %s FOR UPDATE"


class Answered:
    """One answer with its headers."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def is_refusal(self) -> bool:
        """Whether the server had no room. Asserts that it then says so as promised (design R11)."""
        if self.status not in REFUSALS:
            return False
        assert int(self.headers["Retry-After"]) > 0
        assert self.headers["Content-Type"] == "application/problem+json"
        assert json.loads(self.body)["status"] == self.status
        return True


def ask(
    server: BudgetServer,
    method: str,
    path: str,
    body: bytes = b"",
    headers: dict[str, str] | None = None,
) -> Answered:
    """One request on a connection of its own."""
    with closing(http.client.HTTPConnection(server.host, timeout=ANSWER_SECONDS)) as connection:
        connection.request(method, path, body or None, headers or {})
        return Answered(connection.getresponse())


def post(server: BudgetServer, path: str, payload: Any, client_id: str = "strain") -> Answered:
    """POST JSON as a client does."""
    return ask(server, "POST", path, json.dumps(payload).encode(), key_headers(server, client_id))


def key_headers(server: BudgetServer, client_id: str = "strain") -> dict[str, str]:
    """What opens the hosted API."""
    credentials = b64encode(f"{client_id}:{server.key}".encode()).decode()
    return {"Content-Type": "application/json", "Authorization": f"Basic {credentials}"}


def post_and_close(server: BudgetServer, body: bytes) -> bytes:
    """The whole answer; nothing where the server had closed before all was sent."""
    with connections(server, 1) as (client,):
        with suppress(ConnectionError):  # It may be refused before it is sent.
            client.sendall(head("/set_budget", len(body), key_headers(server)) + body)
            client.shutdown(socket.SHUT_WR)
        return read_to_end(client)


def is_served(server: BudgetServer, project: str) -> bool:
    """Whether somebody with a health check, a read and a write is answered as on any other day."""
    answers = [
        ask(server, "GET", "/healthz"),
        post(server, "/get_budget", {"project_name": project}),
        post(server, "/set_budget", {"project_name": project, "user_dict": {"served": {"total_budget": 1}}}),
    ]
    return [one.status for one in answers] == [200, 200, 200]


def head(path: str, length: int, headers: dict[str, str] | None = None) -> bytes:
    """The head of a POST whose body is to come."""
    fields = {"Host": "localhost", "Content-Length": str(length), **(headers or {})}
    return b"\r\n".join(
        [f"POST {path} HTTP/1.1".encode(), *(f"{name}: {value}".encode() for name, value in fields.items()), b"", b""]
    )


@contextmanager
def connections(server: BudgetServer, count: int, data: bytes = b"") -> Iterator[list[socket.socket]]:
    """So many open connections, on which `data` has been sent and nothing is read."""
    opened: list[socket.socket] = []
    try:
        for _ in range(count):
            opened.append(socket.create_connection(("127.0.0.1", server.port), timeout=ANSWER_SECONDS))
            if data:
                opened[-1].sendall(data)
        yield opened
    finally:
        for one in opened:
            one.close()


@contextmanager
def trickling(sockets: list[socket.socket], data: bytes, *, pause_seconds: float) -> Iterator[None]:
    """Send `data` on each, a byte at a time with a pause after it, as long as the other side takes it."""
    is_over = threading.Event()

    def trickle() -> None:
        for position in range(len(data)):
            for one in sockets:
                with suppress(OSError):
                    one.send(data[position : position + 1])
            if is_over.wait(pause_seconds):
                return

    thread = threading.Thread(target=trickle)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def read_to_end(sock: socket.socket) -> bytes:
    """Everything until the other side closes; a reset counts as that."""
    received = b""
    with suppress(ConnectionResetError):
        while data := sock.recv(65536):
            received += data
    return received


def at_once(count: int, act: Callable[[int], object]) -> None:
    """Call `act` with 0, 1, ... in a thread each. Raises what one of them raised."""
    errors: list[BaseException] = []

    def run(number: int) -> None:
        try:
            act(number)
        except BaseException as error:  # noqa: BLE001 (handed to the test below)
            errors.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(ANSWER_SECONDS * 3)
        assert not thread.is_alive(), "it hangs"
    if errors:
        raise errors[0]


@contextmanager
def users_locked(server: BudgetServer, project: str) -> Iterator[None]:
    """Somebody else writes: SQLite's write lock, or in PostgreSQL the locks of the project and its users, is taken."""
    url = server.environment["DATABASE_URL"]
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None, timeout=60)) as database:
            database.execute("BEGIN IMMEDIATE")
            yield
            database.execute("ROLLBACK")
        return
    with psycopg.connect(url) as postgresql:
        project_ids = postgresql.execute(LOCK_PROJECT, [project]).fetchone()
        postgresql.execute(LOCK_USERS, project_ids)
        yield
        postgresql.rollback()


def memory_bytes(pid: int, figure: str) -> int:
    """VmRSS, what a process has in memory, or VmHWM, the most that it ever had."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{figure}:"))


def wait_until(is_so: Callable[[], bool], what: str) -> None:
    """Return once it is so. Raises AssertionError where it never is."""
    deadline = time.monotonic() + ANSWER_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)
