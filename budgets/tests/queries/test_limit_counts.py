"""How many are over and near their limits, against each user's own figures."""

import random

import pytest
from pytest_django import DjangoAssertNumQueries

from budgets.models import Period
from budgets.queries.access import EVERYTHING, Reach, only
from budgets.queries.end_users import LimitCounts, limit_counts, usage_state
from budgets.queries.kept_figures import Kept
from budgets.services.end_users import archive
from budgets.tests.factories import NOW, make_project, make_user

pytestmark = pytest.mark.django_db
MAX = 10**18
# (spent, limit): on the borders and a nano-USD beside them, where a share as a float is the same.
BORDERS = [
    (8, 10),
    (800_000_000_001, 10**12),
    (799_999_999_999, 10**12),
    (4 * 10**17, MAX // 2),
    (4 * 10**17 - 1, MAX // 2),
    (MAX, MAX),
    (MAX, MAX - 1),
    (MAX - 1, MAX),
    (0, 0),
    (1, 0),
    (5, None),
    (-5, 10),
]


def counted(reach: Reach) -> LimitCounts:
    return limit_counts(reach=reach, kept=Kept([], reach))


@pytest.mark.parametrize("seed", range(3))
def test_the_counts_are_of_each_users_state(seed: int) -> None:
    chance = random.Random(seed)
    figures = BORDERS + [(chance.randrange(130), chance.randrange(1, 100)) for _ in range(30)]
    for name in ("a", "b"):
        project = make_project(name)
        states, users = [], 0
        for index, (spent, limit) in enumerate(figures):
            user = make_user(project, f"user {index}")
            Period.objects.filter(end_user=user).update(cost_nanousd=spent, limit_nanousd=limit)
            if chance.random() < 0.2:
                archive(end_user=user, now=NOW)
                continue
            states.append(usage_state(spent, limit))
            users += 1
        expected = LimitCounts(users, states.count("over"), states.count("near"))
        assert counted(only(project)) == expected
        if name == "a":
            assert counted(EVERYTHING) == expected


def test_a_closed_period_counts_no_more(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    user = make_user(make_project())
    Period.objects.filter(end_user=user).update(cost_nanousd=9, limit_nanousd=10)
    with django_assert_num_queries(3):
        assert counted(EVERYTHING) == LimitCounts(1, 0, 1)
    Period.objects.filter(end_user=user).update(ends_at=NOW, close_reason="due")
    assert counted(EVERYTHING) == LimitCounts(1, 0, 0)
