"""`/get_budget`: handing a project's records out, each with its mark (design R1)."""

import secrets
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec
from django.db.models import Sum

from budgets.domain.handed_out import HandedOut, HandedRow
from budgets.domain.handed_out import hand_out as encode
from budgets.domain.marks import NONCE_BYTES, issue_view_token
from budgets.domain.periods import epoch_us, is_due
from budgets.models import EndUser, Period, Project
from budgets.models.prepared import Given, Prepared
from budgets.services.clients import Caller, get_or_create_client, note_read
from budgets.services.handed_cache import HandedCache
from budgets.services.periods import roll_due_of_project

# One row a user, read in one statement, so that what is handed out is one moment's state.
_ROWS = Prepared(
    lambda: (
        Period.objects.filter(project=Given("project"), ends_at=None, end_user__archived_at=None)
        .order_by("end_user_id")
        .values_list(
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
            "project__roster_version",
        )
    )
)
# With the roster's count, who is live cannot have changed; and a version only grows, with every change that is handed
# out. So the same two figures mean the same records, whichever process has written meanwhile.
_STAMP = Prepared(
    lambda: (
        EndUser.objects.filter(project=Given("project"), archived_at=None)
        .order_by()
        .values_list("project__roster_version")
        .annotate(versions=Sum("version"))
    )
)
_cache = HandedCache()


def get_budget(*, project: Project, caller: Caller, now: datetime) -> dict[str, dict[str, Any]]:
    """The project's live users, as records to send, after rolling what is due. USD as JSON numbers."""
    data: dict[str, dict[str, Any]] = msgspec.json.decode(get_budget_text(project=project, caller=caller, now=now))
    return data


def get_budget_text(*, project: Project, caller: Caller, now: datetime) -> bytes:
    """The same as the JSON that is sent."""
    # Read before the users, so that a user made in between counts as unknown to the view, never wrongly as known.
    roster_version = project.roster_version
    view = issue_view_token(
        nonce=secrets.token_bytes(NONCE_BYTES),
        read_roster_version=roster_version,
        read_at_us=epoch_us(now),
        mark_key=bytes(project.mark_key),
    )
    handed = _handed_out(project)
    if is_due(handed.due_at, now):
        roll_due_of_project(project=project, now=now)
        handed = _handed_out(project)
    client = get_or_create_client(project=project, caller=caller, now=now)
    note_read(client=client, read_roster_version=roster_version, now=now)
    return handed.text(view)


def _handed_out(project: Project) -> HandedOut:
    known = _cache.get(project.pk)
    if known is not None and _STAMP.run(project=project.pk) == [known.stamp]:
        return known
    handed = encode(_rows(project))
    _cache.put(project.pk, handed)
    return handed


def _rows(project: Project) -> Iterator[HandedRow]:
    return map(HandedRow._make, _ROWS.run(project=project.pk))
