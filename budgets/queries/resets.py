"""The budget windows that were closed last."""

from django.db.models import OuterRef, Subquery

from budgets.models import Period
from budgets.queries.access import Reach

LATEST = 6


def latest_resets(*, reach: Reach) -> list[Period]:
    """The periods closed last, with user, project and who closed them, the newest first.

    Whatever closes a period opens the next, so that the newest periods tell which ones, without an index over ends.
    """
    before = Period.objects.filter(
        end_user=OuterRef("end_user"), opened_version__lt=OuterRef("opened_version"), ends_at__isnull=False
    )
    newest = (
        reach.of(Period.objects.all())
        .annotate(before=Subquery(before.order_by("-opened_version").values("pk")[:1]))
        .filter(before__isnull=False)
        .order_by("-pk")
    )
    ids = list(newest.values_list("before", flat=True)[:LATEST])
    closed = Period.objects.select_related("end_user__project", "closed_by").in_bulk(ids)
    return [closed[pk] for pk in ids]
