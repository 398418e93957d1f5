"""One gunicorn, master and workers: to start, stop, and kill as nobody should."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from budgetsite.environment import BASE_DIR

START_SECONDS = 60


class Gunicorn:
    """A gunicorn as gunicorn.conf.py has it, on the port and the number of workers that its environment names."""

    def __init__(self, environment: dict[str, str], log_path: Path, *arguments: str) -> None:
        self.port = int(environment["PORT"])
        self.log_path = log_path
        self._environment = environment
        self._command = [sys.executable, "-m", "gunicorn", *arguments]
        self._process: subprocess.Popen[bytes] | None = None
        self._orphans: set[int] = set()

    @property
    def host(self) -> str:
        """Address and port."""
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, and wait until a worker of its own listens.

        It is tried again while workers of a master that was killed still hold the port, as a supervisor would.
        """
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            with self.log_path.open("ab") as log:
                self._process = subprocess.Popen(
                    self._command, cwd=BASE_DIR, env=self._environment, stdout=log, stderr=log
                )
            while time.monotonic() < deadline and self._process.poll() is None:
                if self.worker_pids() and self._listens():
                    return
                time.sleep(0.05)
            if not self._orphans:
                break
        self.kill_master()
        raise AssertionError(f"gunicorn did not start:\n{self.log_path.read_text(encoding='utf-8')}")

    def is_running(self) -> bool:
        """Whether its master lives."""
        return self._process is not None and self._process.poll() is None

    def worker_pids(self) -> list[int]:
        """The workers that live, lowest first."""
        assert self._process
        return children_of(self._process.pid)

    def kill_worker(self, choice: random.Random) -> None:
        """Kill one worker with SIGKILL; the master is to replace it."""
        os.kill(choice.choice(self.worker_pids()), signal.SIGKILL)

    def kill_master(self) -> None:
        """Kill the master with SIGKILL; its workers find out by themselves, and `start` makes a new one."""
        assert self._process
        self._orphans.update(self.worker_pids())
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """End it as Ctrl-C does, and see that it ended well and that no worker of a killed master is left."""
        assert self._process
        self._process.terminate()
        assert self._process.wait(timeout=60) == 0, self.log_path.read_text(encoding="utf-8")
        left = [pid for pid in self._orphans if parent_of(pid) is not None]
        assert not left, f"workers of a killed master still live: {left}"

    def _listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True


def parent_of(pid: int) -> int | None:
    """The parent of a process that lives; None where there is none of that id, or only its remains."""
    try:
        # The name, in brackets, may hold anything.
        state, parent = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[:2]
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if state == "Z" else int(parent)


def children_of(pid: int) -> list[int]:
    """The processes whose parent that is, lowest first."""
    every = (int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit())
    return sorted(one for one in every if parent_of(one) == pid)
