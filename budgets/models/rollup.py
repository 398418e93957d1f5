"""Spend added up as it is written: what charts and lists read instead of the ledger.

A foreign key has no index of its own where another begins with it: each is written with every post.
"""

from django.db import models

from budgets.models.row import Row

# What a sum may reach, in nano-USD: below 64 bits, where SQLite would go on in floats without a word.
MAX_SUM_NANOUSD = 4 * 10**18


def sum_fits(table: str) -> models.CheckConstraint:
    """The constraint that a table's `cost_nanousd` stays a whole number of nano-USD."""
    return models.CheckConstraint(
        condition=models.Q(cost_nanousd__range=(-MAX_SUM_NANOUSD, MAX_SUM_NANOUSD)), name=f"{table}_cost_fits"
    )


class HourSpend(Row):
    """A project's spend per UTC hour and model, in nano-USD."""

    project = models.ForeignKey("budgets.Project", models.PROTECT, related_name="+", db_index=False)
    hour = models.DateTimeField(help_text="The hour's start, UTC.")
    model = models.CharField(max_length=255, blank=True)
    cost_nanousd = models.BigIntegerField()
    entries = models.BigIntegerField()
    shared_nanousd = models.BigIntegerField(
        default=0, help_text="How much of it stands on the highest figure of processes that cannot be told apart."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("project", "hour", "model"), name="hour_spend_once"),
            sum_fits("hour_spend"),
        ]
        indexes = [models.Index(fields=("hour",))]

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H}h {self.model}"


class DaySpend(Row):
    """A project's spend per UTC day, end user and model, in nano-USD."""

    project = models.ForeignKey("budgets.Project", models.PROTECT, related_name="+", db_index=False)
    day = models.DateField(help_text="UTC.")
    end_user = models.ForeignKey("budgets.EndUser", models.PROTECT, related_name="day_spends", db_index=False)
    model = models.CharField(max_length=255, blank=True)
    cost_nanousd = models.BigIntegerField()
    entries = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("project", "day", "end_user", "model"), name="day_spend_once"),
            sum_fits("day_spend"),
        ]
        indexes = [models.Index(fields=("end_user", "day")), models.Index(fields=("day",))]

    def __str__(self) -> str:
        return f"{self.day} {self.model}"


class ClientDaySpend(Row):
    """What a client posted per UTC day, in nano-USD."""

    project = models.ForeignKey("budgets.Project", models.PROTECT, related_name="+", db_index=False)
    client = models.ForeignKey("budgets.Client", models.PROTECT, related_name="day_spends", db_index=False)
    day = models.DateField(help_text="UTC.")
    cost_nanousd = models.BigIntegerField()
    entries = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=("client", "day"), name="client_day_spend_once"),
            sum_fits("client_day_spend"),
        ]
        indexes = [models.Index(fields=("project", "day"))]

    def __str__(self) -> str:
        return f"{self.day}"
