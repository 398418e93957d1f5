"""What the database is and whether it serves: engine, size, migrations, and whether it can be written to."""

from dataclasses import dataclass

from django.db import DatabaseError, connection, transaction
from django.db.migrations.executor import MigrationExecutor

from budgets.models import ResetRun

PG_SIZE = "SELECT pg_database_size(current_database())"
PG_VERSION, SQLITE_VERSION = "SHOW server_version", "SELECT sqlite_version()"
SQLITE_SIZE = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"


@dataclass(frozen=True, slots=True)
class DatabaseState:
    """`write_fault` is the database's own words where it cannot be written to; empty where it can."""

    engine: str
    version: str
    size_bytes: int
    missing_migrations: int
    write_fault: str

    @property
    def is_well(self) -> bool:
        """Whether it can be written to and is up to date."""
        return not (self.missing_migrations or self.write_fault)


def database_state() -> DatabaseState:
    """Ask the database."""
    is_postgresql = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        cursor.execute(PG_SIZE if is_postgresql else SQLITE_SIZE)
        size_bytes = int(cursor.fetchone()[0])
        # PostgreSQL adds whose build it is.
        cursor.execute(PG_VERSION if is_postgresql else SQLITE_VERSION)
        version = str(cursor.fetchone()[0]).split()[0]
    return DatabaseState(
        engine=connection.display_name,
        version=version,
        size_bytes=size_bytes,
        missing_migrations=missing_migrations(),
        write_fault=_write_fault(),
    )


def missing_migrations() -> int:
    """How many migrations are still to apply. Raises DatabaseError where the database does not answer."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _write_fault() -> str:
    """Ask for a write that changes nothing: a full lock and a read-only database refuse it as they would any other."""
    try:
        with transaction.atomic():
            ResetRun.objects.filter(pk=-1).update(rolled=0)
    except DatabaseError as error:
        return str(error).splitlines()[0]
    return ""
