"""That a prepared queryset answers as the queryset itself does."""

from typing import Any

import pytest
from django.db import connection
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from budgets.models import EndUser, Period
from budgets.models.prepared import Among, Given, Prepared
from budgets.tests.factories import make_project, make_user

OPEN = Prepared(
    lambda: (
        Period.objects.filter(Among("end_user", "users"), project=Given("project"), ends_at=None)
        .select_related("end_user__budget")
        .order_by("end_user_id")
    )
)
NAMES = Prepared(
    lambda: (
        EndUser.objects.filter(Among("name", "names"), project=Given("project"))
        .order_by("name")
        .values_list("name", "first_seen_at")
    )
)
LOCKED = Prepared(lambda: EndUser.objects.filter(pk=Given("pk")).select_for_update())


@pytest.mark.django_db
def test_models_come_with_their_relations_and_every_value_converted() -> None:
    project = make_project()
    users = [make_user(project, name, usd=3, days=7) for name in ("a", "b", "c")]
    wanted = [users[2].pk, users[0].pk]
    expected = list(Period.objects.filter(end_user__in=wanted).select_related("end_user__budget").order_by("end_user"))
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            found = OPEN.run(project=project.pk, users=wanted)
            columns = [_values(one.end_user.budget) | _values(one.end_user) | _values(one) for one in found]
        assert len(queries) == 1
        assert [one.end_user.name for one in found] == ["a", "c"]
        assert columns == [_values(one.end_user.budget) | _values(one.end_user) | _values(one) for one in expected]
    found[0].close_note = "written"
    found[0].save()
    assert Period.objects.get(pk=found[0].pk).close_note == "written"


def _values(instance: Any) -> dict[str, Any]:
    return {f"{instance._meta.label}.{key}": value for key, value in vars(instance).items() if key != "_state"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "names", [[], ["a"], ["b'\"{,}\\ é", "a", "none"], [f"user {number}" for number in range(40_000)]]
)
def test_a_list_may_be_of_any_length_and_hold_any_text(names: list[str]) -> None:
    project = make_project()
    for name in ("a", "b'\"{,}\\ é", "user 39999"):
        make_user(project, name)
    expected = list(EndUser.objects.filter(name__in=names[-100:]).order_by("name").values_list("name", "first_seen_at"))
    assert NAMES.run(project=project.pk, names=names) == expected
    assert NAMES.run(project=project.pk + 1, names=names) == []
    assert NAMES.first(project=project.pk, names=names) == next(iter(expected), None)


@pytest.mark.django_db(transaction=True)
def test_rows_are_locked_within_a_transaction_only() -> None:
    for _ in range(2):
        with pytest.raises(TransactionManagementError):
            LOCKED.run(pk=1)
