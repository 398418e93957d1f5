"""gunicorn's threads, given a request only when the whole of it is there.

Stock gthread gives a connection a thread when it opens, and the thread waits for head and body as long as the client
likes: 80 half requests stop two workers for good. It also closes with a wait of up to two seconds in the loop that
serves everyone. Here the loop gathers, and no client can hold a thread or the loop by being slow.
"""

import errno
import selectors
import socket
import struct
import time
from collections import deque
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from itertools import islice
from typing import Any

from gunicorn.http.errors import NoMoreData
from gunicorn.http.unreader import SocketUnreader
from gunicorn.workers.base import Worker
from gunicorn.workers.gthread import PollableMethodQueue, TConn, ThreadWorker

from budgetsite.arrival import MAX_HEAD_BYTES, Arrival

# A worker that stops, or has no room for another, waits no longer than this for those that have not said anything yet.
GRACE_WHEN_SHORT_SECONDS = 1.0
# How long an answered client may take to close its side.
LEAVE_SECONDS = 2.0
# How long a request may be on its way that was sent before the client knew that its idle connection is closed.
CROSSING_SECONDS = 1.0
SWEEP_SECONDS = 0.25
# With each turn of the loop, every client is read from once. gunicorn waits a second where nothing happens.
LONGEST_TURN_SECONDS = 1.0
# Requests up to this size are taken in however much the others hold; worker_connections bounds how many there are.
ALWAYS_TAKEN_BYTES = 64 * 1024
# Beside the largest body, its head and small requests.
SPARE_BYTES = 1024 * 1024
DISCARD_BYTES = 64 * 1024
TOO_SLOW = "the request did not arrive in time; send it again"
TOO_MUCH = "the server has as many bodies in hand as it has room for; nothing was taken in, send it again"
TOO_MANY = "every thread was busy for too long; nothing was taken in, send it again"


class GatheredUnreader(SocketUnreader):  # type: ignore[misc]  # gunicorn is untyped
    """What gunicorn's parser reads from: the gathered pieces, and never the socket."""

    def __init__(self, sock: socket.socket) -> None:
        super().__init__(sock)
        self.pieces: deque[bytes] = deque()

    def chunk(self, size_hint: int | None = None) -> bytes:
        """The next piece. Raises NoMoreData beyond the last, which makes gunicorn close the connection."""
        if not self.pieces:
            raise NoMoreData
        return self.pieces.popleft()


class LastingMethodQueue(PollableMethodQueue):  # type: ignore[misc]
    """What threads wake the loop by. It stays open to the end of the process.

    The loop of a worker that is stopped goes first, and a thread that is done later writes a byte all the same: were it
    closed, to whatever file has been opened under the same number since, which may be the database.
    """

    def close(self) -> None:
        """Leave it to the end of the process."""


