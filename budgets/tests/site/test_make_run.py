"""`make run`, in a copy of the tree that has the requirements already."""

import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from budgets.tests.harness.server import free_port
from budgetsite.environment import BASE_DIR

COPIED = (".env.example", "Makefile", "budgets", "budgetsite", "gunicorn.conf.py", "manage.py", "static", "templates")
START_SECONDS = 60


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The product's files, with this run's Python for its .venv."""
    tree = tmp_path / "tree"
    tree.mkdir()
    for name in COPIED:
        copy = shutil.copytree if (BASE_DIR / name).is_dir() else shutil.copy2
        copy(BASE_DIR / name, tree / name)
    for name in ("requirements.txt", "constraints.txt"):
        shutil.copy(BASE_DIR / name, tree)
        # Older than the stamp of what is installed, so that pip stays out of it.
        os.utime(tree / name, (0, 0))
    stamp = Path(sys.prefix) / ".runtime"
    if not stamp.exists():
        stamp.touch()
    (tree / ".venv").symlink_to(sys.prefix)
    return tree


@contextmanager
def running(tree: Path, port: int) -> Iterator[Path]:
    """`make run`, until it listens; then the block, given its output; then Ctrl-C, after which nothing must be left."""
    output = tree / f"output-{port}"
    with output.open("wb") as file:
        process = subprocess.Popen(
            ["make", "run"],
            cwd=tree,
            env={"PATH": os.environ["PATH"], "HOME": str(tree), "PORT": str(port)},
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    try:
        wait_for(lambda: b"Booting worker" in output.read_bytes(), process, output)
        yield output
    finally:
        # What a terminal does at Ctrl-C: to make and the server alike.
        os.killpg(process.pid, signal.SIGINT)
        process.wait(timeout=30)
    assert "Shutting down" in output.read_text(encoding="utf-8")
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)


def wait_for(is_there: Callable[[], bool], process: "subprocess.Popen[bytes]", output: Path) -> None:
    """Wait until `is_there()`. Raises AssertionError where the process ends or time is up before."""
    deadline = time.monotonic() + START_SECONDS
    while not is_there():
        assert process.poll() is None, output.read_text(encoding="utf-8")
        assert time.monotonic() < deadline, output.read_text(encoding="utf-8")
        time.sleep(0.05)


def status_of(url: str) -> int:
    """The HTTP status there."""
    try:
        with urllib.request.urlopen(url, timeout=30) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_the_first_run_sets_up_and_the_second_changes_nothing(tree: Path) -> None:
    port = free_port()
    with running(tree, port) as output:
        assert status_of(f"http://127.0.0.1:{port}/admin/login/") == 200
        said = output.read_text(encoding="utf-8")
    assert len(re.findall(r"password +\S+", said)) == 1
    assert f"@127.0.0.1:{port}" in said
    assert stat.S_IMODE((tree / ".env").stat().st_mode) == 0o600
    environment = (tree / ".env").read_text(encoding="utf-8")
    database = (tree / "var" / "budgets.sqlite3").read_bytes()

    started = time.monotonic()
    with running(tree, port) as output:
        assert time.monotonic() - started < 10
        said = output.read_text(encoding="utf-8")
    assert "password" not in said
    assert "bk_" not in said
    assert (tree / ".env").read_text(encoding="utf-8") == environment
    assert (tree / "var" / "budgets.sqlite3").read_bytes() == database


def test_two_first_runs_at_once_make_one_login(tree: Path) -> None:
    ports = free_port(), free_port()
    with running(tree, ports[0]) as first, running(tree, ports[1]) as second:
        said = first.read_text(encoding="utf-8") + second.read_text(encoding="utf-8")
        for port in ports:
            assert status_of(f"http://127.0.0.1:{port}/admin/login/") == 200
    assert len(re.findall(r"password +\S+", said)) == 1
    assert "Error" not in said
