"""`/get_budget`: handing a project's records out, each with its mark (design R1)."""

import secrets
from dataclasses import replace
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection

from budgets.domain.handed_out import HandedOut
from budgets.domain.marks import NONCE_BYTES, issue_view_token
from budgets.domain.periods import epoch_us, is_due
from budgets.models import Project
from budgets.queries.handed_out import read_handed_out, refresh_handed_out
from budgets.queries.projects import find_project
from budgets.services.clients import Caller, get_or_create_client
from budgets.services.handed_cache import HandedCache
from budgets.services.readers import Reader, find_reader, note_read
from budgets.services.rolls import roll_due_of_project

_cache = HandedCache()


def get_budget(*, project: Project, caller: Caller, now: datetime) -> dict[str, dict[str, Any]]:
    """The project's live users, as records to send, after rolling what is due. USD as JSON numbers."""
    text = get_budget_text(project_name=project.name, caller=caller, now=now)
    data: dict[str, dict[str, Any]] = {} if text is None else msgspec.json.decode(text)
    return data


def get_budget_text(*, project_name: str, caller: Caller, now: datetime) -> bytes | None:
    """The same as the JSON that is sent; None where there is no such project."""
    reader = find_reader(project_name=project_name, caller=caller) or _new_reader(project_name, caller, now)
    if reader is None:
        return None
    # Read with the users, or before them, so that a user made in between counts as unknown to the view, never wrongly
    # as known.
    view = issue_view_token(
        nonce=secrets.token_bytes(NONCE_BYTES),
        read_roster_version=reader.roster_version,
        read_at_us=epoch_us(now),
        mark_key=reader.mark_key,
    )
    handed = _handed_out(reader)
    if is_due(handed.due_at(), now):
        roll_due_of_project(project_id=reader.project_pk, now=now)
        # The users are no longer of the stamp that the reader found.
        handed = _handed_out(replace(reader, stamp=None))
    note_read(reader, now=now)
    return handed.text(view)


def _new_reader(project_name: str, caller: Caller, now: datetime) -> Reader | None:
    project = find_project(name=project_name)
    if project is None:
        return None
    get_or_create_client(project=project, caller=caller, now=now)
    return find_reader(project_name=project_name, caller=caller)


def _handed_out(reader: Reader) -> HandedOut:
    """The project's live users, as they are now: not read again where they are as the reader found them."""
    project_id = reader.project_pk
    if connection.in_atomic_block:
        # What is read in a transaction may be taken back, and its versions be given again to something else.
        return read_handed_out(project_id=project_id)
    known = _cache.get(reader.mark_key)
    handed = (
        read_handed_out(project_id=project_id)
        if known is None
        else refresh_handed_out(known, project_id=project_id, stamp=reader.stamp)
    )
    if handed is not known:
        _cache.put(reader.mark_key, handed)
    return handed
