"""Requests that no HTTP client would send, at a real gunicorn: refused, served on afterwards, in bounded memory."""

import base64
import gzip
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from budgets.tests.harness.server import BudgetServer

pytestmark = pytest.mark.hostile

MB = 1024 * 1024
# What a worker may need at most while it refuses any of these: itself, some 60 MB, and one body of the largest size.
MAX_WORKER_MB = 200
READ = b'{"project_name":"x"}'
STATUS = re.compile(rb"HTTP/1\.1 (\d{3})")


@pytest.fixture
def server(gunicorn_server: BudgetServer) -> Iterator[BudgetServer]:
    """The live server, which must serve on and have stayed small."""
    deadline = time.monotonic() + 30
    while len(before := gunicorn_server.gunicorn.worker_pids()) < 2:
        assert time.monotonic() < deadline, "a worker did not start"
        time.sleep(0.05)
    for pid in before:
        # Peaks count from here.
        Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")
    yield gunicorn_server
    assert gunicorn_server.post("/get_budget", {"project_name": "unknown"}).data == {"status": "error"}
    assert gunicorn_server.gunicorn.worker_pids() == before, "a worker died"
    assert max(peak_mb(pid) for pid in before) < MAX_WORKER_MB


def peak_mb(pid: int) -> int:
    """The most memory that the process held, in MB."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) // 1024


def head(server: BudgetServer, path: str = "/set_budget", *, host: str = "", more: str = "") -> bytes:
    """A request's head, for a body to follow."""
    credentials = base64.b64encode(f"hostile:{server.key}".encode()).decode()
    lines = (
        f"POST {path} HTTP/1.1",
        f"Host: {host or server.host}",
        f"Authorization: Basic {credentials}",
        "Content-Type: application/json",
        *([more] if more else []),
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def sized(server: BudgetServer, body: bytes, path: str = "/set_budget", **options: str) -> bytes:
    """A whole request with an honest length."""
    more = "\r\n".join(filter(None, (options.pop("more", ""), f"Content-Length: {len(body)}")))
    return head(server, path, more=more, **options) + body


def statuses(server: BudgetServer, *parts: bytes, repeat: int = 1) -> list[int]:
    """Send the first part, the others `repeat` times, and no more; return the statuses of the answers until the end.

    The server may close before all is sent: whoever sends too much need not be heard out.
    """
    answer = b""
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:

        def send() -> None:
            try:
                connection.sendall(parts[0])
                for part in parts[1:] * repeat:
                    connection.sendall(part)
                connection.shutdown(socket.SHUT_WR)
            except OSError:
                pass

        sender = threading.Thread(target=send)
        sender.start()
        try:
            while received := connection.recv(65_536):
                answer += received
        except ConnectionResetError:
            pass
        sender.join()
    return [int(status) for status in STATUS.findall(answer)]


# --- Too much -----------------------------------------------------------------------------------------------------


def test_a_body_of_200_mb_is_refused_by_its_length(server: BudgetServer) -> None:
    assert statuses(server, head(server, more=f"Content-Length: {200 * MB}"), b"x" * MB, repeat=200) == [413]


def test_a_length_of_200_mb_is_refused_before_anything_is_sent(server: BudgetServer) -> None:
    assert statuses(server, head(server, more=f"Content-Length: {200 * MB}")) == [413]


def test_200_mb_in_chunks_are_refused(server: BudgetServer) -> None:
    chunk = b"100000\r\n" + b"x" * MB + b"\r\n"
    assert statuses(server, head(server, more="Transfer-Encoding: chunked"), chunk, repeat=200) == [411]


@pytest.mark.parametrize("more", ["Content-Length: 2", ""])
def test_of_200_mb_under_a_smaller_length_no_more_is_read(server: BudgetServer, more: str) -> None:
    found = statuses(server, head(server, more=more), b"x" * MB, repeat=200)
    # What follows the body would be another request.
    assert found[0] in {400, 422}
    assert set(found[1:]) <= {400, 414, 431}


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ("Content-Encoding: gzip", 415),
        ("Content-Encoding: br", 415),
        ("Transfer-Encoding: gzip, chunked", 411),
        ("Transfer-Encoding: gzip", 411),
    ],
)
def test_a_bomb_is_not_unpacked(server: BudgetServer, more: str, status: int) -> None:
    # Parts after one another are one file.
    bomb = gzip.compress(b'{"project_name":"x","user_dict":{}}') + gzip.compress(b" " * MB) * 200
    assert len(bomb) < MB
    if "chunked" in more:
        bomb = b"%x\r\n%s\r\n0\r\n\r\n" % (len(bomb), bomb)
        assert statuses(server, head(server, more=more) + bomb)[0] == status
    else:
        assert statuses(server, sized(server, bomb, more=more))[0] == status


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"[" * 10_000 + b"]" * 10_000, 422),
        (b'{"project_name":"x","user_dict":' + b'{"a":' * 10_000 + b"1" + b"}" * 10_001, 400),
        (b'{"project_name":"x","user_dict":{"u":{"x":' + b"[" * 10_000 + b"]" * 10_000 + b"}}}", 400),
        (b'{"a":' * 1_000_000, 400),
        (b"[" * 31 * MB, 413),
        (b'{"project_name":"x","user_dict":{"u":{"x":[' + b'{"":0},' * (4 * MB) + b"0]}}}", 413),
    ],
)
def test_nesting_and_many_small_values_are_refused(server: BudgetServer, body: bytes, status: int) -> None:
    assert statuses(server, sized(server, body)) == [status]


