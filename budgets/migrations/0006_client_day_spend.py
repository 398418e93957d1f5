"""What each client posted a day, kept as a sum from now on, and added up once from the ledger so far."""

from datetime import UTC
from typing import Any

import django.db.models.deletion
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps
from django.db.models import Count, Sum
from django.db.models.functions import TruncDate


def fill(apps: StateApps, editor: BaseDatabaseSchemaEditor) -> None:
    """Add up the ledger by client and UTC day, in one statement."""
    entries: Any = apps.get_model("budgets", "CostEntry")._default_manager
    days = apps.get_model("budgets", "ClientDaySpend")._meta.db_table
    sums = (
        entries.filter(client__isnull=False)
        .order_by()
        .values_list("project_id", "client_id", TruncDate("recorded_at", tzinfo=UTC))
        .annotate(cost=Sum("amount_nanousd"), number=Count("pk"))
    )
    text, parameters = sums.query.get_compiler(connection=editor.connection).as_sql()
    with editor.connection.cursor() as cursor:
        if editor.connection.vendor == "postgresql":
            # What a server of the former release, still running somewhere, wrote meanwhile would be in no sum.
            cursor.execute(f"LOCK TABLE {entries.model._meta.db_table} IN SHARE ROW EXCLUSIVE MODE")
        cursor.execute(f"INSERT INTO {days} (project_id, client_id, day, cost_nanousd, entries) {text}", parameters)


class Migration(migrations.Migration):
    """Entries without a client (of BudgetManager, of admins) are in no sum."""

    dependencies = [("budgets", "0005_segments_of_posts")]

    operations = [
        migrations.CreateModel(
            name="ClientDaySpend",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(help_text="UTC.")),
                ("cost_nanousd", models.BigIntegerField()),
                ("entries", models.BigIntegerField()),
                (
                    "client",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="day_spends", to="budgets.client"
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="budgets.project"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["project", "day"], name="budgets_cli_project_29b2de_idx")],
                "constraints": [
                    models.UniqueConstraint(fields=("client", "day"), name="client_day_spend_once"),
                    models.CheckConstraint(
                        condition=models.Q(cost_nanousd__range=(-4000000000000000000, 4000000000000000000)),
                        name="client_day_spend_cost_fits",
                    ),
                ],
            },
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
