"""Wrong keys are counted for all workers alike, and cost nobody else anything."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from budgets.domain.addresses import SLOTS, slot_of
from budgets.models import WrongKeyCount
from budgets.services.guesses import FAILURE_WINDOW, FAILURES_ALLOWED, count_wrong_key
from budgets.tests.factories import NOW, SECOND

ADDRESS = "192.0.2.7"


def guess(times: int, *, address: str | None = ADDRESS, after: timedelta = timedelta()) -> list[int]:
    return [count_wrong_key(address=address, now=NOW + after) for _ in range(times)]


def test_so_many_are_allowed_and_then_the_rest_of_the_window_is_waited(db: None) -> None:
    assert guess(FAILURES_ALLOWED) == [0] * FAILURES_ALLOWED
    assert guess(1, after=10 * SECOND) == [50]
    assert guess(1, after=59.5 * SECOND) == [1]
    assert guess(1, after=FAILURE_WINDOW) == [0]
    assert WrongKeyCount.objects.get().failures == 1


def test_another_address_has_a_count_of_its_own(db: None) -> None:
    other = next(f"10.0.0.{last}" for last in range(9) if slot_of(f"10.0.0.{last}") != slot_of(ADDRESS))
    guess(FAILURES_ALLOWED)
    assert guess(1, address=other) == [0]
    assert guess(1, address=None) == [0]


@pytest.mark.parametrize("hours", [-5, 5])
def test_a_clock_that_steps_neither_locks_out_for_hours_nor_opens_for_ever(db: None, hours: int) -> None:
    guess(FAILURES_ALLOWED + 1)
    assert guess(FAILURES_ALLOWED, after=timedelta(hours=hours)) == [0] * FAILURES_ALLOWED
    assert guess(1, after=timedelta(hours=hours)) != [0]


def test_one_that_has_to_wait_is_read_and_not_written(
    db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    guess(FAILURES_ALLOWED)
    before = WrongKeyCount.objects.values().get()
    with django_assert_num_queries(3):
        assert guess(3) == [60, 60, 60]
    assert WrongKeyCount.objects.values().get() == before


def test_no_number_of_addresses_makes_the_table_grow(db: None) -> None:
    for index in range(3 * SLOTS):
        guess(1, address=f"10.0.{index // 250}.{index % 250}")
    assert WrongKeyCount.objects.count() <= SLOTS


@pytest.fixture
def threads(transactional_db: None) -> list[int]:
    """The waits that four workers at once were given."""
    waits: list[int] = []

    def work() -> None:
        try:
            waits.extend(guess(FAILURES_ALLOWED))
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return waits


def test_workers_at_once_allow_no_more_together_than_one_alone(threads: list[int]) -> None:
    assert len(threads) == 4 * FAILURES_ALLOWED
    assert threads.count(0) == FAILURES_ALLOWED == WrongKeyCount.objects.get().failures
