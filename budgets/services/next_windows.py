"""The windows that follow due periods, written in three statements however many there are."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

import msgspec
from django.db import DEFAULT_DB_ALIAS, connections

# The windows come as one parameter, JSON: one for each value takes several times as long.
_WINDOWS = {
    "sqlite": """
        SELECT json_extract(value, '$.period_id'), json_extract(value, '$.opens_at'), json_extract(value, '$.due_at')
        FROM json_each(%s)
    """,
    "postgresql": """
        SELECT period_id, opens_at, due_at
        FROM json_to_recordset(%s) AS given(period_id bigint, opens_at timestamptz, due_at timestamptz)
    """,
}
# CloseReason.DUE, and the budget's limit as the period closes.
_CLOSE = """
    UPDATE budgets_period
    SET ends_at = opens_at, close_reason = 'due', limit_nanousd = total_budget_nanousd
    FROM next_window, budgets_budget
    WHERE budgets_period.id = period_id AND budgets_budget.end_user_id = budgets_period.end_user_id
"""
_OPEN = """
    INSERT INTO budgets_period (
        project_id, end_user_id, starts_at, due_at, opened_version,
        cost_nanousd, cost_by_model, limit_nanousd, close_reason, close_note
    )
    SELECT closed.project_id, closed.end_user_id, opens_at, next_window.due_at, version + 1,
        0, '{}', closed.limit_nanousd, '', ''
    FROM next_window
    JOIN budgets_period AS closed ON closed.id = period_id
    JOIN budgets_enduser ON budgets_enduser.id = closed.end_user_id
"""
# After the periods, whose statement goes by the version before.
_RAISE = """
    UPDATE budgets_enduser
    SET version = version + 1
    FROM next_window, budgets_period
    WHERE budgets_period.id = period_id AND budgets_enduser.id = budgets_period.end_user_id
"""


class NextWindow(NamedTuple):
    """The window after a period: it opens where that one ends. Times are UTC."""

    period_id: int
    opens_at: datetime
    due_at: datetime | None


def write_next_windows(windows: Iterable[NextWindow]) -> None:
    """Close the periods as due, open those that follow, and raise their users' versions.

    Needs a transaction around it in which the users are locked. Raises DatabaseError where one cannot be written.
    """
    connection = connections[DEFAULT_DB_ALIAS]
    as_kept = connection.ops.adapt_datetimefield_value
    given = msgspec.json.encode(
        [
            {"period_id": one.period_id, "opens_at": as_kept(one.opens_at), "due_at": as_kept(one.due_at)}
            for one in windows
        ]
    ).decode()
    table = f"WITH next_window(period_id, opens_at, due_at) AS ({_WINDOWS[connection.vendor]})"
    with connection.cursor() as cursor:
        for statement in (_CLOSE, _OPEN, _RAISE):
            cursor.execute(table + statement, [given])