def test_headers_are_bounded(server: BudgetServer) -> None:
    many = "\r\n".join(f"X-{number}: {'a' * 100}" for number in range(5_000))
    assert statuses(server, head(server, more=many)) == [431]
    assert statuses(server, head(server, more="X: " + "a" * 10 * MB)) == [431]
    assert statuses(server, head(server, "/set_budget?" + "a" * MB)) == [431]
    # Within what is gathered, gunicorn's own bounds hold.
    assert statuses(server, head(server, "/set_budget?" + "a" * 10_000)) == [414]
    assert statuses(server, head(server, more="\r\n".join(f"X-{number}: a" for number in range(500)))) == [431]


# --- Requests that two servers could read differently ---------------------------------------------------------------


def test_pipelined_requests_are_answered_one_by_one(server: BudgetServer) -> None:
    assert statuses(server, sized(server, READ, "/get_budget") * 5) == [200] * 5


Smuggle = Callable[[BudgetServer], bytes]
HIDDEN: dict[str, Smuggle] = {
    "length, then chunks": lambda server: (
        head(server, more="Content-Length: 6\r\nTransfer-Encoding: chunked") + b"0\r\n\r\nG"
    ),
    "chunks, then length": lambda server: (
        head(server, more="Transfer-Encoding: chunked\r\nContent-Length: 4") + b"0\r\n\r\n"
    ),
    "two lengths": lambda server: head(server, more=f"Content-Length: {len(READ)}\r\nContent-Length: 0") + READ,
    "the same length twice": lambda server: head(server, more="Content-Length: 2\r\nContent-Length: 2") + b"{}",
    "a list of lengths": lambda server: head(server, more="Content-Length: 2, 2") + b"{}",
    "a length with a sign": lambda server: head(server, more="Content-Length: +2") + b"{}",
    "a length in hex": lambda server: head(server, more="Content-Length: 0x2") + b"{}",
    "a space before the colon": lambda server: head(server, more="Transfer-Encoding : chunked") + b"0\r\n\r\n",
    "a folded header": lambda server: (
        head(server, more="X: a\r\n Transfer-Encoding: chunked\r\nContent-Length: 2") + b"{}"
    ),
    "another coding": lambda server: head(server, more="Transfer-Encoding: xchunked\r\nContent-Length: 4") + b"{}{}",
    "bare line ends": lambda server: head(server, more="X: a\nContent-Length: 2") + b"{}",
    "NUL in a header": lambda server: head(server, more="X-Client-Id: a\0b\r\nContent-Length: 2") + b"{}",
}


@pytest.mark.parametrize("name", HIDDEN)
def test_a_hidden_request_is_not_answered(server: BudgetServer, name: str) -> None:
    found = statuses(server, HIDDEN[name](server) + sized(server, READ, "/get_budget"))
    assert len(found) == 1, found
    assert found[0] in {400, 411, 501}


def test_an_address_of_another_site_changes_nothing(server: BudgetServer) -> None:
    assert statuses(server, sized(server, READ, "http://evil.example/get_budget")) == [200]
    assert statuses(server, sized(server, READ, f"{server.url}/get_budget")) == [200]


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1@evil.example", "127.0.0.1:8000:evil", "a b", "[::1", "x" * 3_000]
)
def test_another_sites_host_is_refused(server: BudgetServer, host: str) -> None:
    assert statuses(server, sized(server, READ, "/get_budget", host=host)) == [400]


def test_what_is_no_request_is_refused(server: BudgetServer) -> None:
    for junk in (
        b"GET /get_budget\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 20 + b"\r\n\r\n",
        b"\0" * 5_000,
    ):
        assert statuses(server, junk) in ([400], [414], [431], [])
