"""Counting wrong API keys: for all workers and instances alike, since they share the database."""

import math
from datetime import datetime, timedelta

from django.db.models import F

from budgets.domain.addresses import slot_of
from budgets.models import WrongKeyCount

# Wrong keys that one address may show in a window before it is told to wait.
FAILURES_ALLOWED = 20
FAILURE_WINDOW = timedelta(minutes=1)


def count_wrong_key(*, address: str | None, now: datetime) -> int:
    """Count one more wrong key from the address; return the seconds to wait, 0 while it may try on.

    One that has to wait is only read, never written: guessing on neither lengthens the wait nor takes a lock.
    """
    slot = slot_of(address)
    counts = WrongKeyCount.objects.filter(slot=slot)
    stored = counts.first()
    if stored is None:
        WrongKeyCount.objects.bulk_create(
            [WrongKeyCount(slot=slot, window_started_at=now, failures=0)], ignore_conflicts=True
        )
    elif _is_current(stored, now) and stored.failures >= FAILURES_ALLOWED:
        return max(1, math.ceil((stored.window_started_at + FAILURE_WINDOW - now).total_seconds()))
    # A clock that was set back must not hold a window open: one that begins far ahead is as old as one long past.
    window = {"window_started_at__gt": now - FAILURE_WINDOW, "window_started_at__lt": now + FAILURE_WINDOW}
    within = counts.filter(**window, failures__lt=FAILURES_ALLOWED)
    # Each is one statement that asks and writes at once, so that workers together count no more than is allowed.
    # Another worker may begin the new window first: then this one counts in it.
    if within.update(failures=F("failures") + 1) or counts.exclude(**window).update(failures=1, window_started_at=now):
        return 0
    return 0 if within.update(failures=F("failures") + 1) else int(FAILURE_WINDOW.total_seconds())


def _is_current(stored: WrongKeyCount, now: datetime) -> bool:
    return abs(now - stored.window_started_at) < FAILURE_WINDOW
