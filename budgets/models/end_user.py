"""End users, their budgets, and every change of a budget's terms."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from budgets.domain.names import visible_name
from budgets.models.row import Row


class EndUser(Row):
    """A key of litellm's `user_dict`. Not a login.

    `version` counts the changes of what `/get_budget` hands out for the user; marks carry it (design R1). The row is
    the lock that every write to the user's budget, periods and ledger takes first.
    """

    project = models.ForeignKey("budgets.Project", models.PROTECT, related_name="end_users", db_index=False)
    name = models.CharField("user", max_length=255, blank=True)
    first_seen_at = models.DateTimeField(default=timezone.now, editable=False)
    version = models.BigIntegerField(default=0, editable=False)
    roster_version = models.BigIntegerField(
        editable=False, help_text="The project's count when the user was made or restored."
    )
    last_spend_at = models.DateTimeField(null=True, editable=False, help_text="When its last cost entry was recorded.")
    archived_at = models.DateTimeField(null=True, blank=True, editable=False)
    archived_roster_version = models.BigIntegerField(null=True, editable=False)
    extra_json = models.TextField(
        blank=True,
        editable=False,
        help_text="Keys of the client's record that have no meaning here, as JSON; sent back unchanged.",
    )
    extra_version = models.BigIntegerField(
        default=0, editable=False, help_text="The user's version when extra_json last changed."
    )

    class Meta:
        ordering = ("project", "name")
        constraints = [
            models.UniqueConstraint(fields=("project", "name"), name="end_user_name_once_per_project"),
            models.CheckConstraint(
                condition=models.Q(archived_at__isnull=True, archived_roster_version__isnull=True)
                | models.Q(archived_at__isnull=False, archived_roster_version__isnull=False),
                name="end_user_archived_whole",
            ),
        ]
        indexes = [
            models.Index(fields=("name", "id"), name="end_user_by_name"),
            models.Index(fields=("id",), condition=models.Q(archived_at__isnull=False), name="end_user_archived"),
        ]

    def __str__(self) -> str:
        return visible_name(self.name)


class Budget(Row):
    """An end user's terms: how much in USD, and for how many days (design §1)."""

    end_user = models.OneToOneField(EndUser, models.PROTECT, primary_key=True, related_name="budget")
    project = models.ForeignKey("budgets.Project", models.PROTECT, related_name="+")
    total_budget_nanousd = models.BigIntegerField(
        "total budget", null=True, blank=True, help_text="0 is a limit of nothing; empty is unlimited."
    )
    duration_days = models.PositiveIntegerField("duration", null=True, blank=True)
    created_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="The wire's created_at; empty where the client sent none."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(total_budget_nanousd__isnull=True) | models.Q(total_budget_nanousd__gte=0),
                name="budget_total_not_negative",
            ),
            models.CheckConstraint(
                condition=models.Q(duration_days__isnull=True) | models.Q(duration_days__gte=1),
                name="budget_duration_at_least_a_day",
            ),
        ]
        indexes = [models.Index(fields=("project", "duration_days"))]

    def __str__(self) -> str:
        return f"budget of {self.end_user_id}"


class ChangeSource(models.TextChoices):
    """Who changed a budget's terms."""

    CLIENT = "client", "client"
    ADMIN = "admin", "admin"
    MANAGER = "manager", "BudgetManager"


class BudgetChange(Row):
    """One change of a budget's terms: the audit trail, and the terms at any version of the user (design R4)."""

    project = models.ForeignKey("budgets.Project", models.PROTECT, related_name="+")
    end_user = models.ForeignKey(EndUser, models.PROTECT, related_name="budget_changes")
    version = models.BigIntegerField(help_text="The user's version that brought these terms.")
    changed_at = models.DateTimeField()
    source = models.CharField(max_length=16, choices=ChangeSource)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    client = models.ForeignKey("budgets.Client", models.SET_NULL, null=True, related_name="+")
    before_total_budget_nanousd = models.BigIntegerField(null=True)
    before_duration_days = models.PositiveIntegerField(null=True)
    total_budget_nanousd = models.BigIntegerField(null=True)
    duration_days = models.PositiveIntegerField(null=True)
    budget_created_at = models.DateTimeField(null=True, help_text="The budget's created_at from this version on.")
    reason = models.CharField(max_length=255, blank=True)

    class Meta:
        ordering = ("-id",)
        constraints = [models.UniqueConstraint(fields=("end_user", "version"), name="budget_change_once_per_version")]

    def __str__(self) -> str:
        return f"terms of {self.end_user_id} from version {self.version}"
