"""Rolling the periods that are due, however many, set by set (design R12). A post rolls its own users by itself."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.db import DatabaseError, transaction
from django.db.models import F, Q, QuerySet

from budgets.domain.periods import is_due, next_window
from budgets.models import EndUser, Period, Project, ResetRun
from budgets.models.period import CloseReason
from budgets.queries.late_resets import due_periods
from budgets.services.bulk import insert_rows, update_rows

logger = logging.getLogger(__name__)
# Users rolled in one transaction: enough to be quick, few enough that no client waits long for their locks.
BATCH_SIZE = 2_000
OnProgress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class RollResult:
    """How many periods were rolled, and how many users' could not be."""

    rolled: int
    failed: int


class _Open(NamedTuple):
    """An open period with its user's version and terms; money in nano-USD, duration in days."""

    pk: int
    project_id: int
    end_user_id: int
    starts_at: datetime
    due_at: datetime | None
    version: int
    duration_days: int | None
    limit_nanousd: int | None


_OPEN = ("pk", "project_id", "end_user_id", "starts_at", "due_at")
_OF_USER = ("end_user__version", "end_user__budget__duration_days", "end_user__budget__total_budget_nanousd")


def roll_all_due(*, now: datetime, on_progress: OnProgress = lambda _done, _of: None) -> RollResult:
    """Roll every due period of the instance. A user whose period cannot be rolled is logged and stops nobody else.

    `on_progress` is told how many of how many are done.
    """
    due = due_periods(now=now)
    rolled = failed = done = 0
    # Others may come to be due, or be rolled by somebody else, meanwhile.
    expected = due.count()
    for end_user_ids in _batches(due):
        result = _roll_each(end_user_ids, now)
        rolled, failed, done = rolled + result.rolled, failed + result.failed, done + len(end_user_ids)
        on_progress(done, max(done + 1, expected))
    if done:
        on_progress(done, done)
    return RollResult(rolled, failed)


def roll_if_due(*, end_user: EndUser, now: datetime) -> bool:
    """Roll the user's period if its duration has elapsed; say whether it had."""
    return _roll([end_user.pk], now) == 1


def roll_due_of_project(*, project: Project, now: datetime) -> int:
    """Roll the project's due periods; return how many. What another process rolls meanwhile is left to it."""
    due = due_periods(now=now).filter(project=project)
    return sum(_roll_each(end_user_ids, now).rolled for end_user_ids in _batches(due))


def record_reset_run(*, started_at: datetime, finished_at: datetime, result: RollResult) -> ResetRun:
    """Note a finished run of the reset command, so that a silent cron is seen."""
    return ResetRun.objects.create(
        started_at=started_at, finished_at=finished_at, rolled=result.rolled, failed=result.failed
    )


def _batches(due: QuerySet[Period]) -> Iterator[list[int]]:
    """The ids of the users whose periods are due, the longest due first; each once, even where it cannot be rolled."""
    ordered = due.order_by("due_at", "pk").values_list("due_at", "pk", "end_user_id")
    after = Q()
    while some := list(ordered.filter(after)[:BATCH_SIZE]):
        due_at, pk, _ = some[-1]
        after = Q(due_at__gte=due_at) & (Q(due_at__gt=due_at) | Q(pk__gt=pk))
        yield [end_user_id for _, _, end_user_id in some]


def _roll_each(end_user_ids: Sequence[int], now: datetime) -> RollResult:
    try:
        return RollResult(_roll(end_user_ids, now), 0)
    except (DatabaseError, ValueError):
        return _roll_one_by_one(end_user_ids, now)


def _roll_one_by_one(end_user_ids: Sequence[int], now: datetime) -> RollResult:
    rolled = failed = 0
    for end_user_id in end_user_ids:
        try:
            rolled += _roll([end_user_id], now)
        except (DatabaseError, ValueError):
            logger.exception("the due period of end user %d could not be rolled", end_user_id)
            failed += 1
    return RollResult(rolled, failed)


def _roll(end_user_ids: Sequence[int], now: datetime) -> int:
    """Roll those of the users' open periods that are due; return how many were.

    The users are locked in the order of their ids, as a `LedgerBatch` does, and due is asked again under the lock: of
    two runs at once, one finds nothing left to do.
    """
    with transaction.atomic():
        users = EndUser.objects.filter(pk__in=end_user_ids)
        locked = list(users.order_by("pk").select_for_update(no_key=True).values_list("pk", flat=True))
        periods = Period.objects.filter(end_user__in=locked, ends_at=None).order_by("end_user")
        rows = (_Open(*row) for row in periods.values_list(*_OPEN, *_OF_USER))
        due = [one for one in rows if is_due(one.due_at, now)]
        opened = [_successor(one, now) for one in due]
        closed = [_closed(one, then.starts_at) for one, then in zip(due, opened, strict=True)]
        update_rows(closed, ["ends_at", "close_reason", "limit_nanousd"])
        insert_rows(opened)
        EndUser.objects.filter(pk__in=[one.end_user_id for one in due]).update(version=F("version") + 1)
    return len(due)


def _successor(one: _Open, now: datetime) -> Period:
    opens_at, due_at = next_window(one.starts_at, one.duration_days, now)
    return Period(
        project_id=one.project_id,
        end_user_id=one.end_user_id,
        starts_at=opens_at,
        due_at=due_at,
        limit_nanousd=one.limit_nanousd,
        opened_version=one.version + 1,
    )


def _closed(one: _Open, ends_at: datetime) -> Period:
    return Period(pk=one.pk, ends_at=ends_at, close_reason=CloseReason.DUE, limit_nanousd=one.limit_nanousd)
