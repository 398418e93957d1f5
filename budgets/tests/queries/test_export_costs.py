"""The ledger as rows for others."""

from datetime import timedelta

import pytest

from budgets.queries.export_costs import FIELDS, export_rows
from budgets.services.ledger import adjust
from budgets.tests.factories import HOUR, NOW, WireClient, make_caller, make_project, make_user, nanousd, spend

pytestmark = pytest.mark.django_db
MICROSECOND = timedelta(microseconds=1)


def test_entries_come_oldest_first_with_exact_decimals() -> None:
    project = make_project()
    user = make_user(project, "ä=1", usd=10, days=1)
    spend(user, 0.000225)
    spend(user, 1e-9, "", now=NOW + HOUR)
    adjust(end_user=user, model="gpt-4o", amount_nanousd=-nanousd(0.0001), reason="r", actor=None, now=NOW + 2 * HOUR)
    client = WireClient(project, make_caller(project, "worker-1"))
    client.create_budget("v", 5)
    client.spend("v", 12)
    client.post(NOW + 3 * HOUR)
    other = make_project("other")
    spend(make_user(other), 99)
    start = "2027-01-31T12:00:00.123456Z"
    rows = [tuple(row[name] for name in FIELDS) for row in export_rows(project=project, since=None, until=None)]
    assert rows == [
        (start, "ä=1", "gpt-4o", "0.000225", start, "manager", ""),
        ("2027-01-31T13:00:00.123456Z", "ä=1", "", "0.000000001", start, "manager", ""),
        ("2027-01-31T14:00:00.123456Z", "ä=1", "gpt-4o", "-0.0001", start, "adjustment", ""),
        ("2027-01-31T15:00:00.123456Z", "v", "gpt-4o", "12", "2027-01-31T15:00:00.123456Z", "client", "worker-1"),
    ]


@pytest.mark.parametrize(
    ("since", "until", "found"),
    [
        (None, None, 3),
        (NOW, None, 3),
        (NOW + MICROSECOND, None, 2),
        (None, NOW, 0),
        (None, NOW + MICROSECOND, 1),
        (NOW + HOUR, NOW + 2 * HOUR, 1),
        (NOW + HOUR, NOW + HOUR, 0),
    ],
)
def test_since_is_inside_of_the_span_and_until_outside(since: object, until: object, found: int) -> None:
    project = make_project()
    user = make_user(project)
    for hours in range(3):
        spend(user, 1, now=NOW + hours * HOUR)
    rows = export_rows(project=project, since=since, until=until)  # type: ignore[arg-type]
    assert len(list(rows)) == found