class GatheringWorker(ThreadWorker):  # type: ignore[misc]
    """The worker class of gunicorn.conf.py.

    A connection is in one of these places: `arriving`, `queue` (a whole POST that waits for a thread), `in_hand` (with
    a thread), gunicorn's own `keepalived_conns`, `parted` (kept no longer, as the client is being told), `leaving`.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.method_queue = LastingMethodQueue()
        self.is_quitting = False
        self.arriving: dict[TConn, Arrival] = {}
        self.queue: deque[tuple[float, TConn, Arrival]] = deque()
        self.in_hand: dict[TConn, Arrival] = {}
        self.parted: dict[TConn, float] = {}
        self.leaving: dict[TConn, float] = {}
        self.held_bytes = 0
        self.posts_in_hand = 0
        self.swept_at = time.monotonic()
        # Seconds in which the loop could read. What threads kept it from reading makes no client slow.
        self.attentive_seconds = 0.0

    def handle_quit(self, sig: int, frame: Any) -> None:
        """Stop at once; a terminal's Ctrl-C says so, and so does the master, which it reaches as well.

        gthread's own takes a lock of its pool. The handler that this one interrupts, or the loop, may hold that, and
        would wait for itself until the worker is killed.
        """
        if not self.is_quitting:
            self.is_quitting = True
            Worker.handle_quit(self, sig, frame)

    def load_wsgi(self) -> None:
        """Load the application, and what it says of bounds."""
        super().load_wsgi()
        from django.conf import settings

        self.max_body_bytes: int = settings.BUDGETS_MAX_BODY_BYTES
        self.request_seconds: int = settings.REQUEST_SECONDS
        # Posts wait for the database's locks. The other threads are for what does not: pages, health.
        self.most_posts_in_hand: int = max(1, min(settings.POSTS_AT_ONCE, self.cfg.threads - 1))

    # --- Arriving -----------------------------------------------------------------------------------------------

    def enqueue_req(self, conn: TConn) -> None:
        """Gather the next request of a connection, where gthread would give it a thread."""
        if self.cfg.is_ssl:  # Only gunicorn can read it.
            super().enqueue_req(conn)
            return
        conn.sock.setblocking(False)
        # For the answer, in a thread: the longest that a client may take none of it.
        timeout = struct.pack("ll", self.request_seconds, 0)
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, timeout)
        arrival = self.arriving[conn] = Arrival(self.attentive_seconds)
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._read, conn))
        read_ahead = conn.parser.unreader.take_buffered() if conn.parser else b""
        if read_ahead:
            self._take_in(conn, arrival, read_ahead)
        else:
            self._read(conn, conn.sock)  # Mostly it is there already.

    def _read(self, conn: TConn, sock: socket.socket) -> None:
        arrival = self.arriving[conn]
        try:
            data = sock.recv(arrival.wanted_bytes)
        except BlockingIOError:
            return
        except OSError:
            self._end_arrival(conn)
            self._close(conn)
            return
        if data:
            self._take_in(conn, arrival, data)
        elif arrival.missing_bytes is None:
            self._end_arrival(conn)
            self._close(conn)
        else:
            self._refuse(conn, "malformed-json", "the body ended early")

    def _take_in(self, conn: TConn, arrival: Arrival, data: bytes) -> None:
        was_head_there = arrival.missing_bytes is not None
        arrival.receive(data)
        arrival.last_at = self.attentive_seconds
        self.held_bytes += len(data)
        if arrival.is_head_too_large:
            self._refuse(conn, "head-too-large", f"line and headers have over {MAX_HEAD_BYTES} bytes; send fewer")
        elif arrival.is_chunked:
            self._refuse(conn, "length-required", "send the body with a Content-Length, not in chunks")
        elif arrival.body_bytes > self.max_body_bytes:
            detail = f"the body has {arrival.body_bytes} bytes; at most {self.max_body_bytes} are read"
            self._refuse(conn, "body-too-large", detail)
        elif self.held_bytes > self.max_body_bytes + SPARE_BYTES and arrival.size_bytes > ALWAYS_TAKEN_BYTES:
            self._refuse(conn, "busy", TOO_MUCH)
        elif arrival.is_whole:
            self._end_arrival(conn)
            self._hand_over(conn, arrival)
        elif arrival.expects_continue and not was_head_there:
            with suppress(OSError):
                conn.sock.send(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _end_arrival(self, conn: TConn) -> None:
        self.poller.unregister(conn.sock)
        self.held_bytes -= self.arriving.pop(conn).size_bytes

    # --- In hand ------------------------------------------------------------------------------------------------

    def _hand_over(self, conn: TConn, arrival: Arrival) -> None:
        self.held_bytes += arrival.size_bytes
        if arrival.is_post:
            self.queue.append((time.monotonic(), conn, arrival))
            self._start_posts()
        else:
            self._start(conn, arrival)

    def _start_posts(self) -> None:
        while self.queue and self.posts_in_hand < self.most_posts_in_hand:
            _, conn, arrival = self.queue.popleft()
            self.posts_in_hand += 1
            self._start(conn, arrival)

    def _start(self, conn: TConn, arrival: Arrival) -> None:
        conn.data_ready = True
        conn.init()
        if not isinstance(conn.parser.unreader, GatheredUnreader):
            conn.parser.unreader = GatheredUnreader(conn.sock)
        conn.parser.unreader.pieces = arrival.pieces
        self.in_hand[conn] = arrival
        super().enqueue_req(conn)

    def handle_request(self, req: Any, conn: TConn) -> Any:
        """Serve it in a thread; a client that does not take its answer is one that has gone."""
        try:
            return super().handle_request(req, conn)
        except BlockingIOError as error:
            raise ConnectionResetError(errno.ECONNRESET, "the client does not take its answer") from error

    def finish_request(self, conn: TConn, fs: "Future[Any]") -> None:
        """Keep the connection or let it leave, where gthread would wait for it to close."""
        arrival = self.in_hand.pop(conn, None)
        if arrival is None:
            super().finish_request(conn, fs)
            return
        self.held_bytes -= arrival.size_bytes
        if arrival.is_post:
            self.posts_in_hand -= 1
            self._start_posts()
        if not fs.cancelled() and fs.exception() is None and fs.result():
            super().finish_request(conn, fs)
        else:
            self._leave(conn)

    # --- Parting ------------------------------------------------------------------------------------------------

    def murder_keepalived(self, force: bool = False) -> None:
        """Part with the connections that have been kept long enough, where gthread would close them.

        A request that crosses a close is reset and lost, and litellm does not send it again.
        """
        if force or self.cfg.is_ssl:
            super().murder_keepalived(force)
            return
        now = time.monotonic()
        while self.keepalived_conns and self.keepalived_conns[0].timeout <= now:
            conn = self.keepalived_conns.popleft()
            self.poller.unregister(conn.sock)
            self._part(conn)

    def _part(self, conn: TConn) -> None:
        """Say that no answer will come any more, and take in what was sent before the client knew: a post counts."""
        try:
            if not self._has_data(conn):  # That can still be answered.
                conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._close(conn)
            return
        self.parted[conn] = time.monotonic() + CROSSING_SECONDS
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._take_in_late, conn))

    def _has_data(self, conn: TConn) -> bool:
        try:
            return bool(conn.sock.recv(1, socket.MSG_PEEK))
        except BlockingIOError:
            return False

    def _take_in_late(self, conn: TConn, _sock: socket.socket) -> None:
        self._end_parted(conn)
        self.enqueue_req(conn)

    def _end_parted(self, conn: TConn) -> None:
        del self.parted[conn]
        self.poller.unregister(conn.sock)

    # --- Leaving ------------------------------------------------------------------------------------------------

    def _refuse(self, conn: TConn, kind: str, detail: str) -> None:
        """Answer from the loop, without a thread, and close: what is left of the request is not read."""
        from budgets.api.problems import ProblemError

        if conn in self.arriving:
            self._end_arrival(conn)
        answer = ProblemError(kind, detail, headers={"Retry-After": "1"} if kind == "busy" else {}).response()
        answer["Connection"], answer["Content-Length"] = "close", str(len(answer.content))
        status = f"HTTP/1.1 {answer.status_code} {answer.reason_phrase}\r\n".encode()
        with suppress(OSError):
            conn.sock.send(status + answer.serialize())
        self._leave(conn)

    def _leave(self, conn: TConn) -> None:
        """Say that nothing more comes, and close when the client does: at once, the answer could be lost on its way."""
        try:
            conn.sock.setblocking(False)
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._close(conn)
            return
        self.leaving[conn] = time.monotonic() + LEAVE_SECONDS
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._discard, conn))

    def _discard(self, conn: TConn, sock: socket.socket) -> None:
        try:
            has_closed = not sock.recv(DISCARD_BYTES)
        except BlockingIOError:
            return
        except OSError:
            has_closed = True
        if has_closed:
            self._end_leaving(conn)

    def _end_leaving(self, conn: TConn) -> None:
        del self.leaving[conn]
        self.poller.unregister(conn.sock)
        self._close(conn)

    def _close(self, conn: TConn) -> None:
        self.nr_conns -= 1
        conn.close()

    # --- Time ---------------------------------------------------------------------------------------------------

    def murder_pending(self) -> None:
        """Part with whom it takes too long; the loop calls this with every turn."""
        super().murder_pending()
        if self.nr_conns >= self.worker_connections:
            self._make_room()
        now = time.monotonic()
        if now - self.swept_at < SWEEP_SECONDS:
            return
        self.attentive_seconds += min(now - self.swept_at, LONGEST_TURN_SECONDS)
        self.swept_at = now
        for conn, arrival in list(self.arriving.items()):
            self._sweep_arriving(conn, arrival, self.attentive_seconds)
        while self.queue and now - self.queue[0][0] > self.request_seconds:
            _, conn, arrival = self.queue.popleft()
            self.held_bytes -= arrival.size_bytes
            self._refuse(conn, "busy", TOO_MANY)
        for conn, until in list(self.parted.items()):
            if now > until:
                self._end_parted(conn)
                self._close(conn)
        for conn, until in list(self.leaving.items()):
            if now > until or not self.alive:
                self._end_leaving(conn)

    def _make_room(self) -> None:
        """Part with the tenth that has been kept idle longest, and no more until those have gone."""
        if self.parted:
            return
        for conn in islice(self.keepalived_conns, max(1, self.worker_connections // 10)):
            conn.timeout = 0.0
        self.murder_keepalived()

    def _sweep_arriving(self, conn: TConn, arrival: Arrival, clock: float) -> None:
        is_short = self.nr_conns >= self.worker_connections or not self.alive
        grace_seconds = GRACE_WHEN_SHORT_SECONDS if is_short else self.request_seconds
        if arrival.size_bytes == 0 and arrival.is_late(clock, grace_seconds):
            self._end_arrival(conn)
            self._part(conn)
        elif arrival.is_late(clock, self.request_seconds):
            self._refuse(conn, "too-slow", TOO_SLOW)
