"""Which view each record of a post belongs to (design R3)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from budgets.domain.marks import ViewToken
from budgets.domain.periods import epoch_us, from_epoch_us
from budgets.domain.posts import RawRecord
from budgets.models import Client, EndUser, HighWater, Project, View


@dataclass(frozen=True, slots=True)
class ViewName:
    """A view as a post names it: the token it is kept under and, for a marked one, what its mark says.

    `process_started_at` is the created_at that an unmarked record names its process by: litellm's default for it is
    the moment of import.
    """

    token: str
    marked: ViewToken | None = None
    process_started_at: datetime | None = None

    @property
    def is_shared_by_all(self) -> bool:
        """Whether nothing but the client stands behind the view."""
        return self.marked is None and self.process_started_at is None


def name_views(records: Sequence[RawRecord], client: Client) -> dict[str, ViewName]:
    """The view of each record, by user: its own mark's, else that of another record in the post, else the client's."""
    marked = {record.mark.view.text: record.mark.view for record in records if record.mark}
    latest = max(marked.values(), key=lambda view: view.read_at_us, default=None)
    return {record.name: _name_view(record, latest, client) for record in records}


def _name_view(record: RawRecord, latest: ViewToken | None, client: Client) -> ViewName:
    view = record.mark.view if record.mark else latest
    if view is not None:
        return ViewName(view.text, marked=view)
    created_at = record.record.get("created_at")
    if isinstance(created_at, int | float) and not isinstance(created_at, bool) and 0 < created_at < 253_402_300_799:
        started_at = from_epoch_us(round(created_at * 1_000_000))
        return ViewName(f"client {client.pk} since {epoch_us(started_at)}", process_started_at=started_at)
    return ViewName(f"client {client.pk}")


def open_views(project: Project, names: Sequence[ViewName], client: Client, now: datetime) -> dict[str, View]:
    """The rows of those views, made where missing, locked in the order of their ids, by token."""
    wanted = {name.token: name for name in names}
    known = set(View.objects.filter(project=project, token__in=wanted).values_list("token", flat=True))
    View.objects.bulk_create(
        [_new_view(project, wanted[token], client, now) for token in sorted(wanted.keys() - known)],
        ignore_conflicts=True,
    )
    locked = View.objects.filter(project=project, token__in=wanted).order_by("pk").select_for_update(no_key=True)
    return {view.token: view for view in locked}


def _new_view(project: Project, name: ViewName, client: Client, now: datetime) -> View:
    view = View(project=project, client=client, token=name.token, first_post_at=now, last_post_at=now)
    if name.marked is not None:
        view.read_at = from_epoch_us(name.marked.read_at_us)
        view.read_roster_version = name.marked.read_roster_version
    return view


def continued_views(client: Client, records: Sequence[RawRecord], views: dict[str, ViewName]) -> dict[str, ViewName]:
    """For a post without any mark: the marked views of the client that its records were counted under before.

    A program that read some users and created others posts the latter under the view it read. Once it has created
    anew all that it read, no mark is left in its posts, yet they still continue that view.
    """
    counted = HighWater.objects.filter(
        view__client=client,
        view__read_at__isnull=False,
        is_marked=False,
        end_user__name__in=[record.name for record in records],
    ).order_by("view__last_post_at")
    keys = {record.name: _period_key(record) for record in records}
    found: dict[str, View] = {}
    for row in counted.select_related("view", "end_user"):
        if keys.get(row.end_user.name) == (row.created_at_us, row.last_updated_at_us):
            found[row.end_user.name] = row.view
    if not found:
        return views
    # Records that were never posted go where the rest of the same program's went.
    latest = max(found.values(), key=lambda view: view.last_post_at)
    return {name: _marked_name(found.get(name, latest)) for name in views}


def _marked_name(view: View) -> ViewName:
    assert view.read_at is not None
    return ViewName(view.token, marked=ViewToken(view.token, view.read_roster_version, epoch_us(view.read_at)))


def _period_key(record: RawRecord) -> tuple[int | None, int | None]:
    created_at, last_updated_at = record.record.get("created_at"), record.record.get("last_updated_at")
    if not all(isinstance(one, int | float) and 0 <= one < 253_402_300_799 for one in (created_at, last_updated_at)):
        return None, None
    return round(created_at * 1_000_000), round(last_updated_at * 1_000_000)


def knew_user(name: ViewName, client: Client, user: EndUser) -> bool:
    """Whether the view had been told of the user, so that a record made anew is deliberate (design R6)."""
    if name.marked is not None:
        return user.roster_version <= name.marked.read_roster_version
    if name.process_started_at is None and client.is_anonymous:
        return False
    had_read = user.roster_version <= client.read_roster_version
    return had_read and (name.process_started_at is None or user.first_seen_at <= name.process_started_at)


def is_newer_than_archive(name: ViewName, client: Client, user: EndUser) -> bool:
    """Whether the view was read after the user was archived (design R8)."""
    if user.archived_roster_version is None or user.archived_at is None:
        return False
    read = name.marked.read_roster_version if name.marked is not None else client.read_roster_version
    return user.archived_roster_version <= read and (
        name.process_started_at is None or user.archived_at <= name.process_started_at
    )
