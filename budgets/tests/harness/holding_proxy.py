"""A road between client and server on which a test can let posts overtake each other."""

import http.client
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

WAIT_SECONDS = 30


class HeldPost:
    """One `/set_budget` on its way: it goes on when released, and is over when the server has answered."""

    def __init__(self) -> None:
        self._may_go = threading.Event()
        self.is_over = threading.Event()

    def release(self) -> None:
        """Let it go on; return when the server has answered it."""
        self._may_go.set()
        assert self.is_over.wait(WAIT_SECONDS)

    def wait_for_release(self) -> None:
        """Stand until released."""
        assert self._may_go.wait(WAIT_SECONDS)


class HoldingProxy:
    """Passes everything on at once, except posts to /set_budget while `holding` is set: those gather in `held`."""

    def __init__(self, upstream_host: str) -> None:
        self.holding = False
        self.held: list[HeldPost] = []
        self._arrived = threading.Condition()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler(upstream_host))
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def host(self) -> str:
        """Address and port."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    def wait_for_held(self, count: int) -> list[HeldPost]:
        """The posts held so far, in their order of arrival, once there are `count`."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.held) >= count, WAIT_SECONDS), f"only {len(self.held)} came"
            return list(self.held)

    def stop(self) -> None:
        """Close it."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _admit(self, path: str) -> HeldPost | None:
        if not (self.holding and path.endswith("/set_budget")):
            return None
        post = HeldPost()
        with self._arrived:
            self.held.append(post)
            self._arrived.notify_all()
        return post

    def _handler(self, upstream_host: str) -> type[BaseHTTPRequestHandler]:
        admit: Callable[[str], HeldPost | None] = self._admit

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                held = admit(self.path)
                if held:
                    held.wait_for_release()
                try:
                    status, content_type, answer = forward(upstream_host, self.path, body, dict(self.headers))
                finally:
                    if held:
                        held.is_over.set()
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                """Stay silent."""

        return Handler


def passed_on(headers: dict[str, str]) -> dict[str, str]:
    """The headers that are the request's own, not the connection's."""
    return {name: value for name, value in headers.items() if name.lower() not in {"host", "connection"}}


def forward(host: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, str, bytes]:
    """Post on to `host`; return status, content type and body of its answer."""
    connection = http.client.HTTPConnection(host, timeout=60)
    try:
        connection.request("POST", path, body, passed_on(headers))
        response = connection.getresponse()
        return response.status, response.headers["Content-Type"], response.read()
    finally:
        connection.close()
