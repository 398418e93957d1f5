"""Some hostile bodies of each kind against the endpoints; `make fuzz` sends many more."""

import logging

import pytest

from budgets.tests.hostile.attack import attack
from budgets.tests.hostile.run import empty

COUNT = 1_000


# Committing as in production: what fails outside of a transaction must not hide inside of a test's.
@pytest.mark.hostile
@pytest.mark.django_db(transaction=True)
def test_no_promise_is_broken(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    statuses = attack(count=COUNT, seed="ci", flush=empty)
    assert statuses.total() == COUNT
    # Neither is everything refused, nor nothing.
    assert statuses[200] > COUNT // 5
    assert statuses[422] > COUNT // 10
    assert {400, 401, 403, 405, 411, 413, 415} <= statuses.keys()
