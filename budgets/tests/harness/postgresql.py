"""A private PostgreSQL for one command: `python budgets/tests/harness/postgresql.py COMMAND ...`.

Makes a cluster in a temporary directory, reached only through a socket in it, puts its DATABASE_URL into the command's
environment, and throws the cluster away. PostgreSQL refuses to run as root, so root hands it to another user.
"""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

# Durability is the product's promise, not this throw-away cluster's.
SERVER_OPTIONS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")
CRASH_SECONDS = 60
DEBIAN_BINARIES = Path("/usr/lib/postgresql")


def find_binaries() -> Path:
    """The directory of initdb and pg_ctl: on PATH, or Debian's newest. Raises SystemExit where there is none."""
    on_path = shutil.which("initdb")
    if on_path and (Path(on_path).resolve().parent / "pg_ctl").exists():
        return Path(on_path).resolve().parent
    versions = [path.parent for path in DEBIAN_BINARIES.glob("*/bin/initdb")]
    if not versions:
        raise SystemExit("PostgreSQL is not installed (no initdb): install Debian's package postgresql")
    return max(versions, key=lambda path: float(path.parent.name))


def as_plain_user() -> list[str]:
    """What to put before a command so that it does not run as root."""
    if os.geteuid() != 0:
        return []
    return ["setpriv", f"--reuid={plain_user().pw_uid}", f"--regid={plain_user().pw_gid}", "--clear-groups", "--"]


def plain_user() -> pwd.struct_passwd:
    """Debian's own user for PostgreSQL, or nobody."""
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


class Cluster:
    """A cluster of its own, to start, stop and crash. Raises SystemExit where one of PostgreSQL's programs fails."""

    def __init__(self, home: Path, data: Path, options: Sequence[str], *, wal_segment_mb: int = 16) -> None:
        self.url = f"postgresql://budgets@{quote(str(home), safe='')}/postgres"
        self._home, self._data = home, data
        settings = (*options, "listen_addresses=''", f"unix_socket_directories={home}")
        self._options = " ".join(f"-c {setting}" for setting in settings)
        self._run(
            "initdb",
            "--username=budgets",
            "--auth=trust",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
            f"--wal-segsize={wal_segment_mb}",
        )

    def start(self) -> None:
        """Start it and wait until it serves, a recovery included."""
        self._run("pg_ctl", "start", "--wait", "--silent", "--log", str(self._home / "log"), "--options", self._options)

    def stop(self, mode: str = "fast") -> None:
        """Stop it: `fast` rolls back what is under way, `immediate` is a crash, and the next start recovers."""
        self._run("pg_ctl", "stop", "--wait", "--silent", f"--mode={mode}")

    def crash(self) -> None:
        """Stop it as `immediate` does, but at this very moment, and wait until its postmaster is gone."""
        postmaster = int((self._data / "postmaster.pid").read_text(encoding="utf-8").split()[0])
        os.kill(postmaster, signal.SIGQUIT)
        deadline = time.monotonic() + CRASH_SECONDS
        while self.is_running():
            assert time.monotonic() < deadline, "PostgreSQL does not end"
            time.sleep(0.05)

    def is_running(self) -> bool:
        """Whether its postmaster lives."""
        return self._try("pg_ctl", "status").returncode == 0

    def _run(self, program: str, *arguments: str) -> None:
        done = self._try(program, *arguments)
        if done.returncode:
            log = self._home / "log"
            raise SystemExit(f"{program} failed:\n{done.stdout}{done.stderr}{log.read_text() if log.exists() else ''}")

    def _try(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [*as_plain_user(), str(find_binaries() / program), "--pgdata", str(self._data), *arguments]
        return subprocess.run(command, cwd=self._home, capture_output=True, text=True, check=False)


@contextmanager
def home_of_plain_user() -> Iterator[Path]:
    """A temporary directory that PostgreSQL's user owns."""
    # Not under TMPDIR: another user must be able to enter, and a socket's path must stay short.
    home = Path(tempfile.mkdtemp(prefix="budgets-pg-", dir="/tmp"))
    if os.geteuid() == 0:
        os.chown(home, plain_user().pw_uid, plain_user().pw_gid)
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def private_cluster() -> Iterator[str]:
    """A running cluster's DATABASE_URL; the cluster ends with the block."""
    with home_of_plain_user() as home:
        cluster = Cluster(home, home / "data", SERVER_OPTIONS)
        cluster.start()
        try:
            yield cluster.url
        finally:
            cluster.stop("immediate")


def main(command: list[str]) -> int:
    """Run `command` beside a private cluster; return its exit status."""
    with private_cluster() as url:
        return subprocess.run(command, env={**os.environ, "DATABASE_URL": url}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
