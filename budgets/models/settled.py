"""Spend of UTC days and months that are over, added up once: what charts of long ranges read instead of every hour.

No entry is recorded in the past, so that these sums never change; they are written by cron, and no post touches them.
"""

from django.db import models

from budgets.models.rollup import sum_fits
from budgets.models.row import Row


class SettledStep(models.TextChoices):
    """How long a time a row sums up."""

    DAY = "day", "day"
    MONTH = "month", "month"


class SettledSpend(Row):
    """A project's spend per settled UTC day or month and model, in nano-USD.

    The moment is called `hour` so that the same conditions and buckets read this table and HourSpend.
    """

    project = models.ForeignKey("budgets.Project", models.PROTECT, related_name="+", db_index=False)
    step = models.CharField(max_length=5, choices=SettledStep)
    hour = models.DateTimeField(help_text="The start of the day or the month, UTC.")
    model = models.CharField(max_length=255, blank=True)
    cost_nanousd = models.BigIntegerField()
    entries = models.BigIntegerField()
    shared_nanousd = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("project", "step", "hour", "model"), name="settled_spend_once"),
            sum_fits("settled_spend"),
        ]
        indexes = [models.Index(fields=("step", "hour"))]

    def __str__(self) -> str:
        return f"{self.step} of {self.hour:%Y-%m-%d} {self.model}"


class Settlement(Row):
    """Up to where days are settled: one row, which is also the lock of whoever settles."""

    ONE = 1

    until = models.DateTimeField(null=True, help_text="A UTC midnight; what is before it is in SettledSpend.")

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="settlement_one_row")]

    def __str__(self) -> str:
        return f"until {self.until:%Y-%m-%d}" if self.until else "nothing"
