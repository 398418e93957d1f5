"""Posts made to be as large as can be once decoded, many at once: a worker's memory stays bounded."""

import os

import pytest

from budgets.tests.harness.server import BudgetServer
from budgets.tests.overload.conftest import MAX_BODY_MB
from budgets.tests.overload.large_bodies import (
    Body,
    good_lists,
    good_models,
    many_keys,
    many_short_keys,
    many_users,
    refused_lists,
    too_many_keys,
)
from budgets.tests.overload.strain import (
    at_once,
    is_served,
    memory_bytes,
    post_and_close,
)

MIB = 1024 * 1024
MOST_BODY_BYTES = MAX_BODY_MB * MIB
IN_HAND_BYTES = MOST_BODY_BYTES + MIB
# As docs/reliability.md has it. On SQLite one post is decoded at a time, with as many values as are read. On PostgreSQL
# there are several, and more values in all.
SERVING_BYTES = 70 * MIB
TIMES_ITS_TEXT = 23 if os.environ.get("DATABASE_URL", "").startswith("postgres") else 15
MOST_BYTES = SERVING_BYTES + TIMES_ITS_TEXT * IN_HAND_BYTES
# What of a post is held in full, where it is good.
PART_BYTES = 125 * MIB
CLIENTS = 30


def most_memory_bytes(server: BudgetServer) -> int:
    """The most that one of the workers ever had."""
    return max(memory_bytes(pid, "VmHWM") for pid in server.gunicorn.worker_pids())


@pytest.mark.parametrize(
    ("make_body", "status"),
    [
        (many_users, b"413"),
        (many_keys, b"422"),
        (many_short_keys, b"422"),
        (too_many_keys, b"413"),
        (good_lists, b"200"),
        (refused_lists, b"422"),
    ],
)
def test_many_large_bodies_at_once(patient_server: BudgetServer, project: str, make_body: Body, status: bytes) -> None:
    server = patient_server
    body = make_body(project, MOST_BODY_BYTES)
    assert len(body) <= MOST_BODY_BYTES
    statuses: list[bytes] = []

    def send(_: int) -> None:
        answer = post_and_close(server, body)
        statuses.append(answer[9:12])
        if answer.startswith(b"HTTP/1.1 503"):
            assert b"\r\nRetry-After: " in answer
            assert b"\r\nConnection: close" in answer

    at_once(CLIENTS, send)
    assert most_memory_bytes(server) < MOST_BYTES
    # Nothing is what a client may see that was refused while it still sent.
    assert set(statuses) <= {status, b"503", b""}
    assert {status, b"503"} <= set(statuses), "all or none were refused: this shows nothing"
    assert bool(server.budget(project)) == (status == b"200")
    assert is_served(server, project)


def test_a_post_of_very_many_models_is_held_in_parts(patient_server: BudgetServer, project: str) -> None:
    # Of these, 256 KiB are held in full at a time, and there is four times that.
    body = good_models(project, 110)
    assert post_and_close(patient_server, body).startswith(b"HTTP/1.1 200")
    assert most_memory_bytes(patient_server) < SERVING_BYTES + PART_BYTES
