"""Many of the largest bodies at once, made to be as large as can be once decoded: a worker's memory stays bounded."""

import json
import socket
from contextlib import suppress

from budgets.tests.harness.server import BudgetServer
from budgets.tests.overload.conftest import MAX_BODY_MB
from budgets.tests.overload.strain import (
    at_once,
    connections,
    head,
    is_served,
    key_headers,
    memory_bytes,
    read_to_end,
)

BODY_BYTES = MAX_BODY_MB * 1024 * 1024
SPARE_BYTES = 1024 * 1024
# As docs/reliability.md has it: no body that is decoded takes more than thirty times its size.
MOST_BYTES = 100 * 1024 * 1024 + 30 * (BODY_BYTES + SPARE_BYTES)
CLIENTS, ROUNDS = 30, 2


def largest_body(project: str, size_bytes: int) -> bytes:
    """A post of a little less than that size, with as many objects in it as are read of one."""
    record = {"total_budget": 1, "note": "OBJECTS"}
    one = json.dumps({"k" * 30: 1})
    objects = "[" + ",".join([one] * ((size_bytes - 1000) // (len(one) + 1))) + "]"
    body = json.dumps({"project_name": project, "user_dict": {"u": record}}).replace('"OBJECTS"', objects).encode()
    assert size_bytes - 1100 < len(body) <= size_bytes
    return body


def test_many_large_bodies_at_once(patient_server: BudgetServer, project: str) -> None:
    server = patient_server
    body = largest_body(project, BODY_BYTES)
    request = head("/set_budget", len(body), key_headers(server)) + body
    statuses: list[bytes] = []

    def send(_: int) -> None:
        for _ in range(ROUNDS):
            with connections(server, 1) as (client,):
                with suppress(ConnectionError):  # It may be refused before it is sent.
                    client.sendall(request)
                client.shutdown(socket.SHUT_WR)
                answer = read_to_end(client)
            statuses.append(answer[9:12])
            if answer.startswith(b"HTTP/1.1 503"):
                assert b"\r\nRetry-After: " in answer
                assert b"\r\nConnection: close" in answer

    at_once(CLIENTS, send)
    # 422 is what the record deserves; nothing is what a client may see that was refused while it still sent.
    assert set(statuses) <= {b"413", b"422", b"503", b""}
    assert {b"422", b"503"} <= set(statuses), "all or none were refused: this shows nothing"
    for pid in server.gunicorn.worker_pids():
        assert memory_bytes(pid, "VmHWM") < MOST_BYTES
    assert server.budget(project) == {}
    assert is_served(server, project)
