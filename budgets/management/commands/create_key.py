"""`manage.py create_key (--project NAME | --instance) --label L [--expires DATE] [--json]`."""

import json
from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from budgets.management.moments import moment
from budgets.management.output import printable
from budgets.queries.projects import find_project
from budgets.services.keys import create_key


class Command(BaseCommand):
    """Makes an API key, shown this once."""

    help = "Make an API key for one project, or for the whole instance. It is shown once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the scope, the label, --expires and --json."""
        scope = parser.add_mutually_exclusive_group(required=True)
        scope.add_argument("--project", metavar="NAME", help="a key for this project alone")
        scope.add_argument("--instance", action="store_true", help="a key for every project, and to make new ones")
        parser.add_argument("--label", required=True, help="what the key is for, in the lists")
        parser.add_argument("--expires", metavar="DATE", type=moment, help="2027-01-31 or 2027-01-31T12:00, UTC")
        parser.add_argument("--json", action="store_true", help='make the last line {"project": ..., "api_key": ...}')

    def handle(self, *args: Any, **options: Any) -> None:
        """Make the key. Raises CommandError where there is no such project, or the label or the date is refused."""
        project, now = None, datetime.now(UTC)
        if options["project"] is not None:
            project = find_project(name=options["project"])
            if project is None:
                raise CommandError(f"there is no project {options['project']!r}; make it with create_project")
        if options["expires"] is not None and options["expires"] <= now:
            raise CommandError("--expires is in the past")
        try:
            _, secret = create_key(
                label=options["label"], project=project, expires_at=options["expires"], created_by=None, now=now
            )
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        if options["json"]:
            self.stdout.write(json.dumps({"project": project.name if project else None, "api_key": secret}))
        else:
            scope = f"project {printable(project.name)}" if project else "the whole instance"
            self.stdout.write(f"key for {scope}, shown this once: {secret}")
