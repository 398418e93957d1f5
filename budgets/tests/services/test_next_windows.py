"""Windows written for many at once: the same rows as when each user's is rolled by itself."""

import random
from datetime import datetime
from typing import Any

import pytest
from django.db import transaction

from budgets.models import Period, Project
from budgets.services.ledger import LedgerBatch
from budgets.services.rolls import roll_due_of_project, roll_if_due
from budgets.tests.factories import DAY, NOW, SECOND, broken, make_project, make_user, open_period, spend, spent

pytestmark = pytest.mark.django_db
USERS = 40
DURATIONS_DAYS = (None, 1, 7, 28, 365, 5_000)


def make_users(project: Project, seed: int, now: datetime) -> list[int]:
    """Users of any terms and age, some of them due to the very moment, or a microsecond from it."""
    chance = random.Random(seed)
    made = []
    for number in range(USERS):
        days = chance.choice(DURATIONS_DAYS)
        age = chance.choice([0, 1, 3]) * (days or 1) * DAY + chance.choice([-1, 0, 1, 12_345]) * SECOND / 1_000_000
        began = now - age
        usd = chance.choice([None, 0, 0.000000001, 10])
        user = make_user(project, f"user {number}", usd=usd, days=days, now=began)
        if chance.random() < 0.5:
            spend(user, chance.choice([0.1, 20]), now=now)
        made.append(user.pk)
    return made


def rows(project: Project) -> list[dict[str, Any]]:
    """All that is kept of the project's periods and its users' versions, but for ids."""
    kept = [field.attname for field in Period._meta.concrete_fields if field.name not in {"id", "project", "end_user"}]
    periods = Period.objects.filter(project=project).order_by("end_user__name", "opened_version")
    return list(periods.values("end_user__name", "end_user__version", *kept))


@pytest.mark.parametrize("now", [NOW, NOW.replace(microsecond=0)])
@pytest.mark.parametrize("seed", range(3))
def test_the_same_rows_are_written_as_by_a_ledger_batch(seed: int, now: datetime) -> None:
    one, other = make_project("one"), make_project("other")
    with transaction.atomic():
        batch = LedgerBatch(one, now)
        by_batch = sum(batch.roll_if_due(account) for account in batch.lock(make_users(one, seed, now)).values())
        batch.save()
    make_users(other, seed, now)
    assert roll_due_of_project(project_id=other.pk, now=now) == by_batch > USERS // 5
    assert rows(other) == rows(one)
    assert broken() == []


def test_the_budgets_limit_closes_with_the_period_and_opens_with_the_next() -> None:
    user = make_user(make_project())
    spend(user, 3)
    user.budget.total_budget_nanousd = 7
    user.budget.save()
    assert roll_if_due(end_user=user, now=NOW + DAY)
    assert set(user.periods.values_list("limit_nanousd", flat=True)) == {7}
    assert (spent(user), open_period(user).cost_by_model) == ([3 * 10**9, 0], {})
