"""Times for people, in UTC and labelled so; how far they are from a given now."""

from datetime import UTC, datetime

from django import template

from budgets.domain.durations import duration_words, span_words

register = template.Library()


@register.filter
def utc(moment: datetime | None) -> str:
    """Such as "2026-11-22 14:03 UTC"; a dash for None."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if moment else "–"


@register.filter
def ago(moment: datetime | None, now: datetime) -> str:
    """Such as "5 h ago"; "never" for None."""
    if moment is None:
        return "never"
    return "just now" if (now - moment).total_seconds() < 60 else f"{span_words(now - moment)} ago"


@register.filter
def until(moment: datetime | None, now: datetime) -> str:
    """Such as "in 3 days"; "due now" where it has passed; "never" for None."""
    if moment is None:
        return "never"
    return "due now" if moment <= now else f"in {span_words(moment - now)}"


@register.filter
def duration(duration_days: int | None) -> str:
    """A duration in litellm's words."""
    return duration_words(duration_days)
