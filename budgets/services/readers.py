"""Who reads a project, what it finds there, and that it has read."""

from dataclasses import dataclass
from datetime import datetime

from budgets.domain.handed_out import Stamp
from budgets.models import Client
from budgets.models.prepared import Given, Prepared
from budgets.queries.handed_out import VERSIONS_SUM, stamp_of
from budgets.services.bulk.updates import update_if_there
from budgets.services.clients import SEEN_STEP, Caller

# As models, its rows would take twice as long.
_READERS = Client.objects.order_by().values_list(
    "pk",
    "project_id",
    "project__mark_key",
    "project__roster_version",
    VERSIONS_SUM,
)
_NAMED = Prepared(lambda: _READERS.filter(project__name=Given("project"), client_id=Given("client_id"), api_key=None))
_UNNAMED = Prepared(lambda: _READERS.filter(project__name=Given("project"), client_id="", api_key=Given("api_key")))
_SEEN = Prepared(
    lambda: (
        Client.objects.filter(pk=Given("client"))
        .order_by()
        .values_list("last_read_at", "last_post_at", "read_roster_version")
    )
)


@dataclass(frozen=True, slots=True)
class Reader:
    """A client that reads, and its project as it was where its live users were of that stamp: None without any."""

    client_pk: int
    project_pk: int
    mark_key: bytes
    roster_version: int
    stamp: Stamp | None


def find_reader(*, project_name: str, caller: Caller) -> Reader | None:
    """Who reads, by its client id or, without one, by its key (design R3); None where it was not seen there before."""
    if caller.client_id:
        found = _NAMED.first(project=project_name, client_id=caller.client_id)
    else:
        found = _UNNAMED.first(project=project_name, api_key=caller.api_key.pk)
    if found is None:
        return None
    client_pk, project_pk, mark_key, roster_version, versions_sum = found
    return Reader(client_pk, project_pk, bytes(mark_key), roster_version, stamp_of(roster_version, versions_sum))


def note_read(reader: Reader, *, now: datetime) -> None:
    """Remember that the client has read, and how many roster changes it knows of.

    Called last: a post of the same client that was taken in meanwhile is before this read. A repeated read with nothing
    posted in between says nothing new, and is written once a minute only.
    """
    seen = _SEEN.first(client=reader.client_pk)
    if seen is None:
        return
    last_read_at, last_post_at, known_roster_version = seen
    has_posted_since = last_post_at is not None and (last_read_at or last_post_at) <= last_post_at
    is_stale = last_read_at is None or abs(now - last_read_at) >= SEEN_STEP
    if known_roster_version != reader.roster_version or has_posted_since or is_stale:
        read = Client.new(id=reader.client_pk, last_read_at=now, read_roster_version=reader.roster_version)
        update_if_there(read, ("last_read_at", "read_roster_version"))
