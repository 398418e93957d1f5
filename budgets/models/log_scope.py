"""Which project an entry of the admin's log is about."""

from django.contrib.admin.models import LogEntry
from django.db import models

from budgets.models.row import Row


class LogScope(Row):
    """Django's `LogEntry` says who, when, what, before and after; this adds the project, so that owners see theirs."""

    entry = models.OneToOneField(LogEntry, models.CASCADE, primary_key=True, related_name="scope")
    project = models.ForeignKey("budgets.Project", models.PROTECT, related_name="+", db_index=False)

    class Meta:
        # A project's entries, the newest first, without reading the others'.
        indexes = [models.Index(fields=("project", "entry"))]

    def __str__(self) -> str:
        return f"entry {self.entry_id} in project {self.project_id}"
