"""The three backends that are measured side by side, each under the product's own gunicorn settings."""

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import psycopg

from budgets.tests.harness.gunicorn import Gunicorn
from budgets.tests.harness.server import BudgetServer, free_port, make_database
from budgetsite.environment import BASE_DIR

Name = Literal["floor", "naive", "ours"]
MODULES: dict[Name, tuple[str, str]] = {
    "floor": ("budgets.tests.bench.floor", "make_tables"),
    "naive": ("budgets.tests.bench.last_dict_wins", "make_table"),
}

SETTINGS = {"DJANGO_SETTINGS_MODULE": "budgetsite.settings"}


@dataclass(frozen=True)
class Contender:
    """A running backend: where it listens, what opens it, and its gunicorn."""

    name: Name
    port: int
    key: str
    gunicorn: Gunicorn
    environment: dict[str, str]

    def python(self, code: str) -> str:
        """Run Python beside the backend, in its environment; return what it printed."""
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=BASE_DIR, env=self.environment, capture_output=True, text=True, check=True
        )
        return done.stdout

    def analyze(self) -> None:
        """What PostgreSQL does by itself within a minute of many new rows: look at how many there are."""
        if not is_on_sqlite(self):
            with psycopg.connect(self.environment["DATABASE_URL"], autocommit=True) as connection:
                connection.execute("ANALYZE")


def is_on_sqlite(contender: Contender) -> bool:
    """Otherwise it is PostgreSQL."""
    return contender.environment["DATABASE_URL"].startswith("sqlite")


@contextmanager
def our_backend(directory: Path) -> Iterator[Contender]:
    """The product, on a database of its own, until the block ends."""
    directory.mkdir()
    server = BudgetServer(directory, make_database(directory))
    try:
        yield Contender("ours", server.port, server.key, server.gunicorn, server.environment | SETTINGS)
    finally:
        server.stop()


@contextmanager
def other_backend(name: Name, directory: Path) -> Iterator[Contender]:
    """The floor or the naive backend, until the block ends; the worker class reads its bounds from our settings."""
    directory.mkdir()
    module, make_tables = MODULES[name]
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(directory),
        "DATABASE_URL": make_database(directory),
        "PORT": str(free_port()),
        "WEB_CONCURRENCY": "2",
        "BUDGETS_ENV_FILE": str(directory / "none.env"),
        "DJANGO_SECRET_KEY": secrets.token_urlsafe(50),
    } | SETTINGS
    gunicorn = Gunicorn(environment, directory / "gunicorn.log", f"{module}:app")
    contender = Contender(name, gunicorn.port, "none", gunicorn, environment)
    contender.python(f"from {module} import {make_tables}; {make_tables}()")
    gunicorn.start()
    try:
        yield contender
    finally:
        gunicorn.stop()
