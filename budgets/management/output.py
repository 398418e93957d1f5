"""Text that others chose, on its way to a terminal; and output whose reader may leave."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

# What a shell reports of a program that SIGPIPE ended.
ENDED_BY_PIPE = 128 + signal.SIGPIPE


def printable(text: str) -> str:
    """The text with what a terminal obeys rather than shows (escapes, line ends, bidirectional marks) spelt out."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


@contextmanager
def ending_with_its_reader() -> Iterator[None]:
    """End without a word where whoever reads the output has had enough, as `head` has. Raises SystemExit there."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        # What is still buffered is flushed at exit, and would fail once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(ENDED_BY_PIPE) from None
