"""`manage.py demo [--users N] [--weeks N] [--seed N] [--url URL]`."""

import secrets
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from budgets.management.commands.set_up import LOGIN, alone, has_pending_migrations
from budgets.management.progress import ProgressBar
from budgets.services.demo.cast import USUAL_USERS
from budgets.services.demo.fill import USUAL_WEEKS, DatabaseInUseError, fill_demo

MAX_USERS, MAX_WEEKS = 20_000, 60
IN_USE = (
    "there are projects in this database already, and the demo's spend must not get among them: "
    "nothing was changed. `make demo` serves it on a database of its own."
)
WELCOME = """
{rule}
  The demo        {url}/admin/
  login           {login}
  password        {password}

  Made-up spend of made-up users. The password is shown this once.
{rule}
"""


class Command(BaseCommand):
    """Fills a fresh database with made-up spend, to look at and to try things on."""

    help = "Fill a fresh database with weeks of believable spend; refuses one in which there is any project."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Offer how much of it there is."""
        parser.add_argument(
            "--users", type=_between(1, MAX_USERS), default=USUAL_USERS, help="end users; default %(default)s"
        )
        parser.add_argument(
            "--weeks", type=_between(1, MAX_WEEKS), default=USUAL_WEEKS, help="weeks of spend; default %(default)s"
        )
        parser.add_argument("--seed", type=int, default=1, help="other figures for another number")
        parser.add_argument("--url", default=settings.LOCAL_URL, help="address to print")

    def handle(self, *args: Any, **options: Any) -> None:
        """Fill, and show the login where there was none. Raises CommandError where the database is in use."""
        with alone():
            if has_pending_migrations():
                call_command("migrate", interactive=False, verbosity=0)
            try:
                password = self._fill(options)
            except DatabaseInUseError:
                raise CommandError(IN_USE) from None
        if password is not None:
            self.stdout.write(WELCOME.format(rule="-" * 88, url=options["url"], login=LOGIN, password=password))

    def _fill(self, options: dict[str, Any]) -> str | None:
        """Fill; return the password of the login that was made, None where somebody could log in before."""
        with transaction.atomic():
            actor = User.objects.filter(is_superuser=True, is_active=True).order_by("pk").first()
            password = None if actor else secrets.token_urlsafe(15)
            filled = fill_demo(
                now=datetime.now(UTC),
                actor=actor or User.objects.create_superuser(LOGIN, password=password),
                seed=options["seed"],
                users=options["users"],
                weeks=options["weeks"],
                on_progress=ProgressBar(self.stdout, "Filling the demo"),
            )
        days = filled.weeks * 7
        self.stdout.write(f"demo: {filled.projects} projects, {filled.users} end users, {days} days of spend")
        return password


def _between(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not (text.isdecimal() and least <= int(text) <= most):
            raise ArgumentTypeError(f"must be a whole number between {least} and {most}")
        return int(text)

    return read
