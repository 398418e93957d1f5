"""Writes that end a budget window because someone says so (design R7)."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from budgets.models import EndUser, Period
from budgets.models.period import CloseReason
from budgets.services.ledger import LedgerBatch

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class PeriodGoneError(Exception):
    """The period that was to be closed is closed already."""


def reset_cost(
    *,
    end_user: EndUser,
    close_reason: CloseReason,
    actor: "User | None",
    note: str,
    now: datetime,
    period_id: int | None = None,
) -> Period:
    """Close the user's open period, whatever was spent in it, and return the one that begins at `now`.

    Raises PeriodGoneError where a `period_id` is given and another period is open.
    """
    with transaction.atomic():
        batch = LedgerBatch(end_user.project, now)
        account = batch.lock([end_user.pk])[end_user.pk]
        if period_id is not None and account.period.pk != period_id:
            raise PeriodGoneError
        batch.roll_if_due(account)
        # Rolled this instant: closing what has just begun would leave an empty period behind.
        if account.period.pk is not None:
            batch.close_period(
                account, close_reason, opens_at=max(now, account.period.starts_at), actor=actor, note=note
            )
        batch.save()
    return account.period
