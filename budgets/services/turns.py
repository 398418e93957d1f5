"""Turns at SQLite's one write lock, for which posts of several worker processes would sleep longer than it is taken."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db import OperationalError, connection

# A post holds the lock for a few milliseconds. Whoever finds it taken, SQLite soon lets sleep for tens of them.
PAUSE_SECONDS = 0.0002


@contextmanager
def write_turn() -> Iterator[None]:
    """Wait until no other post writes. Raises OperationalError where that takes longer than SQLite would be waited for.

    The transaction inside takes SQLite's lock as ever, among others that know nothing of turns: whoever has a
    transaction already needs none. A process that ends gives its turn back.
    """
    if connection.in_atomic_block or not _is_file():
        yield
        return
    # Not the database's file: by closing it, a process would lose the locks that SQLite has on it.
    descriptor = os.open(Path(connection.settings_dict["NAME"]).parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _wait_for(descriptor, float(connection.settings_dict["OPTIONS"]["timeout"]))
        yield
    finally:
        os.close(descriptor)


def _is_file() -> bool:
    return connection.vendor == "sqlite" and not connection.is_in_memory_db()  # type: ignore[attr-defined]  # SQLite's


def _wait_for(descriptor: int, seconds: float) -> None:
    until = time.monotonic() + seconds
    while not _takes(descriptor):
        if time.monotonic() >= until:
            raise OperationalError("database is locked")
        time.sleep(PAUSE_SECONDS)


def _takes(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        # A file system that knows no such locks. SQLite's own is taken either way; it is only waited for longer.
        return True
    return True
