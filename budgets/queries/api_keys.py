"""Reads of API keys."""

from datetime import datetime

from django.db.models import F, Q

from budgets.models import ApiKey, Project
from budgets.models.prepared import Given, Prepared
from budgets.queries.access import Reach

_BY_PREFIX = Prepared(lambda: ApiKey.objects.order_by().select_related("project").filter(prefix=Given("prefix")))


def find_api_key(*, prefix: str) -> ApiKey | None:
    """The key of that prefix with its project, in one indexed query."""
    return _BY_PREFIX.first(prefix=prefix)


def key_for(project: Project | None, *, reach: Reach, now: datetime) -> ApiKey | None:
    """A usable key that opens the project, or any without one: the project's own before one to the whole instance."""
    keys = reach.of(ApiKey.objects.filter(revoked_at=None).exclude(expires_at__lte=now))
    opens = Q(project=project) | Q(project=None) if project else Q()
    return keys.filter(opens).order_by(F("project_id").asc(nulls_last=True), "-created_at", "-id").first()
