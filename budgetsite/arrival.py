"""A request on its way in: what of it is there, whether it is whole, and whether it comes too slowly."""

import re
from collections import deque

HEAD_END = b"\r\n\r\n"
# More than any proxy or browser sends, and less than gunicorn's parser would take.
MAX_HEAD_BYTES = 64 * 1024
# Slower than this on the whole, a client is cut off once its seconds of grace are over.
MIN_BYTES_PER_SECOND = 64 * 1024
HEAD_PIECE_BYTES = 16 * 1024
BODY_PIECE_BYTES = 1024 * 1024
# Pieces after smaller ones are joined to them: as an object of its own, each byte would take forty.
SMALL_PIECE_BYTES = 4 * 1024
LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,18})[ \t]*\r\n", re.IGNORECASE)
CHUNKED = re.compile(rb"\r\ntransfer-encoding:", re.IGNORECASE)
EXPECTS_CONTINUE = re.compile(rb"\r\nexpect:[ \t]*100-continue[ \t]*\r\n", re.IGNORECASE)


class Arrival:
    """The pieces of one HTTP/1 request. It tells when to hand them over; what they say, gunicorn's parser decides."""

    def __init__(self, started_at: float) -> None:
        self.started_at = started_at
        self.last_at = started_at
        self.pieces: deque[bytes] = deque()
        self._start = bytearray()
        self.size_bytes = 0
        self.body_bytes = 0
        self.missing_bytes: int | None = None  # None until the head is there
        self.is_head_too_large = False
        self.is_chunked = False
        self.is_post = False
        self.expects_continue = False

    @property
    def is_whole(self) -> bool:
        """Whether head and body are there."""
        return self.missing_bytes is not None and self.missing_bytes <= 0

    @property
    def wanted_bytes(self) -> int:
        """How much to read at once: of a body no more than its end, for what follows is another request."""
        return min(self.missing_bytes, BODY_PIECE_BYTES) if self.missing_bytes else HEAD_PIECE_BYTES

    def is_late(self, now: float, grace_seconds: float) -> bool:
        """Whether it comes more slowly than a client that is at work would send it, or has stopped coming.

        What came quickly buys no time to do nothing: it would be held for as long.
        """
        if now - self.last_at > grace_seconds:
            return True
        return now - self.started_at > grace_seconds + self.size_bytes / MIN_BYTES_PER_SECOND

    def receive(self, data: bytes) -> None:
        """Take in the next piece."""
        self.size_bytes += len(data)
        if self.missing_bytes is None:
            self._receive_head(data)
            return
        self.missing_bytes -= len(data)
        if len(self.pieces[-1]) < SMALL_PIECE_BYTES:
            data = self.pieces.pop() + data
        self.pieces.append(data)

    def _receive_head(self, data: bytes) -> None:
        searched = max(0, len(self._start) - len(HEAD_END) + 1)
        self._start += data
        end = self._start.find(HEAD_END, searched)
        if end < 0:
            self.is_head_too_large = len(self._start) > MAX_HEAD_BYTES
            return
        self.pieces.append(bytes(self._start))
        self._read_head(self.pieces[0][: end + 2], beyond_bytes=len(self._start) - end - len(HEAD_END))
        self._start.clear()

    def _read_head(self, head: bytes, *, beyond_bytes: int) -> None:
        length = LENGTH.search(head)
        self.body_bytes = int(length.group(1)) if length else 0
        self.missing_bytes = self.body_bytes - beyond_bytes
        self.is_chunked = CHUNKED.search(head) is not None
        self.is_post = head.startswith(b"POST ")
        self.expects_continue = self.missing_bytes > 0 and EXPECTS_CONTINUE.search(head) is not None
