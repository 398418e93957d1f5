"""Budget windows: when one is due, and where the next begins (design R12). Times are aware and UTC."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NAIVE_EPOCH = EPOCH.replace(tzinfo=None)
MICROSECOND = timedelta(microseconds=1)


def epoch_us(moment: datetime) -> int:
    """Whole microseconds since the epoch."""
    return (moment - EPOCH) // MICROSECOND


def iso_epoch_us(text: str) -> int:
    """The same of a moment in ISO's form; UTC where it does not say. Raises ValueError where it is none."""
    moment = datetime.fromisoformat(text)
    return (moment - (NAIVE_EPOCH if moment.tzinfo is None else EPOCH)) // MICROSECOND


def from_epoch_us(microseconds: int) -> datetime:
    """The UTC moment that many microseconds after the epoch."""
    return EPOCH + timedelta(microseconds=microseconds)


def due_at(starts_at: datetime, duration_days: int | None) -> datetime | None:
    """When a window that began at `starts_at` elapses; None without a duration, or beyond the calendar's end."""
    if duration_days is None:
        return None
    try:
        return starts_at + timedelta(days=duration_days)
    except OverflowError:
        return None


def is_due(due: datetime | None, now: datetime) -> bool:
    """Whether a window due at `due` has elapsed at `now`; the end itself is outside of the window."""
    return due is not None and due <= now


def next_window(starts_at: datetime, duration_days: int | None, now: datetime) -> tuple[datetime, datetime | None]:
    """The beginning and the due moment of the window that follows one which is due at `now` (design R12).

    An operation that waited for a lock may find a window that began after its own `now`; then the next begins with it.
    """
    opens_at = max(current_window_start(starts_at, duration_days, now), starts_at)
    return opens_at, due_at(opens_at, duration_days)


def current_window_start(starts_at: datetime, duration_days: int | None, now: datetime) -> datetime:
    """Where the window that holds `now` begins: the last start plus whole durations, so windows never drift.

    A start in the future becomes `now`: spend cannot belong to a window that has not begun.
    """
    if starts_at >= now:
        return now
    if duration_days is None:
        return starts_at
    duration = timedelta(days=duration_days)
    return starts_at + (now - starts_at) // duration * duration
