"""The ledger divided by month, as docs/scaling.md has it: everything that writes and reads it goes on as before."""

import pytest
from django.core.management import call_command
from django.db import connection

from budgets.models import CostEntry
from budgets.services.ledger import adjust
from budgets.services.rolls import roll_all_due
from budgets.tests.factories import (
    DAY,
    NOW,
    WireClient,
    broken,
    make_caller,
    make_project,
    make_user,
    nanousd,
    spend,
    spent,
)
from budgetsite.environment import BASE_DIR

pytestmark = [pytest.mark.django_db, pytest.mark.postgresql]
# The tests' moments lie in early 2027, whatever the machine's clock says.
SCRIPT = (BASE_DIR / "docs" / "partition_entries.sql").read_text(encoding="utf-8")


def divide() -> None:
    """Run the script within the test's own transaction."""
    statements = SCRIPT.replace("BEGIN;\n", "", 1).replace("COMMIT;\n", "", 1)
    assert "now()" in statements
    statements = statements.replace("now()", f"timestamptz '{NOW - 60 * DAY}'")
    with connection.cursor() as cursor:
        # What is still to be checked of earlier writes would stand in the way.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        cursor.execute(statements.replace("%", "%%"), [])


def partitions_of_entries() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT tableoid::regclass::text FROM budgets_costentry ORDER BY 1")
        return [name for (name,) in cursor.fetchall()]


def test_posts_adjustments_resets_and_checks_go_on_across_partitions() -> None:
    project = make_project()
    old = make_user(project, "old", days=30)
    spend(old, 1.5, now=NOW - 70 * DAY)
    divide()

    client = WireClient(project, make_caller(project)).load_data()
    client.spend("old", 0.25)
    client.post()
    adjust(end_user=old, model="gpt-4o", amount_nanousd=-nanousd(0.05), reason="a refund", actor=None, now=NOW)
    spend(old, 0.5, now=NOW + 31 * DAY)
    assert roll_all_due(now=NOW + 40 * DAY).failed == 0

    assert sum(spent(old)) == nanousd(1.5 + 0.25 - 0.05 + 0.5)
    assert partitions_of_entries() == [
        "budgets_costentry_2027_01",
        "budgets_costentry_2027_03",
        "budgets_costentry_before",
    ]
    assert broken() == []


def test_ids_go_on_where_they_were() -> None:
    user = make_user(make_project())
    spend(user, 1, now=NOW - 70 * DAY)
    last = CostEntry.objects.latest("pk").pk
    divide()
    spend(user, 2)
    assert CostEntry.objects.latest("pk").pk > last


def test_a_month_is_read_from_its_partition_alone() -> None:
    divide()
    entries = CostEntry.objects.filter(recorded_at__range=(NOW, NOW + DAY / 4)).order_by()
    assert "budgets_costentry_2027_01" in (plan := entries.explain())
    assert "budgets_costentry_2027_02" not in plan
    assert "budgets_costentry_before" not in plan


def test_the_export_reads_all_partitions(capsys: pytest.CaptureFixture[str]) -> None:
    user = make_user(make_project())
    spend(user, 1, now=NOW - 70 * DAY)
    divide()
    spend(user, 2)
    call_command("export_costs", project="p", format="jsonl")
    assert len(capsys.readouterr().out.splitlines()) == 2
