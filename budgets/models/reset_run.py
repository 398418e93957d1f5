"""Runs of the reset command, so that a silent cron is seen."""

from django.db import models

from budgets.models.row import Row


class ResetRun(Row):
    """One finished run of `reset_budgets` over the whole instance, or of the health page's button."""

    started_at = models.DateTimeField()
    finished_at = models.DateTimeField()
    rolled = models.PositiveIntegerField(help_text="Periods closed because their duration had elapsed.")
    failed = models.PositiveIntegerField(help_text="End users whose period could not be rolled.")
    by_hand = models.BooleanField(
        default=False, db_default=False, help_text="By the health page's button, or typed at a terminal: not by cron."
    )

    class Meta:
        ordering = ("-id",)
        indexes = [models.Index(fields=("finished_at",))]

    def __str__(self) -> str:
        return f"{self.finished_at:%Y-%m-%d %H:%M} UTC"
