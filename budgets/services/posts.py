"""`/set_budget`: taking one whole-dict post in (design §4), in one transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, partial

from django.db import transaction

from budgets.domain.flags import FlagKind
from budgets.domain.posts import RawRecord
from budgets.domain.reconcile import reconcile
from budgets.domain.records import MAX_FAULTS, PostedRecord, PostError
from budgets.domain.segments import RawDict
from budgets.domain.snapshots import Plan, Snapshot
from budgets.domain.standing import PostSays, stand
from budgets.models import Client, EndUser, HighWater, Period, Project, View
from budgets.models.driver import one_trip
from budgets.models.end_user import ChangeSource
from budgets.models.prepared import Among, Asked, Given, Prepared
from budgets.services.accounts import ask_for_accounts, ask_to_lock
from budgets.services.analysis import analyze_after
from budgets.services.bulk.updates import update_rows
from budgets.services.clients import SEEN_STEP, Caller, find_client, find_client_of, get_or_create_client, raise_flags
from budgets.services.end_users import lock_roster
from budgets.services.ledger import Author, LedgerBatch
from budgets.services.post_news import has_read_since_posting
from budgets.services.post_plans import carry_out, periods_spent_in
from budgets.services.post_reading import Reading, read_post
from budgets.services.post_snapshots import Poster, Stored
from budgets.services.projects import get_or_create_project
from budgets.services.turns import write_turn
from budgets.services.view_history import CountedRecord, ask_for_generations, save_generations
from budgets.services.view_lookup import (
    PostViews,
    ViewName,
    ask_for_views,
    continued_views,
    is_newer_than_archive,
    make_missing_views,
)

# As many records as are held in full at a time, some five kilobytes each; with fewer there are more statements.
PART_RECORDS = 500
# Records of very many models are held in full by the fewer: each of them takes up a hundred times its text and more.
PART_BYTES = 256 * 1024
_USERS_BY_NAME = Prepared(
    lambda: (
        EndUser.objects.filter(Among("name", "names"), project=Given("project"))
        .order_by()
        .values_list("name", "pk", "archived_at")
    )
)


def set_budget(*, project: Project, caller: Caller, user_dict: RawDict, now: datetime) -> None:
    """Take in what a client posted: count new spend, merge terms, open periods, once for however many posts say it.

    Raises MalformedError or PostError, having changed nothing, where a record or a mark is not to be understood.
    """
    client = find_client(project=project, caller=caller)
    if client is not None:
        _take_in(project, client, user_dict, now)
        return
    # A refused post leaves nothing behind, not even the name of who sent it.
    with transaction.atomic():
        client = get_or_create_client(project=project, caller=caller, now=now)
        _take_in(project, client, user_dict, now)


def set_budget_by_name(*, name: str, caller: Caller, user_dict: RawDict, now: datetime) -> None:
    """The same for a project that may not be there yet: it is made with its first write, or not at all.

    Raises MalformedError or PostError, having changed nothing, where a record or a mark is not to be understood.
    """
    client = find_client_of(project_name=name, caller=caller)
    if client is not None:
        _take_in(client.project, client, user_dict, now)
        return
    with transaction.atomic():
        set_budget(project=get_or_create_project(name=name, now=now), caller=caller, user_dict=user_dict, now=now)


def _take_in(project: Project, client: Client, user_dict: RawDict, now: datetime) -> None:
    reading = read_post(project, client, user_dict)
    parts = _parts_of(reading.news)
    first = _parse(reading.news, keep=len(parts[0]) if parts else 0)
    if not first:
        _note_post(client, now)
        return
    proofs = reading.lacked(now)
    try:
        with write_turn(), transaction.atomic():
            _Post(project, client, reading, now, proofs).take_in(first, parts)
    except _LateProofError as late:
        # The parts before it were taken for one program's.
        with write_turn(), transaction.atomic():
            _Post(project, client, reading, now, {**proofs, late.token: late.user}).take_in(first, parts)
    transaction.on_commit(partial(analyze_after, len(reading.news)))


class _LateProofError(Exception):
    """A later part of a post shows that several processes are behind its view."""

    def __init__(self, token: str, user: EndUser) -> None:
        super().__init__(token)
        self.token, self.user = token, user


def _parts_of(news: Sequence[RawRecord]) -> list[list[RawRecord]]:
    """The records as they are taken in: PART_RECORDS at a time, or as many as have PART_BYTES of text."""
    parts: list[list[RawRecord]] = []
    size_bytes = 0
    for raw in news:
        length = memoryview(raw.text).nbytes
        if not parts or len(parts[-1]) == PART_RECORDS or size_bytes + length > PART_BYTES:
            parts.append([])
            size_bytes = 0
        parts[-1].append(raw)
        size_bytes += length
    return parts


def _parse(news: Sequence[RawRecord], *, keep: int) -> list[PostedRecord]:
    """Validate every record, before anything is written; return the first `keep`: of most posts, all."""
    parsed: list[PostedRecord] = []
    faults = []
    for raw in news:
        try:
            record = raw.parse(is_marked=raw.mark is not None)
        except PostError as error:
            faults.extend(error.faults)
            if len(faults) >= MAX_FAULTS:
                break
        else:
            if len(parsed) < keep:
                parsed.append(record)
    if faults:
        raise PostError(faults)
    return parsed


def _note_post(client: Client, now: datetime) -> None:
    """Remember that the client has posted: to the minute, and at once where it has read since its last post."""
    if client.last_post_at is None or abs(now - client.last_post_at) >= SEEN_STEP or has_read_since_posting(client):
        Client.objects.filter(pk=client.pk).update(last_post_at=now)


_Asked = tuple[Asked[Period], Asked[HighWater]]


@dataclass(frozen=True, slots=True)
class _Part:
    """Some of a post's records, beside all that is stored about them."""

    raws: Sequence[RawRecord]
    stored: Stored
    snapshots: list[Snapshot]


