"""Reset runs: whether cron does its work."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString

from budgets.admin.base import ReadOnlyAdmin, now_of
from budgets.admin.columns import badge
from budgets.models import ResetRun
from budgets.queries.health import reset_health
from budgets.templatetags.moments import moment_text


@admin.register(ResetRun)
class ResetRunAdmin(ReadOnlyAdmin[ResetRun]):
    """Finished runs of the resets, the newest first, under a word on how late they are."""

    project_path = None
    list_display = fields = ("finished", "outcome", "rolled", "failed", "took", "started_by")
    sortable_by = ()
    ordering = ("-finished_at", "-id")
    list_before_template = "admin/budgets/reset_health.html"

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The list, with the health above it."""
        return super().changelist_view(request, {**(extra_context or {}), "health": reset_health(now=now_of(request))})

    @admin.display(description="Finished")
    def finished(self, run: ResetRun) -> str:
        """When it was done."""
        return moment_text(run.finished_at)

    @admin.display(description="Outcome")
    def outcome(self, run: ResetRun) -> SafeString:
        """Whether every user could be rolled."""
        return badge("failed for some users", "bad") if run.failed else badge("success", "good")

    @admin.display(description="Started by")
    def started_by(self, run: ResetRun) -> str:
        """Cron, as far as can be told: whatever runs the command without a terminal."""
        return "hand" if run.by_hand else "cron"

    @admin.display(description="Took")
    def took(self, run: ResetRun) -> str:
        """Seconds from start to end."""
        return f"{(run.finished_at - run.started_at).total_seconds():.1f} s"
