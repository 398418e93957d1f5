"""Durations in words, and back."""

from datetime import timedelta

import pytest

from budgets.domain.durations import DurationError, days_from_words, duration_words, span_words


@pytest.mark.parametrize(
    ("days", "words"),
    [(1, "daily"), (7, "weekly"), (28, "monthly"), (30, "30 days"), (365, "yearly"), (14, "14 days")],
)
def test_words_lead_back_to_the_days(days: int, words: str) -> None:
    assert duration_words(days) == words
    assert days_from_words(words) == days
    assert days_from_words(f"  {days!s} ") == days


@pytest.mark.parametrize("text", ["", "  ", "never", "never resets"])
def test_nothing_is_no_duration(text: str) -> None:
    assert days_from_words(text) is None
    assert duration_words(None) == "never resets"


@pytest.mark.parametrize("text", ["0", "-1", "fortnightly", "1.5", "٣", "36501", "9" * 5000, "days"])
def test_odd_words_are_refused(text: str) -> None:
    with pytest.raises(DurationError):
        days_from_words(text)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(59, "less than a minute"), (60, "1 min"), (3600, "1 h"), (47 * 3600, "47 h"), (48 * 3600, "2 days")],
)
def test_spans(seconds: int, words: str) -> None:
    assert span_words(timedelta(seconds=seconds)) == words
