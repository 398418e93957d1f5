"""Spend added up as it is written: what charts and lists read instead of the ledger."""

from django.db import models


class HourSpend(models.Model):
    """A project's spend per UTC hour and model, in nano-USD."""

    project = models.ForeignKey("budgets.Project", models.PROTECT, related_name="+")
    hour = models.DateTimeField(help_text="The hour's start, UTC.")
    model = models.CharField(max_length=255, blank=True)
    cost_nanousd = models.BigIntegerField()
    entries = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=("project", "hour", "model"), name="hour_spend_once")]
        indexes = [models.Index(fields=("hour",))]

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H}h {self.model}"


class DaySpend(models.Model):
    """A project's spend per UTC day, end user and model, in nano-USD."""

    project = models.ForeignKey("budgets.Project", models.PROTECT, related_name="+")
    day = models.DateField(help_text="UTC.")
    end_user = models.ForeignKey("budgets.EndUser", models.PROTECT, related_name="day_spends")
    model = models.CharField(max_length=255, blank=True)
    cost_nanousd = models.BigIntegerField()
    entries = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=("project", "day", "end_user", "model"), name="day_spend_once")]
        indexes = [models.Index(fields=("end_user", "day")), models.Index(fields=("day",))]

    def __str__(self) -> str:
        return f"{self.day} {self.model}"
