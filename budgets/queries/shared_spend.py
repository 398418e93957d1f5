"""How much spend stands on the highest figure of processes that cannot be told apart (design R3), in nano-USD."""

from dataclasses import dataclass

from django.db.models import OuterRef, Subquery, Sum

from budgets.domain.windows import Window
from budgets.models import Client, EndUser, HighWater
from budgets.queries.access import Reach
from budgets.queries.spend import sums_in


@dataclass(frozen=True, slots=True)
class SharedSpend:
    """In a window, and ever."""

    in_window_nanousd: int
    ever_nanousd: int


@dataclass(frozen=True, slots=True)
class Doubt:
    """What may have been counted twice of a user before the posts showed that several processes are behind a view."""

    end_user: EndUser
    amount_nanousd: int


def shared_spend(window: Window, *, reach: Reach) -> SharedSpend:
    """Within reach."""
    clients = reach.of(Client.objects.all())
    parts = sums_in(window, reach)
    in_window = sum(part.aggregate(shared=Sum("shared_nanousd", default=0))["shared"] for part in parts)
    return SharedSpend(in_window, clients.aggregate(shared=Sum("shared_nanousd"))["shared"] or 0)


def shared_by_project() -> Subquery:
    """For projects: the spend that ever stood on a highest figure; null where there are no clients."""
    clients = Client.objects.filter(project=OuterRef("pk")).order_by().values("project")
    return Subquery(clients.annotate(shared=Sum("shared_nanousd")).values("shared"))


def doubts_of(client: Client) -> list[Doubt]:
    """By user, the largest first, at most what may have been counted twice."""
    rows = HighWater.objects.filter(view__client=client, view__forked_at__isnull=False, doubtful_nanousd__gt=0)
    sums = list(rows.order_by().values("end_user").annotate(sum=Sum("doubtful_nanousd")).order_by("-sum", "end_user"))
    users = EndUser.objects.in_bulk([row["end_user"] for row in sums])
    return [Doubt(users[row["end_user"]], row["sum"]) for row in sums]
