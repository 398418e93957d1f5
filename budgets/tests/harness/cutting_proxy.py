"""A balancer on a bad line: each post goes to one of several servers, and some are cut on their way."""

import http.client
import random
import threading
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from budgets.tests.harness.holding_proxy import forward, passed_on

CUT_BODY = "body"
CUT_ANSWER = "answer"


class CuttingProxy:
    """Passes every request on to one of the upstreams, but cuts `cut_share` of the posts to /set_budget.

    One half of those ends in the middle of its body; of the other the server gets everything, and the client no answer.
    """

    def __init__(self, upstreams: Sequence[str], choice: random.Random) -> None:
        self.cut_share = 0.0
        self.cuts = {CUT_BODY: 0, CUT_ANSWER: 0}
        self._upstreams = list(upstreams)
        self._choice = choice
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def host(self) -> str:
        """Address and port."""
        return f"127.0.0.1:{self._server.server_address[1]}"

    def stop(self) -> None:
        """Close it."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _cut(self, path: str) -> str | None:
        """What is to be cut of this request, counted."""
        if not path.endswith("/set_budget") or self._choice.random() >= self.cut_share:
            return None
        what = self._choice.choice((CUT_BODY, CUT_ANSWER))
        self.cuts[what] += 1
        return what

    def _pass_on(self, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, str, bytes] | None:
        """The answer; None where the client gets none."""
        upstream, cut = self._choice.choice(self._upstreams), self._cut(path)
        try:
            if cut == CUT_BODY:
                _begin(upstream, path, body, headers, self._choice.randrange(len(body)))
                return None
            answer = forward(upstream, path, body, headers)
        except (OSError, http.client.HTTPException):
            return None
        return None if cut == CUT_ANSWER else answer

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        pass_on = self._pass_on

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                answered = pass_on(self.path, body, dict(self.headers))
                if answered is None:
                    self.close_connection = True
                    return
                status, content_type, answer = answered
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                """Stay silent."""

        return Handler


def _begin(host: str, path: str, body: bytes, headers: dict[str, str], length: int) -> None:
    """Send a request as far as `length` bytes of its body, and hang up."""
    connection = http.client.HTTPConnection(host, timeout=60)
    try:
        connection.putrequest("POST", path)
        for name, value in passed_on(headers).items():
            connection.putheader(name, value)
        connection.endheaders()
        connection.send(body[:length])
    finally:
        connection.close()
