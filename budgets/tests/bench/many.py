"""A database of any size, two million entries a minute or so: users, periods, entries and rollups, set by set in SQL.

Nothing is random, so that two of one size are the same. Run in the server's environment, on a migrated, empty database.
"""

from datetime import UTC, datetime, timedelta

from django.core.management.color import no_style
from django.db import connection, transaction

from budgets.models import Budget, Client, CostEntry, DaySpend, EndUser, HourSpend, Period, Project
from budgets.services.kept_figures import keep_figures
from budgets.services.settlement import settle_spend

PROJECTS = 20
MODELS = 12
SPAN = timedelta(days=360)
# Prime to every number of users that is asked for, so that each user gets as many entries as any other.
STEP = 7919

NUMBERS = (
    "WITH RECURSIVE numbers(i) AS (SELECT CAST(0 AS BIGINT) UNION ALL SELECT i + 1 FROM numbers WHERE i + 1 < {count})"
)
# An open period began within the last 28 days; what came before it stands in the one before.
ENTRIES = """
INSERT INTO {entry} (id, project_id, end_user_id, period_id, version, model, amount_nanousd, recorded_at, source,
    client_id, reason, is_shared)
{numbers}, placed AS (
    SELECT i, (i * {step}) % {users} AS u, {first} + i * {span} / {entries} AS at FROM numbers
)
SELECT i + 1, u % {projects} + 1, u + 1, 2 * u + CASE WHEN at >= {now} - (u % 28 + 1) * 86400 THEN 2 ELSE 1 END, i + 2,
    'provider/model-' || (i / {users} + u) % {models}, 1000 + (i * 104729) % 5000000, {moment_of_at}, 'client',
    u % {projects} + 1, '', {no}
FROM placed
"""
USERS = """
INSERT INTO {user} (id, project_id, name, first_seen_at, version, roster_version, extra_json, extra_version,
    last_spend_at)
{numbers}
SELECT i + 1, i % {projects} + 1, 'user-' || i, {moment_of_first}, {entries} + 2, i + 1, '', 1,
    (SELECT max(recorded_at) FROM {entry} WHERE end_user_id = i + 1)
FROM numbers
"""
BUDGETS = """
INSERT INTO {budget} (end_user_id, project_id, total_budget_nanousd, duration_days)
{numbers}
SELECT i + 1, i % {projects} + 1, (1 + i % 40) * 1000000 * {entries} / {users} / 10, 28 FROM numbers
"""
PERIODS = """
INSERT INTO {period} (id, project_id, end_user_id, starts_at, due_at, ends_at, opened_version, cost_nanousd,
    cost_by_model, limit_nanousd, close_reason, close_note)
{numbers}, by_model AS (
    SELECT period_id, model, sum(amount_nanousd) AS cost FROM {entry} GROUP BY period_id, model
), sums AS (
    SELECT period_id, sum(cost) AS cost, {object_of_costs} AS costs FROM by_model GROUP BY period_id
), windows AS (
    SELECT i, which, {now} - (i % 28 + 1) * 86400 AS began
    FROM numbers, (SELECT 1 AS which UNION ALL SELECT 2) AS both_of_them
)
SELECT 2 * i + which, i % {projects} + 1, i + 1, CASE which WHEN 1 THEN {moment_of_first} ELSE {moment_of_began} END,
    {moment_of_due}, CASE which WHEN 1 THEN {moment_of_began} END, which, coalesce(sums.cost, 0),
    coalesce(sums.costs, {no_costs}), total_budget_nanousd, CASE which WHEN 1 THEN 'due' ELSE '' END, ''
FROM windows JOIN {budget} ON end_user_id = i + 1 LEFT JOIN sums ON sums.period_id = 2 * i + which
"""
DAYS = """
INSERT INTO {day} (project_id, day, end_user_id, model, cost_nanousd, entries)
SELECT project_id, {day_of_recorded}, end_user_id, model, sum(amount_nanousd), count(*) FROM {entry} GROUP BY 1, 2, 3, 4
"""
HOURS = """
INSERT INTO {hour} (project_id, hour, model, cost_nanousd, entries, shared_nanousd)
SELECT project_id, {hour_of_recorded}, model, sum(amount_nanousd), count(*), 0 FROM {entry} GROUP BY 1, 2, 3
"""
TABLES = {
    "entry": CostEntry,
    "user": EndUser,
    "budget": Budget,
    "period": Period,
    "day": DaySpend,
    "hour": HourSpend,
}
FUNCTIONS = {
    "sqlite": {
        "moment": "strftime('%Y-%m-%d %H:%M:%S', {}, 'unixepoch')",
        "day": "date({})",
        "hour": "strftime('%Y-%m-%d %H:00:00', {})",
        "object_of_costs": "json_group_object(model, cost)",
        "no_costs": "'{}'",
        "no": "0",
        "unchecked": "PRAGMA foreign_keys=OFF",
        "checked": "PRAGMA foreign_keys=ON",
    },
    "postgresql": {
        "moment": "to_timestamp({})",
        "day": "({} AT TIME ZONE 'UTC')::date",
        "hour": "date_trunc('hour', {}, 'UTC')",
        "object_of_costs": "jsonb_object_agg(model, cost)",
        "no_costs": "'{}'::jsonb",
        "no": "false",
        "unchecked": "SET session_replication_role = replica",
        "checked": "SET session_replication_role = origin",
    },
}


def fill(*, users: int, entries: int) -> None:
    """Make so many users in PROJECTS projects, with so many entries over SPAN up to now."""
    now = datetime.now(UTC)
    for number in range(1, PROJECTS + 1):
        project = Project.objects.create(pk=number, name=f"project-{number}", roster_version=users)
        Client.objects.create(pk=number, project=project, client_id=f"app-{number}", first_seen_at=now)
    words = _words(users, entries, int(now.timestamp()))
    with connection.cursor() as cursor:
        # Everything refers to what is there, and checking millions of rows one by one takes longer than making them.
        cursor.execute(words["unchecked"])
        with transaction.atomic():
            cursor.execute(ENTRIES.format_map(words | {"numbers": NUMBERS.format(count=entries)}))
            for statement in (USERS, BUDGETS, PERIODS, DAYS, HOURS):
                cursor.execute(statement.format_map(words | {"numbers": NUMBERS.format(count=users)}))
        cursor.execute(words["checked"])
        for statement in connection.ops.sequence_reset_sql(no_style(), [*TABLES.values(), Project, Client]):
            cursor.execute(statement)
        # As cron would have done.
        settle_spend(now=now)
        keep_figures(now=now)
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


def _words(users: int, entries: int, now: int) -> dict[str, str]:
    functions = FUNCTIONS[connection.vendor]
    moment = functions["moment"].format
    first = now - int(SPAN.total_seconds())
    return {
        **{name: model._meta.db_table for name, model in TABLES.items()},
        **{
            name: str(value) for name, value in {"users": users, "entries": entries, "now": now, "first": first}.items()
        },
        "projects": str(PROJECTS),
        "models": str(MODELS),
        "step": str(STEP),
        "span": str(int(SPAN.total_seconds())),
        "moment_of_at": moment("at"),
        "moment_of_first": moment(first),
        "moment_of_began": moment("began"),
        "moment_of_due": moment("began + CASE which WHEN 1 THEN 0 ELSE 28 * 86400 END"),
        "day_of_recorded": functions["day"].format("recorded_at"),
        "hour_of_recorded": functions["hour"].format("recorded_at"),
        **{name: functions[name] for name in ("object_of_costs", "no_costs", "no", "unchecked", "checked")},
    }
