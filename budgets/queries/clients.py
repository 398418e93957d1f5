"""Clients: what they posted, and what is odd about them in words."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, Greatest

from budgets.domain.flags import FLAG_TEXTS, SHARED_KINDS, FlagKind, FlagText
from budgets.domain.windows import DAY, floor_day
from budgets.models import Client, ClientDaySpend, ClientFlag
from budgets.queries.access import Reach

# By whole UTC days up to today, as the dashboard counts.
POSTED_WINDOW = timedelta(days=30)
PACE_WINDOW = timedelta(days=7)
# Neither read nor posted for so long.
IDLE_AFTER = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class WordedFlag:
    """A flag with its title, what was seen, and the cure."""

    flag: ClientFlag
    text: FlagText

    @property
    def shared_nanousd(self) -> int:
        """How much the client's spend stands on a highest figure, where that is what the flag is about; else 0."""
        return self.flag.client.shared_nanousd if self.needs_snippet else 0

    @property
    def needs_snippet(self) -> bool:
        """Whether the cure is to give each process a manager of its own, with a client id of its own."""
        return self.flag.kind in SHARED_KINDS

    @property
    def is_proof(self) -> bool:
        """Whether figures were seen going back and forth, so that some may have been counted twice until then."""
        return self.flag.kind in {FlagKind.FORKED, FlagKind.SHARED_CLIENT_ID}


def worded(flag: ClientFlag) -> WordedFlag:
    """The flag in words; one of a kind this release does not know stands by its name."""
    text = next((text for kind, text in FLAG_TEXTS.items() if kind == flag.kind), None)
    return WordedFlag(flag, text or FlagText(title=flag.kind, seen="", cure=""))


def _first_day(window: timedelta, now: datetime) -> datetime:
    """When the first of the window's whole UTC days, the last of which is today, begins."""
    return floor_day(now) + DAY - window


def counted_for(client: Client, *, now: datetime) -> timedelta:
    """How long the client had to make what `with_posted` counts in PACE_WINDOW: up to now, or since it came."""
    return now - max(_first_day(PACE_WINDOW, now), client.first_seen_at)


def with_posted(clients: QuerySet[Client], *, now: datetime) -> QuerySet[Client]:
    """The clients with what they posted, when they were `seen_at` last, and their open flags.

    `posted_nanousd` is of the last POSTED_WINDOW and `lately` the number of entries of the last PACE_WINDOW, both null
    where there are none; `open_flags` is a number, and `shown_flags` are the flags themselves. What was posted comes
    from sums by the day, so that the list stays fast as the ledger grows.
    """
    days = ClientDaySpend.objects.filter(client=OuterRef("pk")).order_by().values("client")
    posted = days.filter(day__gte=_first_day(POSTED_WINDOW, now).date()).annotate(total=Sum("cost_nanousd"))
    lately = days.filter(day__gte=_first_day(PACE_WINDOW, now).date()).annotate(total=Sum("entries"))
    open_flags = ClientFlag.objects.filter(dismissed_at=None)
    return (
        clients.select_related("project", "api_key")
        .prefetch_related(Prefetch("flags", open_flags, to_attr="shown_flags"))
        .annotate(
            posted_nanousd=Subquery(posted.values("total")),
            lately=Subquery(lately.values("total")),
            # One of them is null where the client has only read, or only posted.
            seen_at=Greatest(
                Coalesce("last_read_at", "last_post_at", "first_seen_at"),
                Coalesce("last_post_at", "last_read_at", "first_seen_at"),
            ),
            open_flags=Count("flags", filter=Q(flags__dismissed_at=None)),
        )
    )


def idle(clients: QuerySet[Client], *, now: datetime) -> QuerySet[Client]:
    """Of clients read by `with_posted`, those that have not been seen for IDLE_AFTER."""
    return clients.filter(Q(seen_at__lt=now - IDLE_AFTER))


def flags_of(client: Client) -> list[WordedFlag]:
    """Every flag of the client, open ones first."""
    flags = list(client.flags.select_related("end_user", "client"))
    return [worded(flag) for flag in sorted(flags, key=lambda flag: flag.dismissed_at is not None)]


def latest_flags(*, reach: Reach, limit: int = 5) -> list[WordedFlag]:
    """The latest flags that nobody dismissed."""
    flags = ClientFlag.objects.filter(dismissed_at=None).select_related("client__api_key", "project", "end_user")
    return [worded(flag) for flag in reach.of(flags)[:limit]]


def flagged_clients(*, reach: Reach) -> int:
    """How many clients have a flag that nobody dismissed."""
    open_flags = reach.of(ClientFlag.objects.filter(dismissed_at=None))
    return open_flags.order_by().values("client").distinct().count()
