"""Who used which model."""

from collections.abc import Sequence

from django.db.models import Count

from budgets.domain.windows import Window
from budgets.queries.access import Reach
from budgets.queries.spend import days_in


def users_by_model(window: Window, models: Sequence[str], *, reach: Reach) -> dict[str, int]:
    """By model, how many end users spent on it on the window's UTC days."""
    days = days_in(window, reach).filter(model__in=models).order_by().values("model")
    return {row["model"]: row["users"] for row in days.annotate(users=Count("end_user", distinct=True))}
