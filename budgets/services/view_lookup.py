"""Which view each record of a post belongs to (design R3)."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from budgets.domain.marks import ViewToken
from budgets.domain.periods import epoch_us, from_epoch_us
from budgets.domain.posts import RawRecord
from budgets.domain.records import ClientPeriod, client_period_of
from budgets.models import Client, EndUser, HighWater, Project, View
from budgets.models.prepared import Among, Asked, Given, Prepared
from budgets.services.bulk.reads import rows_in

_LOCKED_VIEWS = Prepared(
    lambda: (
        View.objects.filter(Among("token", "tokens"), project=Given("project"))
        .order_by("pk")
        .select_for_update(no_key=True)
    )
)
# A view's user as it was counted: its name, the view's id, and the client period.
_Count = tuple[str, int, int | None, int | None]
_CLIENTS_COUNTS = Prepared[_Count](
    lambda: (
        HighWater.objects.filter(
            Among("end_user__name", "names"),
            end_user__project=Given("project"),
            view__client=Given("client"),
            is_marked=False,
        )
        .order_by("view__last_post_at", "generation")
        .values_list("end_user__name", "view_id", "created_at_us", "last_updated_at_us")
    )
)
_CLIENTS_VIEWS = Prepared(lambda: View.objects.filter(Among("pk", "ids"), client=Given("client")).defer("segments"))
USERS_AT_A_TIME = 1_000


class ViewName(Struct, frozen=True, gc=False):
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

    def is_key_alone(self, client: Client) -> bool:
        """Whether nothing but the API key stands behind the view: any number of processes (design R3)."""
        return self.is_shared_by_all and client.is_anonymous


class PostViews(Struct, frozen=True):
    """The view of each of a post's users: mostly `common` to all, so that the view is kept of the `others` alone."""

    common: ViewName | None
    others: Mapping[str, ViewName]

    @classmethod
    def collect(cls, named: Iterable[tuple[str, ViewName]]) -> "PostViews":
        """Of (user, view) pairs."""
        pairs = iter(named)
        _, common = next(pairs, (None, None))
        return cls(common, {user: view for user, view in pairs if view != common})

    def of(self, user: str) -> ViewName:
        """The user's view."""
        view = self.others.get(user, self.common)
        assert view is not None
        return view

    def all(self) -> set[ViewName]:
        """Every view there is."""
        return {*([] if self.common is None else [self.common]), *self.others.values()}


def name_views(records: Sequence[RawRecord], client: Client, marked_elsewhere: ViewToken | None = None) -> PostViews:
    """The view of each record: its own mark's, else that of another record in the post, else the client's.

    `marked_elsewhere` is the mark of the post's other records, where these are not all.
    """
    marked = [record.mark.view for record in records if record.mark]
    latest = max([*marked, *([marked_elsewhere] if marked_elsewhere else [])], key=_read_at, default=None)
    names: dict[ViewName, ViewName] = {}
    named = ((record.name, _name_view(record, latest, client)) for record in records)
    return PostViews.collect((user, names.setdefault(name, name)) for user, name in named)


def _read_at(view: ViewToken) -> int:
    return view.read_at_us


def _name_view(record: RawRecord, latest: ViewToken | None, client: Client) -> ViewName:
    view = record.mark.view if record.mark else latest
    if view is not None:
        return ViewName(view.text, marked=view)
    created_at_us = client_period_of(record.record).created_at_us
    if created_at_us is None:
        return ViewName(_client_token(client))
    return ViewName(f"{_client_token(client)} since {created_at_us}", process_started_at=from_epoch_us(created_at_us))


def _client_token(client: Client) -> str:
    return f"client {client.pk}"


def make_missing_views(
    project: Project, names: Iterable[ViewName], client: Client, stored_tokens: Collection[str], now: datetime
) -> None:
    """Make those of the views that have no row; `stored_tokens` are known to have one."""
    wanted = {name.token: name for name in names}
    if unsure := wanted.keys() - set(stored_tokens):
        known = {view.token for view in rows_in(View.objects.filter(project=project), "token", unsure)}
        missing = [_new_view(project, wanted[token], client, now) for token in sorted(unsure - known)]
        View.objects.bulk_create(missing, ignore_conflicts=True)


def ask_for_views(project: Project, names: Iterable[ViewName]) -> Asked[View]:
    """The rows of those views, locked in the order of their ids."""
    return _LOCKED_VIEWS.ask(project=project.pk, tokens=list({name.token for name in names}))


def _new_view(project: Project, name: ViewName, client: Client, now: datetime) -> View:
    view = View(project=project, client=client, token=name.token, first_post_at=now, last_post_at=now)
    if name.marked is not None:
        view.read_at = from_epoch_us(name.marked.read_at_us)
        view.read_roster_version = name.marked.read_roster_version
    return view


