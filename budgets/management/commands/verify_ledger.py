"""`manage.py verify_ledger [--project NAME]`."""

from argparse import ArgumentParser
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from budgets.management.output import printable
from budgets.queries.projects import find_project
from budgets.queries.snapshot import one_moment
from budgets.queries.verify_ledger import Violation, violations
from budgets.services.ledger_checks import record_ledger_check

MAX_SHOWN = 1_000


class Command(BaseCommand):
    """Checks the ledger's invariants against its entries."""

    help = "Check the ledger's invariants; exit 1 and print a table where one is broken."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add --project."""
        parser.add_argument("--project", metavar="NAME", help="check this project alone")

    def handle(self, *args: Any, **options: Any) -> None:
        """Check, note the result of a whole check, and print it. Raises CommandError where an invariant is broken."""
        project, started_at = None, datetime.now(UTC)
        if options["project"] is not None:
            project = find_project(name=options["project"])
            if project is None:
                raise CommandError(f"there is no project {options['project']!r}")
        with one_moment():
            broken = list(islice(violations(project=project), MAX_SHOWN))
        if project is None:
            record_ledger_check(started_at=started_at, finished_at=datetime.now(UTC), violations=len(broken))
        if broken:
            self._print(broken)
            more = " or more" if len(broken) == MAX_SHOWN else ""
            raise CommandError(f"verify_ledger: {len(broken)}{more} broken invariants")
        self.stdout.write(f"verify_ledger: sound ({printable(options['project'] or 'every project')})")

    def _print(self, broken: list[Violation]) -> None:
        rows: list[tuple[str, ...]] = [("invariant", "project", "what", "expected", "found")]
        # Names of projects and models are the clients' own choice.
        rows += [
            (str(one.invariant), *map(printable, (one.project, one.subject, one.expected, one.found))) for one in broken
        ]
        widths = [max(len(row[column]) for row in rows) for column in range(5)]
        for row in rows:
            self.stdout.write("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
