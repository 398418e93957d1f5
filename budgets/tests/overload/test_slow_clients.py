"""More slow clients than threads: they hold none, are cut off in time, and everyone else is served meanwhile."""

import http.client
import resource
import socket
import time
from contextlib import closing

import httpx
import pytest

from budgets.tests.harness.server import BudgetServer
from budgets.tests.overload.strain import (
    ANSWER_SECONDS,
    Answered,
    connections,
    head,
    is_served,
    key_headers,
    memory_bytes,
    post,
    read_to_end,
    trickling,
    wait_until,
)

# Two workers have 32 threads.
MANY = 100
IDLE = 1000
IDLE_GROWTH_BYTES = 32 * 1024 * 1024
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
HALF_A_HEAD = b"POST /set_budget HTTP/1.1\r\nHost: localhost\r\nX-Slow: "


def check_cut_off(sockets: list[socket.socket]) -> None:
    """Each is told 408, and closed."""
    for one in sockets:
        answer = read_to_end(one)
        assert answer.startswith(b"HTTP/1.1 408 Request Timeout\r\n"), answer
        assert b"Connection: close" in answer
        assert b'"type":"urn:budgets:problem:too-slow"' in answer


@pytest.mark.parametrize("data", [HALF_A_HEAD, head("/set_budget", 1000)], ids=["half a head", "no body"])
def test_who_stops_sending_is_cut_off(server: BudgetServer, project: str, data: bytes) -> None:
    with connections(server, MANY, data) as stalled:
        assert is_served(server, project)
        check_cut_off(stalled)


@pytest.mark.parametrize("data", [HALF_A_HEAD, head("/set_budget", 1000)], ids=["head", "body"])
def test_who_sends_a_byte_at_a_time_is_cut_off(server: BudgetServer, project: str, data: bytes) -> None:
    with connections(server, MANY, data) as slow, trickling(slow, b"x" * 1000, pause_seconds=0.2):
        assert is_served(server, project)
        check_cut_off(slow)
        assert is_served(server, project)


def test_a_body_in_pieces_is_taken_in_while_it_comes_fast_enough(server: BudgetServer, project: str) -> None:
    assert is_served(server, project)  # Its workers are there: the connection is not only waiting to be accepted.
    body = b'{"project_name": "%s", "user_dict": {"u": {"total_budget": 1}}%s}' % (project.encode(), b" " * 400_000)
    with connections(server, 1, head("/set_budget", len(body), key_headers(server))) as (client,):
        for start in range(0, len(body), 60_000):
            client.sendall(body[start : start + 60_000])
            time.sleep(0.5)  # In all longer than a small request may take.
        assert client.recv(65536).startswith(b"HTTP/1.1 200 OK")
    assert "u" in server.budget(project)


def test_idle_connections_hold_no_thread_and_little_memory(server: BudgetServer, project: str) -> None:
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] > IDLE + 100, "the limit on open files (ulimit -Hn) is too low"
    assert is_served(server, project)
    before = {pid: memory_bytes(pid, "VmRSS") for pid in server.gunicorn.worker_pids()}
    with connections(server, IDLE) as idle:
        assert is_served(server, project)
        for pid, size in before.items():
            assert memory_bytes(pid, "VmRSS") < size + IDLE_GROWTH_BYTES
        assert [read_to_end(one) for one in idle] == [b""] * IDLE


def test_a_connection_is_kept_longer_than_litellm_keeps_its_own(server: BudgetServer, project: str) -> None:
    client_keeps_seconds = httpx.Limits().keepalive_expiry
    assert client_keeps_seconds is not None, "the client never closes: the server is bound to"
    with closing(http.client.HTTPConnection(server.host, timeout=ANSWER_SECONDS)) as connection:
        connection.connect()
        opened = connection.sock
        for idle_seconds in (client_keeps_seconds + 0.5, 0):
            connection.request("GET", "/healthz")
            assert Answered(connection.getresponse()).status == 200
            time.sleep(idle_seconds)
        assert connection.sock is opened


def test_connections_kept_idle_longest_give_way_to_new_ones(server: BudgetServer, project: str) -> None:
    with connections(server, 2 * IDLE + MANY, HEALTH) as kept, connections(server, MANY):
        assert is_served(server, project)
        wait_until(lambda: any(is_closed(one) for one in kept[:MANY]), "the first is kept before the last")
        assert sum(not is_closed(one) for one in kept) > IDLE


def test_who_does_not_close_after_the_answer_holds_nobody_up(server: BudgetServer, project: str) -> None:
    with connections(server, MANY, b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n") as answered:
        assert is_served(server, project)
        wait_until(lambda: all([is_closed(one) for one in answered]), "they are never closed")  # noqa: C419 (asks each)


def is_closed(sock: socket.socket) -> bool:
    """Whether nobody is at the other end any more, which sending tells."""
    try:
        sock.send(b"\r\n")
    except OSError:
        return True
    return False


def test_who_does_not_take_the_answer_is_cut_off(server: BudgetServer, project: str) -> None:
    users = {str(number): {"total_budget": 1, "note": "x" * 12_000} for number in range(250)}
    assert post(server, "/set_budget", {"project_name": project, "user_dict": users}).status == 200
    body = b'{"project_name": "%s"}' % project.encode()
    request = head("/get_budget", len(body), key_headers(server)) + body
    sockets = []
    for _ in range(MANY):
        # A small buffer, so that the answer does not fit into what the kernel keeps for the client.
        sockets.append(socket.socket())
        sockets[-1].setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sockets[-1].settimeout(ANSWER_SECONDS)
        sockets[-1].connect(("127.0.0.1", server.port))
        sockets[-1].sendall(request)
    try:
        wait_until(lambda: is_served(server, f"{project}-other"), "nobody else is served")
    finally:
        for one in sockets:
            one.close()
