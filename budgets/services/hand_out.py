"""`/get_budget`: handing a project's records out, each with its mark (design R1)."""

import secrets
from datetime import datetime
from typing import Any

from budgets.domain.marks import MARK_KEY, NONCE_BYTES, ViewToken, format_mark, issue_view_token, record_digest
from budgets.domain.periods import epoch_us, is_due
from budgets.domain.records import format_record
from budgets.domain.terms import Terms
from budgets.models import Period, Project
from budgets.services.clients import Caller, get_or_create_client, note_read
from budgets.services.periods import roll_due_of_project

# One row a user, read in one statement, so that what is handed out is one moment's state.
HANDED_OUT = (
    "end_user_id",
    "end_user__name",
    "end_user__version",
    "end_user__extra_json",
    "end_user__budget__total_budget_nanousd",
    "end_user__budget__duration_days",
    "end_user__budget__created_at",
    "starts_at",
    "due_at",
    "cost_by_model",
)


def get_budget(*, project: Project, caller: Caller, now: datetime) -> dict[str, dict[str, Any]]:
    """The project's live users, as records to send, after rolling what is due. USD as JSON numbers."""
    # Read before the users, so that a user made in between counts as unknown to the view, never wrongly as known.
    roster_version = project.roster_version
    view = issue_view_token(
        nonce=secrets.token_bytes(NONCE_BYTES),
        read_roster_version=roster_version,
        read_at_us=epoch_us(now),
        mark_key=bytes(project.mark_key),
    )
    rows = _rows(project)
    if any(is_due(row[8], now) for row in rows):
        roll_due_of_project(project=project, now=now)
        rows = _rows(project)
    client = get_or_create_client(project=project, caller=caller, now=now)
    note_read(client=client, read_roster_version=roster_version, now=now)
    return {row[1]: _record(row, view) for row in rows}


def _rows(project: Project) -> list[tuple[Any, ...]]:
    live = Period.objects.filter(project=project, ends_at=None, end_user__archived_at=None)
    return list(live.order_by("end_user_id").values_list(*HANDED_OUT))


def _record(row: tuple[Any, ...], view: ViewToken) -> dict[str, Any]:
    end_user_id, name, version, extra_json, total_budget, duration, created_at, starts_at, _, cost_by_model = row
    record = format_record(
        terms=Terms(total_budget, duration),
        created_at_us=None if created_at is None else epoch_us(created_at),
        last_updated_at_us=epoch_us(starts_at),
        cost_by_model=cost_by_model,
        extra_json=extra_json,
    )
    digest = record_digest(name, record)
    record[MARK_KEY] = format_mark(view, end_user_id=end_user_id, version=version, digest=digest)
    return record
