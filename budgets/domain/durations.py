"""Durations and spans in words: litellm's own for its four durations, "n days" for the rest (design §1)."""

from datetime import timedelta

from budgets.domain.terms import MAX_DURATION_DAYS

# litellm's words, in days. Older releases called 30 days monthly; here they are "30 days".
DAYS_BY_WORD = {"daily": 1, "weekly": 7, "monthly": 28, "yearly": 365}
WORD_BY_DAYS = {days: word for word, days in DAYS_BY_WORD.items()}
NO_RESET = "never resets"


class DurationError(ValueError):
    """Words that name no duration."""


def duration_words(duration_days: int | None) -> str:
    """A duration of `duration_days` days for people: "daily", "14 days", "never resets" for None."""
    if duration_days is None:
        return NO_RESET
    return WORD_BY_DAYS.get(duration_days) or f"{duration_days} days"


def days_from_words(text: str) -> int | None:
    """Read a duration as a person types it: "weekly", "14", "14 days", or nothing for None (never resets).

    Raises DurationError where it names none, or one beyond MAX_DURATION_DAYS.
    """
    words = " ".join(text.lower().split())
    if words in {"", "never", "none", NO_RESET}:
        return None
    if words in DAYS_BY_WORD:
        return DAYS_BY_WORD[words]
    number = words.removesuffix("days").removesuffix("day").strip()
    if not (number.isascii() and number.isdigit()):
        raise DurationError("must be daily, weekly, monthly, yearly, or a number of days such as 14")
    # The length first: int() of a very long string is slow.
    if len(number) > len(str(MAX_DURATION_DAYS)) or not 1 <= int(number) <= MAX_DURATION_DAYS:
        raise DurationError(f"must be between 1 and {MAX_DURATION_DAYS} days")
    return int(number)


def span_words(span: timedelta) -> str:
    """How long, for people, in one unit rounded down: "3 days", "5 h", "12 min", "less than a minute"."""
    seconds = int(abs(span).total_seconds())
    if seconds < 60:
        return "less than a minute"
    if seconds < 3600:
        return f"{seconds // 60} min"
    if seconds < 48 * 3600:
        return f"{seconds // 3600} h"
    return f"{seconds // 86400} days"