@dataclass
class _Post:
    """One post's records on their way into the ledger, inside its transaction.

    They go in part by part. `proofs` are the users known to show that several processes are behind a view, by its
    token.
    """

    project: Project
    client: Client
    reading: Reading
    now: datetime
    proofs: Mapping[str, EndUser]
    poster: Poster = field(init=False)
    views: PostViews = field(init=False)
    rows: dict[str, View] = field(default_factory=dict)
    users: dict[str, int] = field(default_factory=dict)
    named: set[ViewName] = field(default_factory=set)
    doubtful: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.poster = Poster(self.project, self.client, self.reading.names, self.now)
        self.views = self.reading.views

    def take_in(self, first: Sequence[PostedRecord], parts: Sequence[Sequence[RawRecord]]) -> None:
        news = self.reading.news
        # Locks are taken in one order everywhere: the project, views, end users, rollups.
        project, self.users = self._lock_roster_if_it_grows([raw.name for raw in news])
        if not self.reading.is_marked:
            self.views = continued_views(self.client, news, self.views)
        self.named = {self.views.of(raw.name) for raw in news}
        make_missing_views(project, self.named, self.client, self.reading.stored_tokens, self.now)
        raws, *rest = parts
        with one_trip():
            views = ask_for_views(project, self.named)
            ask_to_lock(project, self.users.values())
            asked = self._ask(raws)
        self.rows = {view.token: view for view in views.rows()}
        for token in sorted(self.proofs.keys() & self.rows.keys()):
            self._note_fork(self.rows[token], self.proofs[token])
        batch = LedgerBatch(project, self.now)
        self._take_in_parts(batch, self._part(batch, raws, first, asked), rest)
        # Before the flags: whoever writes the client's sums, above, has locked it before them too.
        _note_post(self.client, self.now)
        flags = [(kind, user.pk) for kind, user in self.poster.flags.items()]
        raise_flags(client=self.client, flags=flags, now=self.now)

    def _ask(self, raws: Sequence[RawRecord]) -> _Asked:
        ids = [self.users[raw.name] for raw in raws if raw.name in self.users]
        return ask_for_accounts(ids), ask_for_generations(self.project, self.named, ids)

    def _part(
        self, batch: LedgerBatch, raws: Sequence[RawRecord], records: Iterable[PostedRecord], asked: _Asked
    ) -> _Part:
        accounts, generations = asked
        stored = Stored.load(self.poster, batch.take(accounts).values(), generations.rows(), raws, self._view)
        snapshots = [
            stored.snapshot(record, raw.mark, self.views.of(raw.name), self._view(raw.name))
            for raw, record in zip(raws, records, strict=True)
        ]
        return _Part(raws, stored, snapshots)

    def _read(self, batch: LedgerBatch, raws: Sequence[RawRecord]) -> _Part:
        with one_trip():
            asked = self._ask(raws)
        return self._part(batch, raws, (raw.parse(is_marked=raw.mark is not None) for raw in raws), asked)

    def _view(self, name: str) -> View:
        return self.rows[self.views.of(name).token]

    def _take_in_parts(self, batch: LedgerBatch, first: _Part, rest: Sequence[Sequence[RawRecord]]) -> None:
        post = self._says(first, rest)
        self._write(batch, first, reconcile(first.snapshots, now=self.now, post=post), is_last=not rest)
        for raws in rest:
            part = self._read(batch, raws)
            plans = reconcile(part.snapshots, now=self.now, post=post)
            self._check_for_late_proof(plans, part.stored)
            self._write(batch, part, plans, is_last=raws is rest[-1])

    def _says(self, first: _Part, rest: Iterable[Sequence[RawRecord]]) -> PostSays:
        """What the post says as a whole; once a record has brought news, the rest is not looked at."""
        post = PostSays(self.now).and_these(map(stand, first.snapshots))
        for raws in rest:
            if post.brings_news:
                break
            part = self._read(LedgerBatch(self.project, self.now), raws)
            post = post.and_these(map(stand, part.snapshots))
        return post

    def _check_for_late_proof(self, plans: Iterable[Plan], stored: Stored) -> None:
        for plan in plans:
            if plan.shows_fork:
                name = plan.record.name
                raise _LateProofError(self.views.of(name).token, stored.accounts[name].end_user)

    def _write(self, batch: LedgerBatch, part: _Part, plans: Sequence[Plan], *, is_last: bool) -> None:
        batch.load_periods({pk for plan in plans for pk in periods_spent_in(plan)})
        counted = [one for plan in plans if (one := self._apply(batch, plan, part.stored))]
        written = {
            one.account.end_user.name: one.generation.digest
            for one in counted
            if one.view.token in self.reading.by_token
        }
        self.doubtful |= self.reading.segments_of(
            raw.name for raw in part.raws if not raw.is_like(written.get(raw.name))
        )
        with one_trip():
            batch.save_part()
            save_generations(self.project, counted)
            if is_last:
                batch.sums.save()
                self._note_views()

    def _apply(self, batch: LedgerBatch, plan: Plan, stored: Stored) -> CountedRecord | None:
        name, view = plan.record.name, self._view(plan.record.name)
        known = stored.accounts.get(name)
        account = carry_out(batch, known, plan, self._author)
        # A user made by this post has no id yet.
        for kind in plan.flags:
            self.poster.flags[self._fork_flag(view) if kind is FlagKind.FORKED else kind] = account.end_user
        if plan.shows_fork:
            self._note_fork(view, account.end_user)
        if plan.generation is None:
            return None
        generations = stored.generations(view, known) if known else []
        row = next((one for one in generations if one.generation == plan.generation.number), None)
        return CountedRecord(view, account, plan.generation, row)

    @cached_property
    def _author(self) -> Author:
        return Author(ChangeSource.CLIENT, client=self.client)

    def _note_views(self) -> None:
        """Of each view, when it last posted and what is known of its posts: its counts may have changed."""
        for row in self.rows.values():
            row.last_post_at = self.now
            row.segments = self.reading.digests_after(row, self.doubtful)
        update_rows(list(self.rows.values()), ("last_post_at", "segments"))

    def _note_fork(self, view: View, user: EndUser) -> None:
        """Remember of all views of the post that several processes are behind them, as it shows of that user."""
        self.poster.flags[self._fork_flag(view)] = user
        key_alone = {name.token for name in self.views.all() if name.is_key_alone(self.client)}
        forked = [row for token, row in self.rows.items() if token not in key_alone and row.forked_at is None]
        for row in forked:
            row.forked_at = self.now
        View.objects.filter(pk__in=[row.pk for row in forked]).update(forked_at=self.now)

    def _fork_flag(self, view: View) -> FlagKind:
        """A marked view was copied by a fork; without marks, processes of one client id look the same."""
        return FlagKind.FORKED if view.read_at or self.client.is_anonymous else FlagKind.SHARED_CLIENT_ID

    def _lock_roster_if_it_grows(self, names: Sequence[str]) -> tuple[Project, dict[str, int]]:
        """The ids of the posted users there are; before any is made or brought back, the project is locked.

        A user that is archived only after this was read is not brought back: the view is older than that.
        """
        known = self.reading.known_users()
        if len(known) == len(names):
            return self.project, known
        found, archived = self._find_users(names)
        comes_back = any(
            is_newer_than_archive(self.views.of(user.name), self.client, user, self.poster.covers_last_read)
            for user in (EndUser.objects.in_bulk(archived).values() if archived else ())
        )
        if len(found) == len(names) and not comes_back:
            return self.project, found
        return lock_roster(self.project), self._find_users(names)[0]

    def _find_users(self, names: Sequence[str]) -> tuple[dict[str, int], list[int]]:
        """The ids of the named users there are, and those of the archived among them."""
        found: dict[str, int] = {}
        archived: list[int] = []
        for at in range(0, len(names), PART_RECORDS):
            rows = _USERS_BY_NAME.run(project=self.project.pk, names=names[at : at + PART_RECORDS])
            found |= {name: pk for name, pk, _ in rows}
            archived.extend(pk for _, pk, archived_at in rows if archived_at is not None)
        return found, archived
