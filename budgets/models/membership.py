"""Who may do what in a project, beside Django's own permissions."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from budgets.domain.roles import Role
from budgets.models.row import Row

ROLE_CHOICES = [(role.value, role.value) for role in Role]


class Membership(Row):
    """One login's role in one project (`domain.roles` says what each may do)."""

    project = models.ForeignKey("budgets.Project", models.PROTECT, related_name="memberships")
    login = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=ROLE_CHOICES)
    given_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("project", "login")
        verbose_name = "member"
        constraints = [
            models.UniqueConstraint(fields=("project", "login"), name="membership_once_per_login"),
            models.CheckConstraint(
                condition=models.Q(role__in=[role.value for role in Role]), name="membership_known_role"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.login} in {self.project}"
