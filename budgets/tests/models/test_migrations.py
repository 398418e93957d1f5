"""The migrations make what the models say, and fill what is new from what is there."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from budgets.models import ClientDaySpend
from budgets.tests.factories import DAY, NOW, WireClient, broken, make_caller, make_project, make_user, spend

MICROSECOND = timedelta(microseconds=1)
MIDNIGHT = NOW.replace(hour=0, minute=0, second=0, microsecond=0) + DAY


@pytest.mark.django_db
def test_no_migration_is_missing() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.django_db(transaction=True)
def test_what_each_client_posted_a_day_is_added_up_from_the_ledger() -> None:
    for name in ("p", "q"):
        project = make_project(name)
        spend(make_user(project, days=None), 5)
        for number in range(2):
            client = WireClient(project, make_caller(project, f"worker-{number}")).load_data()
            for at in (NOW, MIDNIGHT - MICROSECOND, MIDNIGHT, MIDNIGHT + DAY):
                client.spend("u", 0.1)
                client.spend("u", 0.2, "other")
                client.post(at)
    columns = ("project", "client", "day", "cost_nanousd", "entries")
    written = set(ClientDaySpend.objects.values_list(*columns))
    assert len(written) == 12
    executor = MigrationExecutor(connection)
    try:
        executor.migrate([("budgets", "0005_segments_of_posts")])
    finally:
        MigrationExecutor(connection).migrate(executor.loader.graph.leaf_nodes("budgets"))
    assert set(ClientDaySpend.objects.values_list(*columns)) == written
    assert broken() == []
