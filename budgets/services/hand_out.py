"""`/get_budget`: handing a project's records out, each with its mark (design R1)."""

import secrets
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection

from budgets.domain.handed_out import HandedOut
from budgets.domain.marks import NONCE_BYTES, issue_view_token
from budgets.domain.periods import epoch_us, is_due
from budgets.models import Project
from budgets.queries.handed_out import read_handed_out, refresh_handed_out
from budgets.services.clients import Caller, get_or_create_client, note_read
from budgets.services.handed_cache import HandedCache
from budgets.services.rolls import roll_due_of_project

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
    if is_due(handed.due_at(), now):
        roll_due_of_project(project=project, now=now)
        handed = _handed_out(project)
    # Only now: a post of the same client that was taken in meanwhile has been handed out, and is before this read.
    client = get_or_create_client(project=project, caller=caller, now=now)
    note_read(client=client, read_roster_version=roster_version, now=now)
    return handed.text(view)


def _handed_out(project: Project) -> HandedOut:
    if connection.in_atomic_block:
        # What is read in a transaction may be taken back, and its versions be given again to something else.
        return read_handed_out(project_id=project.pk)
    project_key = bytes(project.mark_key)
    known = _cache.get(project_key)
    handed = (
        read_handed_out(project_id=project.pk) if known is None else refresh_handed_out(known, project_id=project.pk)
    )
    if handed is not known:
        _cache.put(project_key, handed)
    return handed
