"""Windows of a chart."""

from datetime import UTC, datetime, timedelta

import pytest

from budgets.domain.windows import Step, Window, floor, months_before, next_start


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("step", "start", "following"),
    [
        (Step.HOUR, at(2026, 11, 25, 14), at(2026, 11, 25, 15)),
        (Step.DAY, at(2026, 11, 25), at(2026, 11, 26)),
        # A Wednesday: the week began on Monday.
        (Step.WEEK, at(2026, 11, 23), at(2026, 11, 30)),
        (Step.MONTH, at(2026, 11, 1), at(2026, 12, 1)),
    ],
)
def test_a_bucket_is_found_and_followed(step: Step, start: datetime, following: datetime) -> None:
    assert floor(at(2026, 11, 25, 14, 30), step) == start
    assert next_start(start, step) == following


def test_months_have_their_own_lengths() -> None:
    assert next_start(at(2028, 1, 1), Step.MONTH) == at(2028, 2, 1)
    assert next_start(at(2028, 2, 1), Step.MONTH) == at(2028, 3, 1)
    assert next_start(at(2028, 12, 1), Step.MONTH) == at(2029, 1, 1)
    assert months_before(at(2026, 11, 25, 3), 11) == at(2025, 12, 1)
    assert months_before(at(2026, 1, 31), 0) == at(2026, 1, 1)


def test_the_first_and_the_last_bucket_are_cut_where_the_window_is() -> None:
    window = Window(at(2026, 11, 4), at(2026, 11, 18), Step.WEEK, at(2026, 10, 21))
    assert window.buckets == [at(2026, 11, 4), at(2026, 11, 9), at(2026, 11, 16)]
    assert [window.bucket_end(index) for index in range(3)] == [at(2026, 11, 9), at(2026, 11, 16), at(2026, 11, 18)]
    assert window.index_by_floor == {at(2026, 11, 2): 0, at(2026, 11, 9): 1, at(2026, 11, 16): 2}


def test_like_is_compared_with_like() -> None:
    window = Window(at(2026, 11, 19), at(2026, 11, 26), Step.DAY, at(2026, 11, 12))
    now = at(2026, 11, 25, 14, 30)
    assert window.compared_until(now) == at(2026, 11, 25, 14)
    assert window.before_until(now) == at(2026, 11, 18, 14)
    # A window that has ended is compared whole, one that has just begun not at all.
    assert window.before_until(now + timedelta(days=30)) == at(2026, 11, 19)
    assert window.before_until(at(2026, 11, 19, 0, 10)) == window.before_start
