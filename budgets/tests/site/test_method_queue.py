"""How threads wake the worker's loop."""

import os
from pathlib import Path

from gunicorn.workers.gthread import PollableMethodQueue

from budgetsite.worker import LastingMethodQueue


def test_a_thread_that_outlasts_the_loop_writes_to_no_other_file(tmp_path: Path) -> None:
    queue = LastingMethodQueue()
    queue.init()
    queue.close()
    path = tmp_path / "opened-later"
    path.write_bytes(b"SQLite format 3")
    files = [os.open(path, os.O_RDWR) for _ in range(3)]
    queue.defer(lambda: None)
    assert path.read_bytes() == b"SQLite format 3"
    for one in files:
        os.close(one)
    PollableMethodQueue.close(queue)
