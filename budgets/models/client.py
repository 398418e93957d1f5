"""Who posts: the programs that read and write a project's budgets, and what is odd about them."""

from django.db import models

from budgets.domain.names import visible_name
from budgets.models.row import Row


class Client(Row):
    """A program as the server can tell it apart (design R3): by its client id or, without one, by its key alone."""

    project = models.ForeignKey("budgets.Project", models.PROTECT, related_name="clients")
    client_id = models.CharField(
        max_length=128, blank=True, help_text="Empty: posts without a client id, under the key."
    )
    api_key = models.ForeignKey("budgets.ApiKey", models.PROTECT, null=True, related_name="clients")
    first_seen_at = models.DateTimeField()
    last_read_at = models.DateTimeField(null=True)
    last_post_at = models.DateTimeField(null=True)
    read_roster_version = models.BigIntegerField(default=-1, help_text="The project's roster count at the last read.")
    shared_nanousd = models.BigIntegerField(
        default=0,
        help_text="The sum of its entries that stand on the highest figure of processes that cannot be told apart.",
    )

    class Meta:
        ordering = ("project", "client_id", "id")
        constraints = [
            models.UniqueConstraint(
                fields=("project", "client_id"), condition=~models.Q(client_id=""), name="client_id_once_per_project"
            ),
            models.UniqueConstraint(
                fields=("project", "api_key"), condition=models.Q(client_id=""), name="client_anonymous_once_per_key"
            ),
            models.CheckConstraint(
                condition=models.Q(client_id="", api_key__isnull=False)
                | (~models.Q(client_id="") & models.Q(api_key__isnull=True)),
                name="client_named_or_anonymous",
            ),
        ]

    def __str__(self) -> str:
        if self.client_id or self.api_key is None:
            return visible_name(self.client_id, "no client id")
        # Members of a project see its clients, and nothing of the keys to the whole instance.
        which = f"key {self.api_key.prefix}…" if self.api_key.project_id else f"instance key no. {self.api_key_id}"
        return f"no client id, {which}"

    @property
    def is_anonymous(self) -> bool:
        """Whether only the key tells the client apart."""
        return not self.client_id


class ClientFlag(Row):
    """Something about a client that an admin should see, once per kind; `domain.flags` has the words and the cures."""

    project = models.ForeignKey("budgets.Project", models.PROTECT, related_name="+")
    client = models.ForeignKey(Client, models.CASCADE, related_name="flags")
    kind = models.CharField(max_length=32)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    count = models.PositiveIntegerField(default=1)
    end_user = models.ForeignKey(
        "budgets.EndUser", models.SET_NULL, null=True, related_name="+", help_text="The last user it was about."
    )
    dismissed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ("-last_at",)
        constraints = [models.UniqueConstraint(fields=("client", "kind"), name="client_flag_once_per_kind")]

    def __str__(self) -> str:
        return self.kind
