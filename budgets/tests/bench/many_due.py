"""A database in which many users are due at once, and two ways to roll them. Each runs in a process of its own."""

import hashlib
import io
import resource
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

from django.core.management import call_command
from django.db import connection, transaction

ONE_IN_IS_DUE = 10
PROJECTS = 10
# By database: a list of numbers, and so many seconds before a moment, to the microsecond.
NUMBERS = {
    "sqlite": (
        "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {users})"
        " INSERT INTO {columns} SELECT {values} FROM numbers"
    ),
    "postgresql": "INSERT INTO {columns} SELECT {values} FROM generate_series(1, {users}) AS numbers(n)",
}
BEFORE = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%S', '{moment}', (-{seconds}) || ' seconds') || '.123456'",
    "postgresql": "'{moment}.123456Z'::timestamptz - {seconds} * interval '1 second'",
}
NEXT_DUE = {
    "sqlite": "strftime('%Y-%m-%d %H:%M:%S', due_at, duration_days || ' days') || substr(due_at, 20)",
    "postgresql": "due_at + duration_days * interval '1 day'",
}
# Due users are late by less than their duration: the next window begins where this one was due.
BY_HAND = (
    "CREATE TEMPORARY TABLE due AS SELECT p.id, p.end_user_id, p.due_at AS opens_at, {next_due} AS due_at,"
    " total_budget_nanousd FROM budgets_period p JOIN budgets_enduser u ON u.id = p.end_user_id"
    " JOIN budgets_budget b ON b.end_user_id = p.end_user_id"
    " WHERE p.ends_at IS NULL AND p.due_at <= '{now}' AND u.archived_at IS NULL",
    "UPDATE budgets_period SET ends_at = due.opens_at, close_reason = 'due', limit_nanousd = total_budget_nanousd"
    " FROM due WHERE due.id = budgets_period.id",
    "INSERT INTO budgets_period (project_id, end_user_id, starts_at, due_at, opened_version, cost_nanousd,"
    " cost_by_model, limit_nanousd, close_reason, close_note)"
    " SELECT project_id, u.id, opens_at, due_at, version + 1, 0, '{{}}', total_budget_nanousd, '', ''"
    " FROM due JOIN budgets_enduser u ON u.id = due.end_user_id",
    "UPDATE budgets_enduser SET version = version + 1 WHERE id IN (SELECT end_user_id FROM due)",
)
WHAT_IS_LEFT = (
    "SELECT end_user_id, starts_at, due_at, ends_at, opened_version, cost_nanousd, limit_nanousd, close_reason, version"
    " FROM budgets_period p JOIN budgets_enduser u ON u.id = p.end_user_id ORDER BY end_user_id, opened_version"
)
READ_AT_ONCE = 10_000


def fill(users: int) -> None:
    """Make the tables and the users with their open periods; some hundred are due at the same moment."""
    call_command("migrate", interactive=False, verbosity=0)
    from budgets.services.projects import create_project

    now = datetime.now(UTC)
    first = min(create_project(name=f"project {number}", now=now).pk for number in range(PROJECTS))
    project, moment = f"{first} + n % {PROJECTS}", f"{now:%Y-%m-%d %H:%M:%S}"
    age = f"(CASE WHEN n % {ONE_IN_IS_DUE} = 0 THEN 8 ELSE 3 END * 86400 - n % 3600)"
    starts_at, due_at = (_before(moment, seconds) for seconds in (age, f"({age} - 7 * 86400)"))
    with transaction.atomic(), connection.cursor() as cursor:
        for columns, values in (
            (
                "budgets_enduser (id, project_id, name, first_seen_at, version, roster_version, extra_json,"
                " extra_version)",
                f"n, {project}, 'user-' || n, '{moment}', 3, 1, '', 1",
            ),
            (
                "budgets_budget (end_user_id, project_id, total_budget_nanousd, duration_days)",
                f"n, {project}, 10000000000, 7",
            ),
            (
                "budgets_period (project_id, end_user_id, starts_at, due_at, opened_version, cost_nanousd,"
                " cost_by_model, limit_nanousd, close_reason, close_note)",
                f"""{project}, n, {starts_at}, {due_at}, 1, n * 1000, '{{"gpt-4o": 1000}}', 10000000000, '', ''""",
            ),
        ):
            cursor.execute(NUMBERS[connection.vendor].format(users=users, columns=columns, values=values))
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")


def _before(moment: str, seconds: str) -> str:
    return BEFORE[connection.vendor].format(moment=moment, seconds=seconds)


def by_command() -> None:
    """As cron does it."""
    call_command("reset_budgets", stdout=io.StringIO())


def by_rolls() -> None:
    """What of that is resetting, without adding up what pages read."""
    from budgets.services.rolls import roll_all_due

    roll_all_due(now=datetime.now(UTC))


def by_hand() -> None:
    """In a few plain statements and one transaction."""
    values = {"next_due": NEXT_DUE[connection.vendor], "now": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S.%f}"}
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in BY_HAND:
            cursor.execute(statement.format(**values))


def tell(act: Callable[[], None]) -> None:
    """Act; print the seconds it took, the resident memory before and at most (MB), and a digest of what is left."""
    connection.ensure_connection()
    before, started = _peak_mb(), time.perf_counter()
    act()
    seconds, most = time.perf_counter() - started, _peak_mb()
    sys.stdout.write(f"{seconds} {before} {most} {_digest_of_what_is_left()}\n")


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _digest_of_what_is_left() -> str:
    digest = hashlib.sha256()
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(WHAT_IS_LEFT)
        while rows := cursor.fetchmany(READ_AT_ONCE):
            digest.update(repr(rows).encode())
    return digest.hexdigest()
