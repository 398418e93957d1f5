"""The ledger."""

from typing import Any, NoReturn

from django.conf import settings
from django.db import models

from budgets.domain.money import format_usd
from budgets.domain.names import visible_name
from budgets.models.row import Row


class EntrySource(models.TextChoices):
    """How a cost entry came to be."""

    CLIENT = "client", "hosted client"
    MANAGER = "manager", "BudgetManager"
    ADJUSTMENT = "adjustment", "adjustment"


class ImmutableError(Exception):
    """Something tried to change or delete a ledger row (design §6, invariant 3)."""


class LedgerQuerySet(models.QuerySet["CostEntry"]):
    """Reads and inserts; a mistake is mended by an opposite adjustment, never by an edit."""

    def update(self, **kwargs: Any) -> NoReturn:
        """Refused. Raises ImmutableError."""
        raise ImmutableError("cost entries are never updated")

    def delete(self) -> NoReturn:
        """Refused. Raises ImmutableError."""
        raise ImmutableError("cost entries are never deleted")


class CostEntry(Row):
    """One immutable ledger row (design §1): what an end user spent on a model, in nano-USD."""

    project = models.ForeignKey("budgets.Project", models.PROTECT, related_name="+", db_index=False)
    end_user = models.ForeignKey("budgets.EndUser", models.PROTECT, related_name="entries", db_index=False)
    period = models.ForeignKey("budgets.Period", models.PROTECT, related_name="entries")
    version = models.BigIntegerField(help_text="The user's version that this entry brought.")
    model = models.CharField(max_length=255, blank=True, help_text="Empty: spend without a model (unattributed).")
    amount_nanousd = models.BigIntegerField("amount")
    recorded_at = models.DateTimeField()
    source = models.CharField(max_length=16, choices=EntrySource)
    client = models.ForeignKey("budgets.Client", models.PROTECT, null=True, related_name="entries")
    external_id = models.CharField(
        max_length=255, null=True, help_text="A call's own id, unique in its project; for writers that have one."
    )
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    reason = models.CharField(max_length=255, blank=True)
    is_shared = models.BooleanField(
        "stands on the highest figure",
        default=False,
        help_text="Posted by processes that cannot be told apart: of the others, spend may be missing.",
    )

    objects = LedgerQuerySet.as_manager()

    class Meta:
        ordering = ("-id",)
        verbose_name_plural = "cost entries"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(amount_nanousd__gt=0) | models.Q(amount_nanousd__lt=0, source="adjustment"),
                name="cost_entry_positive_unless_adjustment",
            ),
            models.CheckConstraint(
                condition=~models.Q(source="adjustment") | ~models.Q(reason=""), name="cost_entry_adjustment_has_reason"
            ),
            models.UniqueConstraint(fields=("project", "external_id"), name="cost_entry_external_id_once"),
        ]
        indexes = [
            models.Index(fields=("end_user", "version")),
            models.Index(fields=("project", "recorded_at")),
            models.Index(fields=("client",), condition=models.Q(is_shared=True), name="cost_entry_shared"),
        ]

    def __str__(self) -> str:
        return f"{format_usd(self.amount_nanousd)} on {visible_name(self.model, 'no model')}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Insert the row. Raises ImmutableError where it exists already."""
        if not self._state.adding:
            raise ImmutableError("cost entries are never updated")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refused. Raises ImmutableError."""
        raise ImmutableError("cost entries are never deleted")
