"""How many wrong API keys were shown lately."""

from django.db import models

from budgets.models.row import Row


class WrongKeyCount(Row):
    """Wrong keys in one window of time, of the addresses that share a slot (`domain.addresses`).

    The slots are few and fixed, so guessing from however many addresses cannot make the table grow.
    """

    slot = models.PositiveSmallIntegerField(primary_key=True)
    window_started_at = models.DateTimeField()
    failures = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"slot {self.slot}: {self.failures}"
