"""That rows made and read past Django's ways are as it would have made and read them."""

from typing import Any

import pytest
from django.db import models

from budgets.models import Budget, BudgetChange, CostEntry, EndUser, HighWater, Period, Project
from budgets.models.row import Row
from budgets.tests.factories import NOW, make_project, make_user, spend

MADE: list[type[Row]] = [Budget, BudgetChange, CostEntry, EndUser, HighWater, Period]


def held(instance: models.Model) -> dict[str, Any]:
    return {name: value for name, value in vars(instance).items() if name != "_state"}


@pytest.mark.parametrize("model", MADE)
def test_without_values_there_are_the_defaults(model: type[Row]) -> None:
    expected, made = held(model()), held(model.new())
    for moment in ("first_seen_at",):
        assert (expected.pop(moment, None) is None) == (made.pop(moment, None) is None)
    assert made == expected


def test_a_default_that_is_made_is_made_for_each() -> None:
    one, other = Period.new(), Period.new()
    one.cost_by_model["a"] = 1
    assert other.cost_by_model == {}


def test_related_objects_bring_their_ids_and_may_get_them_later() -> None:
    user = EndUser.new(project=Project(pk=7), name="u")
    period = Period.new(end_user=user, project=user.project, closed_by=None)
    assert (user.project_id, period.project_id, period.closed_by) == (7, 7, None)
    assert held(period)["end_user_id"] is None
    assert period.end_user is user
    assert period._state.adding


def test_a_field_that_is_not_there_is_refused() -> None:
    with pytest.raises(TypeError, match="CostEntry has not all of the fields model, cost"):
        CostEntry.new(model="gpt-4o", cost=5)


@pytest.mark.django_db
def test_rows_are_read_whole_or_in_part() -> None:
    user = make_user(make_project(), days=7)
    spend(user, 3)
    period = Period.objects.select_related("end_user__budget").get()
    assert (period.cost_by_model, period.starts_at, period.used_ratio) == ({"gpt-4o": 3 * 10**9}, NOW, 0.3)
    assert (period.end_user, period.end_user.budget.duration_days) == (user, 7)
    assert not period._state.adding
    in_part = Period.objects.defer("cost_by_model").get()
    assert "cost_by_model" in in_part.get_deferred_fields()
    assert in_part.cost_by_model == period.cost_by_model
