"""Projects: the owners of everything else."""

import secrets

from django.db import models
from django.utils import timezone

from budgets.domain.names import visible_name
from budgets.models.row import Row


def new_mark_key() -> bytes:
    """The secret that signs a project's view marks (32 bytes)."""
    return secrets.token_bytes(32)


class Project(Row):
    """A litellm `project_name`.

    `roster_version` counts the changes of who is in the project (users made, archived, restored). A view remembers the
    count it read at, which tells whether it knew a user (design R6, R8).
    """

    name = models.CharField(max_length=255, unique=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    roster_version = models.BigIntegerField(default=0, editable=False)
    mark_key = models.BinaryField(default=new_mark_key, max_length=32, editable=False)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return visible_name(self.name)
