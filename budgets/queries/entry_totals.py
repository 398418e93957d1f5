"""What the entries of a list come to, where that can be told without reading the ledger."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, QuerySet, Sum

from budgets.models import CostEntry
from budgets.queries.settled import Sums

# Entries are added up from the ledger only where no more than these have to be read.
MAX_READ = 10_000


@dataclass(frozen=True, slots=True)
class EntryTotal:
    """How many entries, and what they come to in nano-USD."""

    entries: int
    cost_nanousd: int


def total_of_sums(parts: Iterable[Sums]) -> EntryTotal:
    """Of all entries in these sums."""
    found = [part.aggregate(number=Sum("entries", default=0), cost=Sum("cost_nanousd", default=0)) for part in parts]
    return EntryTotal(sum(one["number"] for one in found), sum(one["cost"] for one in found))


def total_of_entries(entries: QuerySet[CostEntry], *, among: QuerySet[CostEntry]) -> EntryTotal | None:
    """Of these, which are `among` those that an index leads to; None where the latter are more than MAX_READ."""
    if among.order_by()[: MAX_READ + 1].count() > MAX_READ:
        return None
    sums = entries.order_by().aggregate(number=Count("pk"), cost=Sum("amount_nanousd", default=0))
    return EntryTotal(sums["number"], sums["cost"])
