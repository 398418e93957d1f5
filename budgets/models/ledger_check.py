"""Runs of the ledger check, so that its last result can be shown."""

from django.db import models

from budgets.models.row import Row


class LedgerCheck(Row):
    """One finished run of `verify_ledger` over the whole instance."""

    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    violations = models.PositiveIntegerField(help_text="Broken invariants found; 0 is a sound ledger.")

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.finished_at:%Y-%m-%d %H:%M} UTC"
