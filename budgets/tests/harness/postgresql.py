"""A private PostgreSQL for one command: `python budgets/tests/harness/postgresql.py COMMAND ...`.

Makes a cluster in a temporary directory, reached only through a socket in it, puts its DATABASE_URL into the command's
environment, and throws the cluster away. PostgreSQL refuses to run as root, so root hands it to another user.
"""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

# Durability is the product's promise, not this throw-away cluster's.
SERVER_OPTIONS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=200")
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


@contextmanager
def private_cluster() -> Iterator[str]:
    """A running cluster's DATABASE_URL; the cluster ends with the block."""
    binaries = find_binaries()
    # Not under TMPDIR: another user must be able to enter, and a socket's path must stay short.
    home = Path(tempfile.mkdtemp(prefix="budgets-pg-", dir="/tmp"))
    data = home / "data"
    if os.geteuid() == 0:
        os.chown(home, plain_user().pw_uid, plain_user().pw_gid)
    options = " ".join(
        f"-c {option}" for option in (*SERVER_OPTIONS, "listen_addresses=''", f"unix_socket_directories={home}")
    )

    def run(program: str, *arguments: str) -> None:
        command = [*as_plain_user(), str(binaries / program), "--pgdata", str(data), *arguments]
        done = subprocess.run(command, cwd=home, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{program} failed:\n{done.stdout}{done.stderr}")

    try:
        run("initdb", "--username=budgets", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
        run("pg_ctl", "start", "--wait", "--silent", "--log", str(home / "log"), "--options", options)
        try:
            yield f"postgresql://budgets@{quote(str(home), safe='')}/postgres"
        finally:
            run("pg_ctl", "stop", "--wait", "--silent", "--mode=immediate")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def main(command: list[str]) -> int:
    """Run `command` beside a private cluster; return its exit status."""
    with private_cluster() as url:
        return subprocess.run(command, env={**os.environ, "DATABASE_URL": url}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
