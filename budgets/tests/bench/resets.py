"""`reset_budgets` with a tenth of the users due, against the same written by hand in SQL."""

import os
import shutil
import statistics
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from budgets.tests.bench.contenders import Contender
from budgets.tests.bench.many_due import ONE_IN_IS_DUE
from budgets.tests.bench.measure import table
from budgets.tests.harness.server import make_database

COLUMNS = (
    "users",
    "due",
    "ours s",
    "of it resetting",
    "by hand s",
    "ours / by hand",
    "spread of it",
    "resetting / by hand",
    "ours, most MB",
    "MB before it began",
)
WAYS = ("by_command", "by_rolls", "by_hand")
CHILD = "import django; django.setup(); from budgets.tests.bench import many_due; many_due.{call}"


@dataclass(frozen=True, slots=True)
class Run:
    """One run in a process of its own: its seconds, its resident memory, and a digest of what it left behind."""

    seconds: float
    before_mb: float
    most_mb: float
    left: str


def resets(ours: Contender, directory: Path, sizes: Sequence[int], rounds: int) -> None:
    """Print what both take, in turn, each time on a fresh copy of a database of each size."""
    directory.mkdir()
    rows = []
    for users in sizes:
        with _filled(ours, directory, users) as filled:
            found = [[_run(filled, way) for way in WAYS] for _ in range(rounds)]
        assert len({one.left for runs in found for one in runs}) == 1, "they leave different rows behind"
        rows.append(_row(users, found))
    table("reset_budgets, a tenth of the users due", COLUMNS, rows)


def _row(users: int, rounds: Sequence[Sequence[Run]]) -> list[str]:
    ours, resetting, by_hand = zip(*rounds, strict=True)
    ratios = [one.seconds / other.seconds for one, other in zip(ours, by_hand, strict=True)]
    return [
        f"{users:,}",
        f"{users // ONE_IN_IS_DUE:,}",
        *(f"{_seconds(runs):.2f}" for runs in (ours, resetting, by_hand)),
        f"{statistics.median(ratios):.2f}",
        f"{min(ratios):.2f}-{max(ratios):.2f}",
        f"{_seconds(resetting) / _seconds(by_hand):.2f}",
        f"{max(one.most_mb for one in ours):.0f}",
        f"{max(one.before_mb for one in ours):.0f}",
    ]


def _seconds(runs: Sequence[Run]) -> float:
    return statistics.median(one.seconds for one in runs)


def _run(filled: Contender, way: str) -> Run:
    with _copy(filled) as copy:
        seconds, before_mb, most_mb, left = copy.python(CHILD.format(call=f"tell(many_due.{way})")).split()
    return Run(float(seconds), float(before_mb), float(most_mb), left)


@contextmanager
def _filled(ours: Contender, directory: Path, users: int) -> Iterator[Contender]:
    """The product on a database with so many users, until the block ends."""
    filled = _on(ours, make_database(directory))
    try:
        filled.python(CHILD.format(call=f"fill({users})"))
        yield filled
    finally:
        _drop(_url(filled))


@contextmanager
def _copy(filled: Contender) -> Iterator[Contender]:
    """The product on a copy of the database, until the block ends."""
    url = _url(filled)
    copy = f"{url}_copy"
    if url.startswith("sqlite"):
        shutil.copyfile(_path(url), _path(copy))
    else:
        _on_cluster(f'CREATE DATABASE "{_name(copy)}" TEMPLATE "{_name(url)}" STRATEGY FILE_COPY')
    try:
        yield _on(filled, copy)
    finally:
        _drop(copy)


def _on(ours: Contender, url: str) -> Contender:
    return replace(ours, environment=ours.environment | {"DATABASE_URL": url})


def _url(contender: Contender) -> str:
    return contender.environment["DATABASE_URL"]


def _drop(url: str) -> None:
    if url.startswith("sqlite"):
        for suffix in ("", "-wal", "-shm"):
            Path(f"{_path(url)}{suffix}").unlink(missing_ok=True)
    else:
        _on_cluster(f'DROP DATABASE IF EXISTS "{_name(url)}"')


def _path(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


def _name(url: str) -> str:
    return urlsplit(url).path.removeprefix("/")


def _on_cluster(statement: str) -> None:
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as cluster:
        cluster.execute(statement.encode())
