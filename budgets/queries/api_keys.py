"""Reads of API keys."""

from budgets.models import ApiKey


def find_api_key(*, prefix: str) -> ApiKey | None:
    """The key of that prefix with its project, in one indexed query."""
    return ApiKey.objects.select_related("project").filter(prefix=prefix).first()
