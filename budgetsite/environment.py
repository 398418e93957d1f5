"""The environment, read strictly: an odd value stops the start with a sentence that names it."""

import os
import secrets
from pathlib import Path
from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}
SQLITE = "django.db.backends.sqlite3"
POSTGRESQL = "django.db.backends.postgresql"


def env_file() -> Path:
    """The file that stands in for the environment where there is none, as under cron."""
    return Path(os.environ.get("BUDGETS_ENV_FILE") or BASE_DIR / ".env").absolute()


def load_dotenv() -> None:
    """Put the `NAME=value` lines of the environment file into the environment; what is set already wins."""
    path = env_file()
    if not path.is_file():
        return
    for line in path.read_text(encoding="utf-8").splitlines():
        name, separator, value = line.strip().partition("=")
        if separator and not name.startswith("#"):
            os.environ.setdefault(name.strip(), value.strip().strip("'\""))


def write_dotenv(path: Path) -> bool:
    """Write .env.example to `path`, for its owner's eyes alone, with a fresh secret; False where it exists already."""
    secret_line = f"DJANGO_SECRET_KEY={secrets.token_urlsafe(50)}"
    text = (BASE_DIR / ".env.example").read_text(encoding="utf-8").replace("DJANGO_SECRET_KEY=", secret_line, 1)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        # A link, unlike a rename, never replaces the file that another process has just made.
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True


def env_str(name: str, default: str) -> str:
    """The variable, or `default` where it is unset or empty."""
    return os.environ.get(name) or default


def env_secret(name: str) -> str:
    """The variable, which has no default. Raises ImproperlyConfigured where it is missing."""
    value = os.environ.get(name, "")
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. `make run` writes one into .env; elsewhere, set it yourself.")
    return value


def env_bool(name: str, *, default: bool) -> bool:
    """A switch: 1/true/yes/on or 0/false/no/off. Raises ImproperlyConfigured on anything else."""
    value = os.environ.get(name)
    if value is None:
        return default
    if value.lower() in TRUE:
        return True
    if value.lower() in FALSE:
        return False
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}")


def env_int(name: str, default: int, *, minimum: int) -> int:
    """A whole number. Raises ImproperlyConfigured on anything else, or below `minimum`."""
    value = os.environ.get(name) or str(default)
    if not value.isascii() or not value.isdigit() or int(value) < minimum:
        raise ImproperlyConfigured(f"{name} must be a whole number of at least {minimum}, not {value!r}")
    return int(value)


def env_list(name: str, default: list[str]) -> list[str]:
    """A comma-separated list, blanks dropped."""
    value = os.environ.get(name)
    return [part.strip() for part in value.split(",") if part.strip()] if value else default


def env_database(name: str, default: str) -> dict[str, Any]:
    """Django's settings of a SQLite or PostgreSQL database URL. Raises ImproperlyConfigured on any other.

    A relative SQLite path counts from the project, not from wherever cron or a service starts; its directory is made.
    """
    try:
        database: dict[str, Any] = dict(dj_database_url.parse(env_str(name, default)))
    except ValueError as error:
        # Without the cause: what could not be parsed may be part of the password.
        raise ImproperlyConfigured(f"{name} is not a database URL: {error}") from None
    if database["ENGINE"] not in {SQLITE, POSTGRESQL}:
        raise ImproperlyConfigured(f"{name} must begin with sqlite:/// or postgresql://")
    if database["ENGINE"] == SQLITE and database["NAME"] != ":memory:":
        path = BASE_DIR / database["NAME"]
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        database["NAME"] = str(path)
    return database


def cookie_suffix(database: str) -> str:
    """What sets the cookies of a SQLite database apart from those of the usual one; empty for that one."""
    stem = "".join(letter for letter in Path(database).stem if letter.isascii() and letter.isalnum())
    return "" if stem == "budgets" else stem
