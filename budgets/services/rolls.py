"""Rolling the periods that are due, however many, set by set (design R12). A post rolls its own users by itself."""

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import DataError, IntegrityError, InterfaceError, OperationalError, transaction
from django.db.models import Q, QuerySet

from budgets.domain.periods import is_due, next_window
from budgets.models import EndUser, Period, ResetRun
from budgets.models.prepared import Among, Prepared
from budgets.queries.late_resets import due_periods
from budgets.services.next_windows import NextWindow, write_next_windows

logger = logging.getLogger(__name__)
# Users rolled in one transaction: enough to be quick, few enough that no client waits long for their locks.
BATCH_SIZE = 2_000
# What one user's rows can be to blame for.
ROW_ERRORS = (IntegrityError, DataError, ValueError)
# Ids read at once. More than a batch, for what is due at about the same time lies all over the tables: of these, each
# batch is of users near one another. And however many are due at one moment, PostgreSQL sorts them for each read.
READ_AT_ONCE = 10 * BATCH_SIZE
OnProgress = Callable[[int, int], None]

_LOCKED_USERS = Prepared(
    lambda: (
        EndUser.objects.filter(Among("pk", "ids"), archived_at=None)
        .order_by("pk")
        .select_for_update(no_key=True)
        .values_list("pk")
    )
)
_OPEN_PERIODS = Prepared(
    lambda: Period.objects.filter(Among("end_user", "ids"), ends_at=None).values_list(
        "pk", "starts_at", "due_at", "end_user__budget__duration_days"
    )
)


@dataclass(frozen=True, slots=True)
class RollResult:
    """How many periods were rolled, and how many users' could not be."""

    rolled: int
    failed: int


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


def roll_due_of_project(*, project_id: int, now: datetime) -> int:
    """Roll the project's due periods; return how many. What another process rolls meanwhile is left to it."""
    due = due_periods(now=now).filter(project=project_id)
    return sum(_roll_each(end_user_ids, now).rolled for end_user_ids in _batches(due))


def record_reset_run(
    *, started_at: datetime, finished_at: datetime, result: RollResult, by_hand: bool = False
) -> ResetRun:
    """Note a finished run of the reset command, so that a silent cron is seen; `by_hand` ones tell nothing of it."""
    return ResetRun.objects.create(
        started_at=started_at, finished_at=finished_at, rolled=result.rolled, failed=result.failed, by_hand=by_hand
    )


def _batches(due: QuerySet[Period]) -> Iterator[list[int]]:
    """The ids of the users whose periods are due, the longest due first; each once, even where it cannot be rolled."""
    ordered = due.order_by("due_at", "pk").values_list("due_at", "pk", "end_user_id")
    after = Q()
    while some := list(ordered.filter(after)[:READ_AT_ONCE]):
        due_at, pk, _ = some[-1]
        after = Q(due_at__gte=due_at) & (Q(due_at__gt=due_at) | Q(pk__gt=pk))
        end_user_ids = sorted(end_user_id for _, _, end_user_id in some)
        for at in range(0, len(end_user_ids), BATCH_SIZE):
            yield end_user_ids[at : at + BATCH_SIZE]


def _roll_each(end_user_ids: Sequence[int], now: datetime) -> RollResult:
    try:
        return RollResult(_roll(end_user_ids, now), 0)
    except ROW_ERRORS:
        return _roll_one_by_one(end_user_ids, now)
    except (OperationalError, InterfaceError) as error:
        # It has waited for a lock already, or has no database: each user alone would wait as long again.
        logger.warning("the due periods of %d end users could not be rolled: %s", len(end_user_ids), error)
        return RollResult(0, len(end_user_ids))


def _roll_one_by_one(end_user_ids: Sequence[int], now: datetime) -> RollResult:
    rolled = failed = 0
    for end_user_id in end_user_ids:
        try:
            rolled += _roll([end_user_id], now)
        except (*ROW_ERRORS, OperationalError, InterfaceError):
            logger.exception("the due period of end user %d could not be rolled", end_user_id)
            failed += 1
    return RollResult(rolled, failed)


def _roll(end_user_ids: Sequence[int], now: datetime) -> int:
    """Roll those of the users' open periods that are due; return how many were.

    The users are locked in the order of their ids, as a `LedgerBatch` does, and due and archived are asked again under
    the lock: of two runs at once, one finds nothing left to do.
    """
    with transaction.atomic():
        locked = [pk for (pk,) in _LOCKED_USERS.run(ids=list(end_user_ids))]
        windows = [
            NextWindow(period_id, *next_window(starts_at, _known(duration_days), now))
            for period_id, starts_at, due_at, duration_days in _OPEN_PERIODS.run(ids=locked)
            if is_due(due_at, now)
        ]
        if windows:
            write_next_windows(windows)
    return len(windows)


def _known(duration_days: int | None) -> int:
    """Raises ValueError for a due period whose budget is gone or has no duration: no service leaves one behind."""
    if duration_days is None:
        raise ValueError("a period is due, and its budget has no duration")
    return duration_days
