"""PostgreSQL's own figures of the tables, renewed after a post of very many records.

PostgreSQL renews them by itself within a minute or so. Until then it goes by those from before the post, and by plans
that it made with them: for tables that were nearly empty, a post of 30,000 users then took six times as long.
"""

import logging

from django.db import DatabaseError, connection, models

from budgets.models import Budget, CostEntry, DaySpend, EndUser, HighWater, Period
from budgets.services.bulk.columns import quoted

logger = logging.getLogger(__name__)
# Fewer do not make a plan bad enough to matter within the minute.
MANY_ROWS = 1_000
# As autovacuum has it: a table that grew by a tenth is looked at anew.
GROWN_BY = 10
TABLES: tuple[type[models.Model], ...] = (EndUser, Budget, Period, HighWater, CostEntry, DaySpend)


def analyze_after(rows: int) -> None:
    """Have PostgreSQL look anew at the tables that so many new rows make a difference to. A failure is logged."""
    if rows < MANY_ROWS or connection.vendor != "postgresql":
        return
    names = [model._meta.db_table for model in TABLES]
    try:
        with connection.cursor() as cursor:
            # A table that was never looked at has -1.
            cursor.execute(
                "SELECT relname FROM pg_class WHERE oid = ANY(%s::regclass[]) AND reltuples < %s",
                [names, rows * GROWN_BY],
            )
            if grown := [quoted(name) for (name,) in cursor.fetchall()]:
                # Another that analyzes or vacuums one of them is not waited for: the client waits meanwhile.
                cursor.execute(f"ANALYZE (SKIP_LOCKED) {', '.join(grown)}")
    except DatabaseError as error:
        # The post is taken in.
        logger.warning("tables were not analyzed after %s rows: %s", rows, error)
