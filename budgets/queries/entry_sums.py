"""What the entries of a filtered list come to, while that is quickly told."""

from dataclasses import dataclass

from django.db.models import Count, QuerySet, Sum

from budgets.models import CostEntry

# Of more than these the ledger would be read for a sum that nobody checks; the dashboard has its sums from rollups.
MAX_ADDED = 10_000


@dataclass(frozen=True, slots=True)
class EntrySums:
    """How many entries there are, and what they come to in nano-USD; both None where they are more than MAX_ADDED."""

    entries: int | None
    cost_nanousd: int | None


def sums_of(entries: QuerySet[CostEntry]) -> EntrySums:
    """Add up the entries, reading one more than MAX_ADDED at most."""
    some = CostEntry.objects.filter(pk__in=entries.order_by("-pk").values("pk")[: MAX_ADDED + 1])
    found = some.aggregate(entries=Count("pk"), cost=Sum("amount_nanousd", default=0))
    return EntrySums(None, None) if found["entries"] > MAX_ADDED else EntrySums(found["entries"], int(found["cost"]))
