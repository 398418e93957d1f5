"""The environment's readers, and what the settings make of it."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from budgetsite import environment
from budgetsite.environment import BASE_DIR, cookie_suffix

SECRET = "s" * 30 + "ecret" * 10
PRINT_DATABASE = "from django.conf import settings; print(settings.DATABASES['default'])"


def manage(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run manage.py with these variables alone."""
    plain = {"PATH": os.environ["PATH"], "BUDGETS_ENV_FILE": os.devnull}
    return subprocess.run(
        [sys.executable, str(BASE_DIR / "manage.py"), *arguments],
        env={**plain, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(("value", "expected"), [("1", True), ("Yes", True), ("off", False), ("", False)])
def test_switches(monkeypatch: pytest.MonkeyPatch, value: str, expected: bool) -> None:
    monkeypatch.setenv("SWITCH", value)
    assert environment.env_bool("SWITCH", default=not expected) is expected


def test_an_odd_switch_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SWITCH", "maybe")
    with pytest.raises(ImproperlyConfigured, match="SWITCH must be 1 or 0, not 'maybe'"):
        environment.env_bool("SWITCH", default=True)


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "x", "²"])
def test_odd_numbers_are_refused_by_name(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("NUMBER", value)
    with pytest.raises(ImproperlyConfigured, match="NUMBER must be a whole number of at least 1"):
        environment.env_int("NUMBER", 7, minimum=1)


def test_an_empty_number_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBER", "")
    assert environment.env_int("NUMBER", 7, minimum=1) == 7


def test_lists_drop_blanks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOSTS", " a.example, ,b.example")
    assert environment.env_list("HOSTS", []) == ["a.example", "b.example"]


def test_a_secret_has_no_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SECRET", raising=False)
    with pytest.raises(ImproperlyConfigured, match="SECRET is not set"):
        environment.env_secret("SECRET")


def test_the_file_fills_in_what_is_not_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "env"
    path.write_text("# A=comment\nA=1\nB = 'two words'\n\nnonsense\nC=x=y\n", encoding="utf-8")
    monkeypatch.setattr(os, "environ", {"A": "already", "BUDGETS_ENV_FILE": str(path)})
    environment.load_dotenv()
    assert os.environ == {"A": "already", "B": "two words", "C": "x=y", "BUDGETS_ENV_FILE": str(path)}


def test_the_written_file_is_private_and_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    assert environment.write_dotenv(path)
    text = path.read_text(encoding="utf-8")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(text.partition("DJANGO_SECRET_KEY=")[2].splitlines()[0]) >= 50
    assert not environment.write_dotenv(path)
    assert path.read_text(encoding="utf-8") == text
    assert list(tmp_path.iterdir()) == [path]


def test_a_sqlite_path_gets_its_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/new/budgets.sqlite3")
    assert environment.env_database("DATABASE_URL", "")["NAME"] == f"{tmp_path}/new/budgets.sqlite3"
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


def test_a_relative_sqlite_path_counts_from_the_project(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    database = environment.env_database("UNSET_URL", "sqlite:///var/budgets.sqlite3")
    assert database["NAME"] == str(BASE_DIR / "var" / "budgets.sqlite3")


@pytest.mark.parametrize("url", ["mysql://localhost/x", "nonsense", "oracle://x"])
def test_other_databases_are_refused_by_name(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL"):
        environment.env_database("DATABASE_URL", "")


def test_postgresql_is_pooled_by_the_pool_alone() -> None:
    url = "postgresql://me:pw@db.example:5433/budgets?sslmode=require"
    done = manage("shell", "-v0", "-c", PRINT_DATABASE, DJANGO_SECRET_KEY=SECRET, DATABASE_URL=url, DATABASE_POOL="1")
    assert "'CONN_MAX_AGE': 0" in done.stdout, done.stderr
    assert "'pool': {'min_size': 1, 'max_size': 1, 'timeout': 10, 'reconnect_timeout': 10, 'conn" in done.stdout
    assert "'connection_class': <class 'budgetsite.pooled.PooledConnection'>}" in done.stdout
    assert "'prepare_threshold': 5" in done.stdout
    assert "'options': '-c lock_timeout=10s'" in done.stdout
    assert "'sslmode': 'require'" in done.stdout


def test_statements_are_not_prepared_behind_a_pooler_that_cannot_keep_them() -> None:
    url = "postgresql://me@db.example/budgets"
    done = manage(
        "shell", "-v0", "-c", PRINT_DATABASE, DJANGO_SECRET_KEY=SECRET, DATABASE_URL=url, DATABASE_PREPARE="0"
    )
    assert "'prepare_threshold': None" in done.stdout, done.stderr


def test_what_the_url_says_of_locks_wins() -> None:
    url = "postgresql://me@db.example/budgets?options=-c%20lock_timeout%3D3s"
    done = manage("shell", "-v0", "-c", PRINT_DATABASE, DJANGO_SECRET_KEY=SECRET, DATABASE_URL=url)
    assert "'options': '-c lock_timeout=10s -c lock_timeout=3s'" in done.stdout, done.stderr


def test_sqlite_waits_for_a_lock_as_long_as_it_is_told_to() -> None:
    done = manage("shell", "-v0", "-c", PRINT_DATABASE, DJANGO_SECRET_KEY=SECRET, DATABASE_WAIT_SECONDS="3")
    assert "'timeout': 3" in done.stdout, done.stderr


def test_without_a_secret_nothing_starts() -> None:
    done = manage("check")
    assert done.returncode != 0
    assert "DJANGO_SECRET_KEY is not set" in done.stderr


def test_production_passes_djangos_own_check() -> None:
    done = manage(
        "check",
        "--deploy",
        "--fail-level=WARNING",
        DJANGO_SECRET_KEY=SECRET,
        DJANGO_HTTPS="1",
        DJANGO_ALLOWED_HOSTS="budgets.example.com",
    )
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


def test_the_migrations_match_the_models() -> None:
    done = manage("makemigrations", "--check", "--dry-run", DJANGO_SECRET_KEY=SECRET)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("database", "suffix"),
    [
        ("/srv/var/budgets.sqlite3", ""),
        ("/srv/var/demo.sqlite3", "demo"),
        ("/srv/a; b=ü.sqlite3", "ab"),
        (":memory:", "memory"),
    ],
)
def test_the_cookies_of_another_database_have_another_name(database: str, suffix: str) -> None:
    assert cookie_suffix(database) == suffix
