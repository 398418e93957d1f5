"""What the health page says of the software: versions, settings, and which of them need a look."""

import platform
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import PackageNotFoundError, version

from django.conf import settings

import budgets


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of the page; `attention` says what is to be done about it, empty where nothing is."""

    name: str
    value: str
    attention: str = ""


def version_facts() -> list[Fact]:
    """This product and what it stands on. litellm is not imported for it, which would take seconds."""
    return [
        Fact("Budget server", budgets.__version__),
        Fact("Django", _version_of("django")),
        Fact("litellm (prices)", _version_of("litellm")),
        Fact("django-unfold", _version_of("django-unfold")),
        Fact("gunicorn", _version_of("gunicorn")),
        Fact("Python", platform.python_version()),
    ]


def _version_of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def setting_facts() -> list[Fact]:
    """How the workers of this instance are set up, as docs/configuration.md explains."""
    debug = "Shows code and data to visitors; set DJANGO_DEBUG=0." if settings.DEBUG else ""
    return [
        Fact("Worker processes", str(settings.WORKER_PROCESSES)),
        Fact("Posts at once in each", str(settings.POSTS_AT_ONCE)),
        Fact("Largest body", f"{settings.BUDGETS_MAX_BODY_BYTES // 1024**2} MiB"),
        Fact("A request may take", f"{settings.REQUEST_SECONDS} s to arrive"),
        Fact("Wait for the database", f"{settings.DATABASE_WAIT_SECONDS} s"),
        Fact("Proxies in front", str(settings.BUDGETS_TRUSTED_PROXIES)),
        Fact("HTTPS", "required" if settings.HTTPS else "not required"),
        Fact("Debug", "on" if settings.DEBUG else "off", debug),
    ]


def next_hourly(now: datetime, minute: int) -> datetime:
    """The next time that the clock shows that minute."""
    at = now.replace(minute=minute, second=0, microsecond=0)
    return at if at > now else at + timedelta(hours=1)


def reset_minute() -> int:
    """The minute of each hour at which cron runs the resets."""
    return int(settings.CRONJOBS[0][0].split()[0])


def size_words(size_bytes: int) -> str:
    """Such as "12.3 MB"."""
    size = float(size_bytes)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
