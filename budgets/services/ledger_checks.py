"""Writes of ledger checks."""

from datetime import datetime

from budgets.models import LedgerCheck


def record_ledger_check(*, started_at: datetime, finished_at: datetime, violations: int) -> LedgerCheck:
    """Note a finished check of the whole instance."""
    return LedgerCheck.objects.create(started_at=started_at, finished_at=finished_at, violations=violations)
