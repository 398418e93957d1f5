"""Figures that take reading every user: read by cron, and shown with the moment that they are of.

Only where there are many users; no post touches these tables, and each run of cron replaces them.
"""

from django.db import models

from budgets.models.row import Row


class UserFigures(Row):
    """Who spent in a project from a UTC day on, up to the moment `as_of`."""

    project = models.ForeignKey("budgets.Project", models.PROTECT, related_name="+", db_index=False)
    first_day = models.DateField(help_text="UTC.")
    as_of = models.DateTimeField()
    active_users = models.BigIntegerField()
    top_users = models.JSONField(help_text="The users who spent most, the most first: [id, nano-USD] of each.")
    users_by_model = models.JSONField(help_text="{model: users}")

    class Meta:
        constraints = [models.UniqueConstraint(fields=("project", "first_day"), name="user_figures_once")]
        indexes = [models.Index(fields=("first_day",))]

    def __str__(self) -> str:
        return f"from {self.first_day}, as of {self.as_of:%Y-%m-%d %H:%M}"


class OutlookFigures(Row):
    """How many users a project has and where their open budgets are heading, at the moment `as_of`."""

    project = models.OneToOneField("budgets.Project", models.PROTECT, primary_key=True, related_name="+")
    as_of = models.DateTimeField()
    users = models.BigIntegerField(help_text="Archived ones aside.")
    runs_out = models.BigIntegerField()
    forecast = models.BigIntegerField(help_text="How many users have a forecast.")
    spent_nanousd = models.BigIntegerField()
    projected_nanousd = models.BigIntegerField()
    soonest = models.JSONField(help_text="The users who run out first, in order: [id, seconds since 1970] of each.")

    def __str__(self) -> str:
        return f"as of {self.as_of:%Y-%m-%d %H:%M}"
