"""Budget windows, open and closed, with what was spent in each."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Cast

from budgets.models.row import Row

# What any spend beyond a limit of nothing counts as: far over.
FAR_OVER = 1e9


class CloseReason(models.TextChoices):
    """Why a period ended."""

    DUE = "due", "duration elapsed"
    CLIENT_RESET = "client_reset", "reset by a client"
    RECREATED = "recreated", "budget created anew"
    ADMIN_RESET = "admin_reset", "reset by an admin"
    MANAGER_RESET = "manager_reset", "reset by BudgetManager"


def used_ratio() -> models.Case:
    """Cost over limit, for a database to sort by: null without a limit; a limit of nothing is used up."""
    as_float = models.FloatField()
    return models.Case(
        models.When(limit_nanousd__gt=0, then=Cast("cost_nanousd", as_float) / Cast("limit_nanousd", as_float)),
        models.When(limit_nanousd=0, cost_nanousd__gt=0, then=models.Value(FAR_OVER)),
        models.When(limit_nanousd=0, then=models.Value(1.0)),
        default=None,
        output_field=as_float,
    )


def open_index(*fields: str, name: str) -> models.Index:
    """An index over the open periods alone, in the order of a list that is read page by page."""
    return models.Index(fields=fields, condition=models.Q(ends_at__isnull=True), name=name)


class Period(Row):
    """One budget window `[starts_at, ends_at)` of an end user; the open one has no `ends_at` yet (design §1).

    The costs are the cached sums of the period's entries, in nano-USD, by model; spend without a model stands under ""
    (design R9).
    """

    project = models.ForeignKey("budgets.Project", models.PROTECT, related_name="+")
    end_user = models.ForeignKey("budgets.EndUser", models.PROTECT, related_name="periods")
    starts_at = models.DateTimeField(help_text="The wire's last_updated_at while the period is open.")
    due_at = models.DateTimeField(null=True, help_text="When the duration elapses; empty without a duration.")
    ends_at = models.DateTimeField(null=True)
    opened_version = models.BigIntegerField(help_text="The user's version that opened the period.")
    cost_nanousd = models.BigIntegerField(default=0)
    cost_by_model = models.JSONField(default=dict, help_text="{model: nano-USD}")
    limit_nanousd = models.BigIntegerField(
        null=True,
        help_text="The budget's total while the period is open, and what it was when it closed; empty is unlimited.",
    )
    used_ratio = models.GeneratedField(
        expression=used_ratio(), output_field=models.FloatField(null=True), db_persist=True
    )
    close_reason = models.CharField(max_length=16, choices=CloseReason, blank=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    close_note = models.CharField(max_length=255, blank=True, help_text="The reason an admin gave for a reset.")

    class Meta:
        ordering = ("-starts_at", "-id")
        constraints = [
            models.UniqueConstraint(
                fields=("end_user",), condition=models.Q(ends_at__isnull=True), name="period_one_open_per_user"
            ),
            models.UniqueConstraint(fields=("end_user", "opened_version"), name="period_opened_once_per_version"),
            models.CheckConstraint(
                condition=models.Q(ends_at__isnull=True) | models.Q(ends_at__gte=models.F("starts_at")),
                name="period_ends_after_it_starts",
            ),
            models.CheckConstraint(
                condition=models.Q(ends_at__isnull=True, close_reason="")
                | (models.Q(ends_at__isnull=False) & ~models.Q(close_reason="")),
                name="period_closed_for_a_reason",
            ),
        ]
        indexes = [
            models.Index(
                fields=("due_at",), condition=models.Q(ends_at__isnull=True, due_at__isnull=False), name="period_due"
            ),
            open_index("used_ratio", "end_user", name="period_open_ratio_all"),
            open_index("project", "used_ratio", "end_user", name="period_open_ratio"),
            open_index("cost_nanousd", "end_user", name="period_open_cost_all"),
            open_index("project", "cost_nanousd", "end_user", name="period_open_cost"),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M} – {f'{self.ends_at:%Y-%m-%d %H:%M}' if self.ends_at else 'open'}"
