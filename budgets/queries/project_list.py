"""What the list of projects shows of each beside its spend: how many users and keys it has."""

from datetime import datetime
from typing import Any

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from budgets.models import ApiKey, EndUser
from budgets.queries.access import Reach


def live_users_by_project() -> Any:
    """For projects: how many end users each has, archived ones aside.

    All less the archived: an index has each of the two, and no row is read.
    """
    return _count_of(EndUser.objects.all()) - _count_of(EndUser.objects.filter(archived_at__isnull=False))


def usable_keys_by_project(reach: Reach, at: datetime) -> Any:
    """For projects: how many keys of its own open each at that moment; 0 of a project out of reach."""
    usable = Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=at))
    return _count_of(reach.of(ApiKey.objects.filter(usable)))


def _count_of(rows: QuerySet[Any]) -> Coalesce:
    # A subquery each: joined, the rows of one table would be counted with each row of the other.
    of_project = rows.filter(project=OuterRef("pk")).order_by().values("project").annotate(count=Count("pk"))
    return Coalesce(Subquery(of_project.values("count")), Value(0), output_field=IntegerField())
