"""Reads of API keys."""

from budgets.models import ApiKey
from budgets.models.prepared import Given, Prepared

_BY_PREFIX = Prepared(lambda: ApiKey.objects.select_related("project").filter(prefix=Given("prefix")))


def find_api_key(*, prefix: str) -> ApiKey | None:
    """The key of that prefix with its project, in one indexed query."""
    return _BY_PREFIX.first(prefix=prefix)
