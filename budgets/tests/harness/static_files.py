"""The collected static files that every server under test serves; several runs of the tests may go on at once."""

import fcntl
import subprocess
import sys
from collections.abc import Mapping

from budgetsite.environment import BASE_DIR

COLLECTED = BASE_DIR / "var" / "static"
MANIFEST = COLLECTED / "staticfiles.json"
# What is collected changes with our own files and with the installed packages.
SOURCES = (BASE_DIR / "static", BASE_DIR / "requirements.txt", BASE_DIR / "constraints.txt")


def collect_static_files(environment: Mapping[str, str]) -> None:
    """Collect where what is there is older than its sources: collecting anew takes the files from under another run."""
    COLLECTED.parent.mkdir(parents=True, exist_ok=True)
    with (COLLECTED.parent / "collecting.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not is_fresh():
            command = [sys.executable, str(BASE_DIR / "manage.py"), "collectstatic", "--no-input", "-v0"]
            subprocess.run(command, env=dict(environment), check=True, timeout=120)
            MANIFEST.touch()


def is_fresh() -> bool:
    """Whether everything collected is as new as its sources."""
    if not MANIFEST.exists():
        return False
    files = [one for source in SOURCES for one in (source, *source.rglob("*"))]
    return max(one.stat().st_mtime for one in files) <= MANIFEST.stat().st_mtime
