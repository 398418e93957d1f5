"""`manage.py settle_spend [--anew]`."""

from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand

from budgets.services.settlement import settle_spend


class Command(BaseCommand):
    """Adds up the days that are over, as `reset_budgets` does too. Safe to run twice, or on two machines at once."""

    help = "Add up the UTC days and months that are over, which charts of long ranges read."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add --anew."""
        parser.add_argument("--anew", action="store_true", help="forget the sums and add up all days again")

    def handle(self, *args: Any, **options: Any) -> None:
        """Settle, and print one line."""
        days = settle_spend(now=datetime.now(UTC), anew=options["anew"])
        self.stdout.write(f"settle_spend: {days} days settled")