def continued_views(client: Client, records: Sequence[RawRecord], views: PostViews) -> PostViews:
    """For a post without any mark: the views of the client that its records were counted under before.

    A program that read some users and created others posts the latter under the view it read. Once it has created
    anew all that it read, no mark is left in its posts, yet they still continue that view. And a program that creates
    a budget anew with a duration, or without one, names itself otherwise than before.
    """
    known: dict[int, View] = {}
    found: dict[str, View] = {}
    own: dict[str, ViewName] = {}
    for at in range(0, len(records), USERS_AT_A_TIME):
        part = records[at : at + USERS_AT_A_TIME]
        counts = _CLIENTS_COUNTS.run(
            project=client.project_id, client=client.pk, names=[record.name for record in part]
        )
        known |= _views(client, {view_id for _, view_id, *_ in counts} - known.keys())
        found |= _continued(part, counts, known)
        own |= _own_names(client, part, counts, known, views)
    if found:
        # Records that were never posted go where the rest of the same program's went.
        latest = max(found.values(), key=lambda view: view.last_post_at)
        names = {view.pk: _marked_name(view) for view in {*found.values(), latest}}
        return PostViews.collect((record.name, names[found.get(record.name, latest).pk]) for record in records)
    return views if client.is_anonymous or not own else PostViews(views.common, {**views.others, **own})


def _views(client: Client, ids: Collection[int]) -> dict[int, View]:
    rows = _CLIENTS_VIEWS.run(client=client.pk, ids=list(ids)) if ids else []
    return {view.pk: view for view in rows}


def _continued(records: Sequence[RawRecord], counts: Sequence[_Count], known: Mapping[int, View]) -> dict[str, View]:
    """By user, the view that was read and that counts the user's very client period."""
    periods = {record.name: client_period_of(record.record) for record in records}
    return {
        name: known[view_id]
        for name, view_id, created_at_us, last_updated_at_us in counts
        if known[view_id].read_at is not None and periods[name] == ClientPeriod(created_at_us, last_updated_at_us)
    }


def _own_names(
    client: Client,
    records: Sequence[RawRecord],
    counts: Sequence[_Count],
    known: Mapping[int, View],
    views: PostViews,
) -> dict[str, ViewName]:
    """The users whose view of no mark went by another name before."""
    own: dict[str, list[View]] = defaultdict(list)
    for name, view_id, *_ in counts:
        if known[view_id].read_at is None:
            own[name].append(known[view_id])
    named = ((record.name, views.of(record.name)) for record in records)
    return {user: own_name for user, view in named if (own_name := _own_name(view, own[user], client)) != view}


def _own_name(view: ViewName, own: Sequence[View], client: Client) -> ViewName:
    """The view that counts the user for the same program already, if that went by another name (design R6).

    A client id stands for one program, as far as it can. Of several that began together under one id, each names
    itself by the moment of its import: before the others posted. Who tells no moment, or one after the user was first
    posted, made the budget anew; so did who ran before, where the first told none.
    """
    if not own or view.token in {one.token for one in own}:
        return view
    latest, started_at = own[-1], view.process_started_at
    is_same = started_at is None or started_at > latest.first_post_at or latest.token == _client_token(client)
    return replace(view, token=latest.token) if is_same else view


def _marked_name(view: View) -> ViewName:
    assert view.read_at is not None
    return ViewName(view.token, marked=ViewToken(view.token, view.read_roster_version, epoch_us(view.read_at)))


def knew_user(name: ViewName, client: Client, user: EndUser, covers_last_read: Callable[[], bool]) -> bool:
    """Whether the view had been told of the user, so that a record made anew is deliberate (design R6).

    Under a client id a process that began before the user was there may have read since, or be another than the one
    that read: then its posts lack users that were read (`covers_last_read`).
    """
    if name.marked is not None:
        return user.roster_version <= name.marked.read_roster_version
    if name.process_started_at is None and client.is_anonymous:
        return False
    had_read = user.roster_version <= client.read_roster_version
    if not had_read:
        return False
    began_after = name.process_started_at is None or user.first_seen_at <= name.process_started_at
    return began_after or (not client.is_anonymous and covers_last_read())


def is_newer_than_archive(name: ViewName, client: Client, user: EndUser, covers_last_read: Callable[[], bool]) -> bool:
    """Whether the view was read after the user was archived (design R8); `covers_last_read` as for `knew_user`."""
    if user.archived_roster_version is None or user.archived_at is None:
        return False
    read = name.marked.read_roster_version if name.marked is not None else client.read_roster_version
    if user.archived_roster_version > read:
        return False
    began_after = name.process_started_at is None or user.archived_at <= name.process_started_at
    return began_after or (not client.is_anonymous and covers_last_read())
