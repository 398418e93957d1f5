"""Writes that end a budget window: because it is due, or because someone says so (design R7, R12)."""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import DatabaseError, transaction

from budgets.models import EndUser, Period, Project, ResetRun
from budgets.models.period import CloseReason
from budgets.services.ledger import LedgerBatch

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet

logger = logging.getLogger(__name__)
# Users rolled in one transaction: enough to be quick, few enough that no client waits long for their locks.
BATCH_SIZE = 500


class PeriodGoneError(Exception):
    """The period that was to be closed is closed already."""


@dataclass(frozen=True, slots=True)
class RollResult:
    """How many periods were rolled, and how many users' could not be."""

    rolled: int
    failed: int


def due_periods(now: datetime) -> "QuerySet[Period]":
    """The open periods whose duration has elapsed, those of archived users apart."""
    return Period.objects.filter(ends_at=None, due_at__lte=now, end_user__archived_at=None)


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


def roll_if_due(*, end_user: EndUser, now: datetime) -> bool:
    """Roll the user's period if its duration has elapsed; say whether it had."""
    return _roll(end_user.project, [end_user.pk], now) == 1


def roll_due_of_project(*, project: Project, now: datetime) -> int:
    """Roll the project's due periods; return how many. What another process rolls meanwhile is left to it."""
    due = due_periods(now).filter(project=project).values_list("end_user_id", flat=True)
    return _roll_each_batch(project, list(due), now).rolled


def roll_all_due(*, now: datetime) -> RollResult:
    """Roll every due period of the instance. A user whose period cannot be rolled is logged and stops nobody else."""
    rolled = failed = 0
    for project in Project.objects.filter(end_users__in=due_periods(now).values("end_user")).distinct():
        due = due_periods(now).filter(project=project).values_list("end_user_id", flat=True)
        result = _roll_each_batch(project, list(due), now)
        rolled, failed = rolled + result.rolled, failed + result.failed
    return RollResult(rolled, failed)


def record_reset_run(*, started_at: datetime, finished_at: datetime, result: RollResult) -> ResetRun:
    """Note a finished run of the reset command, so that a silent cron is seen."""
    return ResetRun.objects.create(
        started_at=started_at, finished_at=finished_at, rolled=result.rolled, failed=result.failed
    )


def _roll_each_batch(project: Project, end_user_ids: list[int], now: datetime) -> RollResult:
    rolled = failed = 0
    for at in range(0, len(end_user_ids), BATCH_SIZE):
        some = end_user_ids[at : at + BATCH_SIZE]
        try:
            rolled += _roll(project, some, now)
        except (DatabaseError, Period.DoesNotExist, KeyError, ValueError):
            result = _roll_one_by_one(project, some, now)
            rolled, failed = rolled + result.rolled, failed + result.failed
    return RollResult(rolled, failed)


def _roll_one_by_one(project: Project, end_user_ids: list[int], now: datetime) -> RollResult:
    rolled = failed = 0
    for end_user_id in end_user_ids:
        try:
            rolled += _roll(project, [end_user_id], now)
        except (DatabaseError, Period.DoesNotExist, KeyError, ValueError):
            logger.exception("the due period of end user %d could not be rolled", end_user_id)
            failed += 1
    return RollResult(rolled, failed)


def _roll(project: Project, end_user_ids: list[int], now: datetime) -> int:
    with transaction.atomic():
        batch = LedgerBatch(project, now)
        # Due is asked again under the lock: of two runs at once, one finds nothing left to do.
        rolled = sum(batch.roll_if_due(account) for account in batch.lock(end_user_ids).values())
        batch.save()
    return rolled
