"""Budgets' terms, and who is in a project."""

import pytest
from django.core.exceptions import ValidationError

from budgets.domain.terms import Terms
from budgets.models import BudgetChange, EndUser, Project
from budgets.models.end_user import ChangeSource
from budgets.services.budgets import change_terms, create_budget
from budgets.services.end_users import archive, restore
from budgets.tests.factories import (
    DAY,
    HOUR,
    NOW,
    broken,
    closings,
    make_project,
    make_user,
    open_period,
    spend,
    spent,
)

pytestmark = pytest.mark.django_db


def change(user: EndUser, terms: Terms, **values: object) -> None:
    options: dict[str, object] = {"source": ChangeSource.ADMIN, "actor": None, "reason": "r", "now": NOW} | values
    change_terms(end_user=user, terms=terms, **options)  # type: ignore[arg-type]


def test_a_budget_begins_now_or_when_it_says() -> None:
    project = make_project()
    made = make_user(project, "dated", days=7)
    undated = make_user(project, "undated", days=None)
    earlier = create_budget(
        project=project,
        name="earlier",
        terms=Terms(5, 7),
        source=ChangeSource.ADMIN,
        actor=None,
        now=NOW,
        created_at=NOW - 10 * DAY,
    )
    assert [one.budget.created_at for one in (made, undated, earlier)] == [NOW, None, NOW - 10 * DAY]
    assert [open_period(one).starts_at for one in (made, undated, earlier)] == [NOW, NOW, NOW - 3 * DAY]
    assert [open_period(one).due_at for one in (made, undated, earlier)] == [NOW + 7 * DAY, None, NOW + 4 * DAY]


def test_creating_a_budget_again_begins_a_new_period() -> None:
    project = make_project()
    user = make_user(project)
    spend(user, 1)
    assert make_user(project, usd=20, days=7, now=NOW + HOUR) == user
    assert spent(user) == [10**9, 0]
    assert closings(user) == ["recreated"]
    assert EndUser.objects.get().budget.duration_days == 7
    assert broken() == []


@pytest.mark.parametrize("name", ["x" * 256, "a\0"])
def test_a_name_is_bounded(name: str) -> None:
    project = make_project()
    with pytest.raises(ValidationError):
        make_user(project, name)
    project.refresh_from_db()
    assert project.roster_version == 0


def test_new_terms_apply_from_now_on_and_leave_a_trail() -> None:
    user = make_user(make_project())
    spend(user, 1)
    change(user, Terms(5, 7))
    assert spent(user) == [10**9]
    assert open_period(user).due_at == NOW + 7 * DAY
    row = BudgetChange.objects.all()[0]
    assert (row.before_total_budget_nanousd, row.before_duration_days) == (10 * 10**9, 1)
    assert (row.total_budget_nanousd, row.duration_days, row.reason, row.source) == (5, 7, "r", "admin")


def test_the_same_terms_change_nothing() -> None:
    user = make_user(make_project())
    before = EndUser.objects.get().version, BudgetChange.objects.count()
    change(user, Terms(10 * 10**9, 1))
    assert (EndUser.objects.get().version, BudgetChange.objects.count()) == before


def test_a_shorter_duration_that_is_over_already_is_due_at_once() -> None:
    user = make_user(make_project(), days=28)
    change(user, Terms(5, 1), now=NOW + 3 * DAY)
    assert open_period(user).due_at == NOW + DAY
    change(user, Terms(6, 1), now=NOW + 3 * DAY)
    assert closings(user) == ["due"]
    assert open_period(user).starts_at == NOW + 3 * DAY


def test_archiving_and_restoring_twice_does_nothing_more() -> None:
    user = make_user(make_project())
    spend(user, 1)
    for hours in range(2):
        archive(end_user=user, now=NOW + hours * HOUR)
    user.refresh_from_db()
    assert user.archived_at == NOW
    version = user.version
    for _ in range(2):
        restore(end_user=user, now=NOW + 2 * HOUR)
    user.refresh_from_db()
    assert EndUser.objects.filter(archived_at=None, archived_roster_version=None).count() == 1
    assert user.version == version + 1
    assert user.roster_version <= Project.objects.get().roster_version
    assert spent(user) == [10**9]
    assert broken() == []
