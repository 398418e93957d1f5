"""`manage.py create_project NAME [--json]`."""

import json
from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from budgets.management.output import printable
from budgets.services.keys import create_key
from budgets.services.projects import create_project


class Command(BaseCommand):
    """Makes a project and a key for it; the key is shown this once."""

    help = "Make a project and a key that opens it alone. The key is shown once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the name and --json."""
        parser.add_argument("name", metavar="NAME", help="what litellm calls project_name")
        parser.add_argument("--json", action="store_true", help='make the last line {"project": ..., "api_key": ...}')

    def handle(self, *args: Any, **options: Any) -> None:
        """Make both, or neither. Raises CommandError where the name is refused."""
        name, now = options["name"], datetime.now(UTC)
        try:
            with transaction.atomic():
                project = create_project(name=name, now=now)
                _, secret = create_key(
                    label=f"{name}"[:100], project=project, expires_at=None, created_by=None, now=now
                )
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        if options["json"]:
            self.stdout.write(json.dumps({"project": name, "api_key": secret}))
        else:
            self.stdout.write(f"project {printable(name)} made; its key, shown this once: {secret}")
