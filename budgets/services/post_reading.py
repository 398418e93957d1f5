"""Which part of a post is to be read at all: the segments that its program has not posted before, to the letter."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from budgets.domain.marks import MARK_KEY
from budgets.domain.posts import MalformedError, RawRecord, read_records
from budgets.domain.records import PostError
from budgets.domain.segments import UNKNOWN, Cut, Digests, RawDict, cut
from budgets.models import Client, EndUser, Project, View
from budgets.models.prepared import Given, Prepared
from budgets.services.post_news import (
    EVERYONE,
    CountedRow,
    has_read_since_posting,
    lacked_users,
    last_counted,
    without_echoes,
)
from budgets.services.view_lookup import PostViews, ViewName, name_views

MARK_TEXT = f'"{MARK_KEY}"'.encode()
# Of more segments than these, asking for everything that the view has counted is quicker.
MAX_RANGES = 8
_SEGMENTS = Prepared(
    lambda: View.objects.filter(project=Given("project"), token=Given("token")).values_list("segments")
)


@dataclass
class Reading:
    """A posted dict, and what had to be read of it.

    `names` are all its users. `records` were read, each with its view in `views`; the rest, if any, is to the letter
    what the one view in `by_token` last posted. `counted` has the current counts of the segments that were read, those
    of missing users too. `known` is what was known of the segments when the post came.
    """

    client: Client
    names: Collection[str]
    records: list[RawRecord]
    views: PostViews
    by_token: Mapping[str, ViewName]
    counted: Mapping[tuple[str, str], CountedRow]
    cut: Cut
    known: Digests
    news: list[RawRecord] = field(init=False)

    def __post_init__(self) -> None:
        self.news = without_echoes(self.client, self.records, self.views, self.counted)

    @property
    def stored_tokens(self) -> set[str]:
        """Views that have a row for certain."""
        return {token for token in self.by_token if self.known.stamp} if len(self.by_token) == 1 else set()

    @property
    def is_marked(self) -> bool:
        """Whether any of its records was handed out by the server."""
        return any(name.marked is not None for name in self.by_token.values())

    def known_users(self) -> dict[str, int]:
        """The ids of those among the users with news that their views have posted before, but for archived ones."""
        if not self.counted:
            return {}
        rows = ((raw.name, self.counted.get((self.views.of(raw.name).token, raw.name))) for raw in self.news)
        return {name: row.end_user_id for name, row in rows if row is not None and not row.is_archived}

    def lacked(self, now: datetime) -> dict[str, EndUser]:
        """By view's token, a user whom the view posted long ago and this post lacks."""
        key_alone = {token for token, name in self.by_token.items() if name.is_key_alone(self.client)}
        counted = {key: row for key, row in self.counted.items() if key[0] not in key_alone}
        return lacked_users(self.client, counted, self.names, is_marked=self.is_marked, now=now)

    def segments_of(self, names: Iterable[str]) -> set[int]:
        """Those that the users are in."""
        return {self.cut.segment_of(name) for name in names}

    def digests_after(self, view: View, doubtful: Collection[int]) -> bytes:
        """What is known of the locked view's posts once this one is taken in, but for the `doubtful` segments.

        A segment is known where every record in it is now, to the letter, what was last counted, and no counted user is
        missing: posted again, it says nothing. Where another post was taken in meanwhile, nothing is known.
        """
        stands = Digests.from_bytes(bytes(view.segments))
        if stands.stamp != self.known.stamp or set(self.by_token) != {view.token}:
            return stands.forgotten().to_bytes()
        unknown = self.segments_of(name for _, name in self.counted if name not in self.names) | set(doubtful)
        digests = [UNKNOWN if index in unknown else digest for index, digest in enumerate(self.cut.digests)]
        return stands.with_segments(self.cut.bits, digests).to_bytes()


def read_post(project: Project, client: Client, user_dict: RawDict) -> Reading:
    """Read of the post what is not known. Raises MalformedError or PostError for what cannot be read."""
    mark_key = bytes(project.mark_key)
    view = _likely_view(client, user_dict, mark_key)
    known = Digests() if view is None else _known(project, client, view)
    parts = cut(user_dict, known)
    unlike = parts.unlike(known)
    if view is not None and len(unlike) < len(parts.digests):
        records = read_records(parts.users_of(unlike), mark_key)
        views = name_views(records, client, view.marked)
        if {name.token for name in views.all()} <= {view.token}:
            parts.let_go()
            ranges = [parts.hash_range(index) for index in unlike] if len(unlike) <= MAX_RANGES else [EVERYONE]
            counted = last_counted(project, {view.token}, ranges)
            return Reading(client, user_dict.keys(), records, views, {view.token: view}, counted, parts, known)
    return _read_all(project, client, user_dict, parts, (view, known))


def _read_all(
    project: Project, client: Client, user_dict: RawDict, parts: Cut, likely: tuple[ViewName | None, Digests]
) -> Reading:
    parts.let_go()
    records = read_records(user_dict, bytes(project.mark_key))
    views = name_views(records, client)
    by_token = {name.token: name for name in views.all()}
    counted = last_counted(project, by_token.keys())
    view, known = likely
    if view is None or by_token.keys() != {view.token}:
        # What is known is of another view than the post's.
        known = Digests()
    return Reading(client, user_dict.keys(), records, views, by_token, counted, parts, known)


def _likely_view(client: Client, user_dict: RawDict, mark_key: bytes) -> ViewName | None:
    """The view of the first record that has a mark or, in a post without any, of the first record.

    None where that cannot be read: then every fault is looked for. A record may have the mark's key within another, or
    empty, so that the post's view may yet be another.
    """
    marked = ((name, raw) for name, raw in user_dict.items() if MARK_TEXT in bytes(raw))
    first = next(marked, None) or next(iter(user_dict.items()), None)
    if first is None:
        return None
    try:
        view = name_views(read_records(dict([first]), mark_key), client).common
    except (PostError, MalformedError):
        return None
    return view


def _known(project: Project, client: Client, name: ViewName) -> Digests:
    row = _SEGMENTS.first(project=project.pk, token=name.token)
    known = Digests.from_bytes(bytes(row[0])) if row else Digests()
    if name.is_shared_by_all and has_read_since_posting(client):
        # What it posts now may be made anew, however like it is to what was posted before.
        return Digests(stamp=known.stamp)
    return known
