"""Writes beside the admin's log."""

from django.contrib.admin.models import LogEntry

from budgets.models import LogScope


def note_project(*, entry: LogEntry, project_id: int | None) -> None:
    """Note which project an entry of the admin's log is about, within the transaction that writes the entry."""
    if project_id is not None:
        LogScope.objects.create(entry=entry, project_id=project_id)
