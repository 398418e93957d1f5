"""What a worker does as it stops, that shows without a server."""

import os
import signal
from pathlib import Path
from threading import Thread

from gunicorn.config import Config
from gunicorn.workers.gthread import PollableMethodQueue

from budgetsite.worker import GatheringWorker, LastingMethodQueue


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


def test_told_twice_to_quit_amid_the_pools_own_work_it_waits_for_nobody() -> None:
    worker = GatheringWorker(1, os.getpid(), [], None, 30, Config(), None)
    worker.tpool = worker.get_thread_pool()
    exits = []

    def interrupted() -> None:
        with worker.tpool._shutdown_lock:  # As `submit` holds it.
            for number in (signal.SIGINT, signal.SIGQUIT):
                try:
                    worker.handle_quit(number, None)
                except SystemExit as quits:
                    exits.append(quits.code)

    thread = Thread(target=interrupted, daemon=True)
    thread.start()
    thread.join(5)
    assert not thread.is_alive()
    assert exits == [0]
    worker.tpool.shutdown()
    worker.tmp.close()
