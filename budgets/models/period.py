"""Budget windows, open and closed, with what was spent in each."""

from django.conf import settings
from django.db import models


class CloseReason(models.TextChoices):
    """Why a period ended."""

    DUE = "due", "duration elapsed"
    CLIENT_RESET = "client_reset", "reset by a client"
    RECREATED = "recreated", "budget created anew"
    ADMIN_RESET = "admin_reset", "reset by an admin"
    MANAGER_RESET = "manager_reset", "reset by BudgetManager"


class Period(models.Model):
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
        null=True, help_text="The total budget when the period closed; empty is unlimited."
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
            models.Index(
                fields=("project", "cost_nanousd"), condition=models.Q(ends_at__isnull=True), name="period_open_cost"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.starts_at:%Y-%m-%d %H:%M} – {f'{self.ends_at:%Y-%m-%d %H:%M}' if self.ends_at else 'open'}"
