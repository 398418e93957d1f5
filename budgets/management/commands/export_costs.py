"""`manage.py export_costs --project NAME [--since] [--until] --format csv|json|jsonl`."""

import csv
import json
from argparse import ArgumentParser
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from budgets.domain.csv_cells import Figure, name_cell
from budgets.management.moments import moment
from budgets.management.output import ending_with_its_reader, printable
from budgets.queries.export_costs import FIELDS, export_rows
from budgets.queries.projects import find_project

NAMES = ("end_user", "model", "client")


class Command(BaseCommand):
    """Writes a project's ledger to standard output, entry by entry."""

    help = "Write a project's cost entries to standard output, oldest first."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the project, the span and the format."""
        parser.add_argument("--project", metavar="NAME", required=True)
        parser.add_argument("--since", type=moment, help="recorded at or after this date or time, UTC")
        parser.add_argument("--until", type=moment, help="recorded before this date or time, UTC")
        parser.add_argument("--format", choices=("csv", "json", "jsonl"), required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        """Stream the rows. Raises CommandError where there is no such project."""
        project = find_project(name=options["project"])
        if project is None:
            raise CommandError(f"there is no project {options['project']!r}")
        rows = export_rows(project=project, since=options["since"], until=options["until"])
        write = {"csv": self._write_csv, "json": self._write_json, "jsonl": self._write_jsonl}[options["format"]]
        with ending_with_its_reader():
            write(rows)

    def _write_csv(self, rows: Iterator[dict[str, str]]) -> None:
        # A terminal would obey what a name may hold; into a file or a pipe names go whole.
        write = printable if self.stdout.isatty() else str
        writer = csv.DictWriter(self.stdout, FIELDS, lineterminator="\r\n", quoting=csv.QUOTE_NONNUMERIC)
        writer.writeheader()
        for row in rows:
            names = {name: write(name_cell(row[name])) for name in NAMES}
            writer.writerow(row | names | {"cost_usd": Figure(row["cost_usd"])})

    def _write_json(self, rows: Iterator[dict[str, str]]) -> None:
        separator = "["
        for row in rows:
            self.stdout.write(f"{separator}\n{json.dumps(row)}", ending="")
            separator = ","
        self.stdout.write("[]" if separator == "[" else "\n]")

    def _write_jsonl(self, rows: Iterator[dict[str, str]]) -> None:
        for row in rows:
            self.stdout.write(json.dumps(row))
