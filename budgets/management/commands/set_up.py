"""What `make run` does before it serves: tables, and on the first run the admin login and an instance key."""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from budgets.models import ApiKey
from budgets.services.keys import create_key

LOGIN = "admin"
SET_UP_LOCK = 0x6275646765747300

WELCOME = """
{rule}
  The dashboard   {url}/admin/
  login           {login}
  password        {password}
  API key         {key}   (for every project on this server)

  These are shown this once. Keep them; the database holds only their hashes.
{rule}

Point litellm's BudgetManager at this server by its api_base, with a name for the client before the key:

from litellm import BudgetManager, completion

budget_manager = BudgetManager(
    project_name="my-project",
    client_type="hosted",
    api_base="{api_base}",
)
user = "1234"

# create a budget if new user
if not budget_manager.is_valid_user(user):
    budget_manager.create_budget(total_budget=10, user=user, duration="monthly")

# check if a given call can be made
if budget_manager.get_current_cost(user=user) <= budget_manager.get_total_budget(user):
    # without an OpenAI key, add mock_response="Hello!" to try it
    response = completion(model="gpt-3.5-turbo", messages=[{{"role": "user", "content": "Hey, how's it going?"}}])
    budget_manager.update_cost(completion_obj=response, user=user)
else:
    response = "Sorry - no budget!"
{rule}
"""


class Command(BaseCommand):
    """Safe to run again and at once with itself: who comes second makes nothing, and says where the dashboard is."""

    help = "Bring the tables up to date; on the first run make the admin login and an instance key, and show them once."

    def add_arguments(self, parser: CommandParser) -> None:
        """Offer the address to print."""
        parser.add_argument("--url", default=settings.LOCAL_URL)

    def handle(self, *args: Any, url: str, **options: Any) -> None:
        """Migrate where that is due, then greet on the first run."""
        with alone():
            if has_pending_migrations():
                self.stdout.write("Bringing the database up to date ...")
                call_command("migrate", interactive=False, verbosity=0)
            made = make_first_access(now=timezone.now())
        if made is None:
            self.stdout.write(f"The dashboard: {url}/admin/")
            return
        password, key = made
        scheme, _, host = url.partition("://")
        welcome = WELCOME.format(
            rule="-" * 88,
            url=url,
            login=LOGIN,
            password=password,
            key=key,
            api_base=f"{scheme}://worker-1:{key}@{host}",
        )
        self.stdout.write(welcome)
        self.stdout.flush()


@contextmanager
def alone() -> Iterator[None]:
    """Hold the block for one process at a time: Django's migrations are not safe at once with themselves."""
    if connection.vendor == "postgresql":
        # Ends with the connection, whatever becomes of this process.
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [SET_UP_LOCK])
        yield
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [SET_UP_LOCK])
    else:
        # The directory that holds the database: a lock that leaves no file behind.
        directory = os.open(Path(connection.settings_dict["NAME"]).parent, os.O_RDONLY)
        try:
            fcntl.flock(directory, fcntl.LOCK_EX)
            yield
        finally:
            os.close(directory)


def has_pending_migrations() -> bool:
    """Whether any migration is unapplied."""
    executor = MigrationExecutor(connection)
    return bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def make_first_access(*, now: datetime) -> tuple[str, str] | None:
    """Make the admin login and an instance key where nobody can get in yet; return the password and the key."""
    with transaction.atomic():
        if User.objects.exists() or ApiKey.objects.exists():
            return None
        password = secrets.token_urlsafe(15)
        admin = User.objects.create_superuser(LOGIN, password=password)
        _, key = create_key(label="made by set_up", project=None, expires_at=None, created_by=admin, now=now)
        return password, key
