"""API keys: what a client shows to be let in."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone

from budgets.models.row import Row


class ApiKey(Row):
    """A key for one project or, with no project, for the whole instance (design R11).

    Only the SHA-256 of the key is kept: a key is 256 random bits, so a slow hash would protect nothing. The prefix is
    public; it finds the row and lets people tell keys apart.
    """

    prefix = models.CharField(max_length=16, unique=True, editable=False)
    key_hash = models.CharField("key's SHA-256", max_length=64, editable=False)
    label = models.CharField(max_length=100)
    project = models.ForeignKey(
        "budgets.Project",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="api_keys",
        help_text="Leave empty for a key to the whole instance.",
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    last_used_at = models.DateTimeField(null=True, editable=False)
    expires_at = models.DateTimeField(
        null=True, blank=True, help_text="UTC. Leave empty for a key that does not expire."
    )
    revoked_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ("-created_at", "-id")
        verbose_name = "API key"

    def __str__(self) -> str:
        return f"{self.label} ({self.prefix}…)"

    @property
    def scope(self) -> str:
        """Where the key is good for, in words."""
        return f"project {self.project}" if self.project else "instance"

    def is_usable(self, now: datetime) -> bool:
        """Whether the key opens anything at `now`: neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)
