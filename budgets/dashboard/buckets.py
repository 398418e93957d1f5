"""How the buckets of a chart are called. All of it is UTC, since budgets' windows are."""

from datetime import datetime, timedelta

from budgets.domain.windows import DAY, Step, Window, next_start


def bucket_labels(window: Window) -> list[str]:
    """Short, for the axis: "14:00", "Wed 14:00", "Nov 3", "Nov 2026"; of a week its first day."""
    return [_label(start, window) for start in window.buckets]


def _label(start: datetime, window: Window) -> str:
    if window.step is Step.HOUR:
        return f"{start:%H}:00" if window.end - window.start <= DAY else f"{start:%a %H}:00"
    return f"{start:%b %Y}" if window.step is Step.MONTH else f"{start:%b} {start.day}"


def bucket_titles(window: Window, now: datetime) -> list[str]:
    """In full, for tool tips and tables; the bucket that now is in says that it is not over."""
    titles = []
    for index, start in enumerate(window.buckets):
        end = window.bucket_end(index)
        titles.append(_title(start, end, window.step) + (", so far" if start <= now < end else ""))
    return titles


def _title(start: datetime, end: datetime, step: Step) -> str:
    if step is Step.HOUR:
        return f"{start:%a, %Y-%m-%d %H}:00 UTC"
    last = end - timedelta(microseconds=1)
    if start.date() == last.date():
        return f"{start:%a, %Y-%m-%d} UTC"
    if start.day == 1 and next_start(start, Step.MONTH) == end:
        return f"{start:%B %Y} UTC"
    return f"{start:%Y-%m-%d} to {last:%Y-%m-%d} UTC"
