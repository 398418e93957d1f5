"""`manage.py reset_budgets [--dry-run]`: what cron runs."""

from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from budgets.management.progress import ProgressBar
from budgets.queries.late_resets import due_periods
from budgets.services.kept_figures import keep_figures
from budgets.services.rolls import record_reset_run, roll_all_due
from budgets.services.settlement import settle_spend


class Command(BaseCommand):
    """Rolls every period whose duration has elapsed. Safe to run twice, or on two machines at once."""

    help = "Begin a new period for every end user whose budget's duration has elapsed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add --dry-run."""
        parser.add_argument("--dry-run", action="store_true", help="count what is due and change nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        """Roll, with a bar on a terminal, note the run, add up what pages read, and print one line.

        Raises CommandError where some user's period could not be rolled.
        """
        now = datetime.now(UTC)
        if options["dry_run"]:
            self.stdout.write(f"reset_budgets: {due_periods(now=now).count()} due, nothing changed (dry run)")
            return
        result = roll_all_due(now=now, on_progress=ProgressBar(self.stdout, "Resetting"))
        # Cron has no terminal.
        by_hand = self.stdout.isatty()
        record_reset_run(started_at=now, finished_at=datetime.now(UTC), result=result, by_hand=by_hand)
        settle_spend(now=now)
        keep_figures(now=datetime.now(UTC))
        summary = f"reset_budgets: {result.rolled} reset, {result.failed} failed"
        if result.failed:
            raise CommandError(summary)
        self.stdout.write(summary)
