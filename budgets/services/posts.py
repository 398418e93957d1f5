"""`/set_budget`: taking one whole-dict post in (design §4), in one transaction."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from budgets.domain.flags import FlagKind
from budgets.domain.marks import Mark
from budgets.domain.money import MoneyError
from budgets.domain.periods import from_epoch_us
from budgets.domain.posts import RawRecord
from budgets.domain.reconcile import reconcile
from budgets.domain.records import MAX_FAULTS, Fault, PostedRecord, PostError, pointer
from budgets.domain.segments import RawDict
from budgets.domain.snapshots import Closing, Plan, Snapshot, Spend
from budgets.models import Client, EndUser, HighWater, Period, Project, View
from budgets.models.cost_entry import EntrySource
from budgets.models.driver import one_trip
from budgets.models.end_user import ChangeSource
from budgets.models.period import CloseReason
from budgets.services.accounts import Account, ask_to_lock
from budgets.services.bulk import rows_in, update_rows
from budgets.services.clients import SEEN_STEP, Caller, find_client, find_client_of, get_or_create_client, raise_flags
from budgets.services.end_users import lock_roster, restore_account
from budgets.services.ledger import Author, LedgerBatch
from budgets.services.post_news import has_read_since_posting
from budgets.services.post_reading import Reading, read_post
from budgets.services.projects import get_or_create_project
from budgets.services.turns import write_turn
from budgets.services.view_history import (
    HANDED_NUMBER,
    CountedRecord,
    HandedStates,
    ask_for_generations,
    by_view_and_user,
    generation_of,
    save_generations,
)
from budgets.services.view_lookup import (
    ViewName,
    ask_for_views,
    continued_views,
    is_newer_than_archive,
    knew_user,
    make_missing_views,
)

TOLD_BY_MODEL = "the client has since told the model"
CLOSE_REASONS = {Closing.CLIENT_RESET: CloseReason.CLIENT_RESET, Closing.RECREATED: CloseReason.RECREATED}


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
    parsed = _parse(reading.news)
    if parsed:
        lacked = reading.lacked(now)
        with write_turn(), transaction.atomic():
            _Post(project, client, reading, now, lacked).take_in(parsed)
    _note_post(client, now)


def _parse(news: Sequence[RawRecord]) -> list[PostedRecord]:
    parsed, faults = [], []
    for raw in news:
        try:
            parsed.append(raw.parse(is_marked=raw.mark is not None))
        except PostError as error:
            faults.extend(error.faults)
        if len(faults) >= MAX_FAULTS:
            break
    if faults:
        raise PostError(faults)
    return parsed


def _note_post(client: Client, now: datetime) -> None:
    """Remember that the client has posted: to the minute, and at once where it has read since its last post."""
    if client.last_post_at is None or abs(now - client.last_post_at) >= SEEN_STEP or has_read_since_posting(client):
        Client.objects.filter(pk=client.pk).update(last_post_at=now)


@dataclass
class _Post:
    """One post's records on their way into the ledger, inside its transaction."""

    project: Project
    client: Client
    reading: Reading
    now: datetime
    lacked: Mapping[str, EndUser]
    raw: dict[str, RawRecord] = field(init=False)
    views: dict[str, ViewName] = field(init=False)
    flags: list[tuple[FlagKind, EndUser]] = field(default_factory=list)
    _covers_last_read: bool | None = None

    def __post_init__(self) -> None:
        self.raw = {raw.name: raw for raw in self.reading.news}
        self.views = {name: self.reading.views[name] for name in self.raw}

    def take_in(self, records: Sequence[PostedRecord]) -> None:
        names = {record.name for record in records}
        # Locks are taken in one order everywhere: the project, views, end users, rollups.
        project, users = self._lock_roster_if_it_grows(names)
        if not self.reading.is_marked:
            self.views = continued_views(self.client, list(self.raw.values()), self.views)
        named = [self.views[name] for name in names]
        make_missing_views(project, named, self.client, self.reading.stored_tokens, self.now)
        batch = LedgerBatch(project, self.now)
        with one_trip():
            views = ask_for_views(project, named)
            locked = ask_to_lock(project, users.values())
            generations = ask_for_generations(project, named, users.values())
        rows = {view.token: view for view in views.rows()}
        accounts = {one.end_user.name: one for one in batch.take(locked).values()}
        history = by_view_and_user(generations.rows())
        for token in sorted(self.lacked.keys() & rows.keys()):
            self._note_fork(rows[token], self.lacked[token], rows)
        plans = self._plan(records, accounts, rows, history)
        batch.load_periods({one.period_id for plan in plans for one in _spends(plan) if one.period_id is not None})
        counted = [one for plan in plans if (one := self._apply(batch, plan, accounts, rows, history))]
        with one_trip():
            batch.save()
            save_generations(project, counted)
            self._note_views(rows, counted)
        raise_flags(client=self.client, flags=[(kind, user.pk) for kind, user in self.flags], now=self.now)

    def _note_views(self, rows: Mapping[str, View], counted: Sequence[CountedRecord]) -> None:
        """Of each view, when it last posted and what is known of its posts: its counts may have changed."""
        written: dict[int, dict[str, str]] = defaultdict(dict)
        for one in counted:
            written[one.view.pk][one.account.end_user.name] = one.generation.digest
        for row in rows.values():
            row.last_post_at = self.now
            row.segments = self.reading.digests_after(row, written[row.pk])
        update_rows(list(rows.values()), ("last_post_at", "segments"))

    def _note_fork(self, view: View, user: EndUser, rows: Mapping[str, View]) -> None:
        """Remember of all views of the post that several processes are behind them, as it shows of that user."""
        self.flags.append((self._fork_flag(view), user))
        key_alone = {name.token for name in self.views.values() if name.is_key_alone(self.client)}
        forked = [row for token, row in rows.items() if token not in key_alone and row.forked_at is None]
        for row in forked:
            row.forked_at = self.now
        View.objects.filter(pk__in=[row.pk for row in forked]).update(forked_at=self.now)

    def _fork_flag(self, view: View) -> FlagKind:
        """A marked view was copied by a fork; without marks, processes of one client id look the same."""
        return FlagKind.FORKED if view.read_at or self.client.is_anonymous else FlagKind.SHARED_CLIENT_ID

    def _lock_roster_if_it_grows(self, names: set[str]) -> tuple[Project, dict[str, int]]:
        """The ids of the posted users there are; before any is made or brought back, the project is locked.

        A user that is archived only after this was read is not brought back: the view is older than that.
        """
        known = self.reading.known_users(names)
        if len(known) == len(names):
            return self.project, known
        found = self._find_users(names)
        comes_back = any(
            is_newer_than_archive(self.views[name], self.client, user, self.covers_last_read)
            for name, user in found.items()
        )
        if len(found) == len(names) and not comes_back:
            return self.project, _ids(found)
        return lock_roster(self.project), _ids(self._find_users(names))

    def _find_users(self, names: set[str]) -> dict[str, EndUser]:
        return {user.name: user for user in rows_in(EndUser.objects.filter(project=self.project), "name", names)}

    def _plan(
        self,
        records: Sequence[PostedRecord],
        accounts: Mapping[str, Account],
        rows: Mapping[str, View],
        history: Mapping[tuple[int, int], list[HighWater]],
    ) -> list[Plan]:
        handed = HandedStates.load(
            {
                accounts[name].end_user.pk: raw.mark
                for name, raw in self.raw.items()
                if raw.mark
                and name in accounts
                and self._is_own_mark(raw.mark, accounts[name])
                and not _knows_handed(history.get((rows[self.views[name].token].pk, accounts[name].end_user.pk), []))
            },
            {account.end_user.pk: account.end_user for account in accounts.values()},
        )
        snapshots = [
            self._snapshot(record, accounts.get(record.name), rows[self.views[record.name].token], history, handed)
            for record in records
        ]
        return reconcile(snapshots, now=self.now)

    def _is_own_mark(self, mark: Mark, account: Account) -> bool:
        """Whether the mark is of this very user; a program may have copied one user's record to another."""
        return mark.end_user_id == account.end_user.pk

    def _snapshot(
        self,
        record: PostedRecord,
        account: Account | None,
        view: View,
        history: Mapping[tuple[int, int], list[HighWater]],
        handed: HandedStates,
    ) -> Snapshot:
        name = self.views[record.name]
        if account is None:
            may_be_shared = name.is_key_alone(self.client)
            return Snapshot(record, None, (), may_be_shared=may_be_shared, is_forked=view.forked_at is not None)
        generations = [generation_of(row) for row in history.get((view.pk, account.end_user.pk), [])]
        mark = self.raw[record.name].mark
        if mark and self._is_own_mark(mark, account) and all(one.number != 0 for one in generations):
            if mark.version > account.end_user.version:
                self.flags.append((FlagKind.MARK_AHEAD, account.end_user))
            generations.append(handed.generation(account, mark, record))
            generations.sort(key=lambda one: one.number)
        return Snapshot(
            record,
            account.stored(),
            tuple(generations),
            view_knew_user=knew_user(name, self.client, account.end_user, self.covers_last_read),
            view_is_newer_than_archive=is_newer_than_archive(
                name, self.client, account.end_user, self.covers_last_read
            ),
            may_be_shared=name.is_key_alone(self.client),
            is_forked=view.forked_at is not None,
            reread_at=self._reread_at(account.end_user, generations[-1].raised_at)
            if generations and not record.is_marked
            else None,
        )

    def _reread_at(self, user: EndUser, counted_at: datetime | None) -> datetime | None:
        """When this one program read the user, if after the record was last counted (a shared key tells nothing)."""
        client = self.client
        if client.is_anonymous or client.last_read_at is None or counted_at is None:
            return None
        if client.last_read_at > self.now:
            # The clock has been set back since, and cannot tell which came first.
            return None
        has_read = client.last_read_at > counted_at and client.read_roster_version >= user.roster_version
        return client.last_read_at if has_read and self.covers_last_read() else None

    def covers_last_read(self) -> bool:
        """Whether the post has every user that its client was handed last, as a post of the program that read must.

        One that lacks some is of another program under the same client id, which began before they were there.
        """
        if self._covers_last_read is None:
            handed = EndUser.objects.filter(
                project=self.project, archived_at=None, roster_version__lte=self.client.read_roster_version
            )
            names = handed.values_list("name", flat=True).iterator()
            self._covers_last_read = all(name in self.reading.names for name in names)
        return self._covers_last_read

    def _apply(
        self,
        batch: LedgerBatch,
        plan: Plan,
        accounts: dict[str, Account],
        rows: Mapping[str, View],
        history: Mapping[tuple[int, int], list[HighWater]],
    ) -> CountedRecord | None:
        author = Author(ChangeSource.CLIENT, client=self.client)
        if plan.creates:
            account = accounts[plan.record.name] = _create(batch, plan, author)
        else:
            account = accounts[plan.record.name]
            _change(batch, account, plan, author)
        try:
            self._spend(batch, account, plan, author)
        except MoneyError as error:
            raise PostError([Fault(pointer("user_dict", plan.record.name), str(error))]) from error
        view = rows[self.views[plan.record.name].token]
        # A user made by this post has no id yet.
        self.flags.extend(
            (self._fork_flag(view) if kind is FlagKind.FORKED else kind, account.end_user) for kind in plan.flags
        )
        if plan.shows_fork:
            self._note_fork(view, account.end_user, rows)
        if plan.generation is None:
            return None
        known = history.get((view.pk, account.end_user.pk), []) if account.end_user.pk else []
        row = next((one for one in known if one.generation == plan.generation.number), None)
        return CountedRecord(view, account, plan.generation, row)

    def _spend(self, batch: LedgerBatch, account: Account, plan: Plan, author: Author) -> None:
        stays = 0 if plan.attributed is None else _attribute(batch, account, plan, plan.attributed, author)
        for spend in plan.spend:
            amount = max(0, spend.amount_nanousd - stays)
            stays -= spend.amount_nanousd - amount
            if amount:
                period = _period(batch, account, spend)
                batch.spend(
                    account,
                    spend.model,
                    amount,
                    source=EntrySource.CLIENT,
                    period=period,
                    author=author,
                    is_shared=plan.is_shared,
                )


def _ids(users: Mapping[str, EndUser]) -> dict[str, int]:
    return {name: user.pk for name, user in users.items()}


def _knows_handed(generations: Sequence[HighWater]) -> bool:
    """Whether what was handed out has a row, and need not be worked out from the ledger again."""
    return any(row.generation == HANDED_NUMBER for row in generations)


def _spends(plan: Plan) -> list[Spend]:
    return [*plan.spend, plan.attributed] if plan.attributed else list(plan.spend)


def _period(batch: LedgerBatch, account: Account, spend: Spend) -> Period | None:
    return None if spend.period_id is None else batch.period(account, spend.period_id)


def _attribute(batch: LedgerBatch, account: Account, plan: Plan, attributed: Spend, author: Author) -> int:
    """Take off the unattributed spend what is now told by model; return what has to stay, for it is no longer there."""
    period = _period(batch, account, attributed) or account.period
    held: int = period.cost_by_model.get(attributed.model, 0)
    amount = min(attributed.amount_nanousd, max(0, held))
    if amount:
        batch.spend(
            account,
            attributed.model,
            -amount,
            source=EntrySource.ADJUSTMENT,
            period=period,
            author=author,
            reason=TOLD_BY_MODEL,
            is_shared=plan.is_shared,
        )
    return attributed.amount_nanousd - amount


def _created_at(plan: Plan) -> datetime | None:
    return None if plan.created_at_us is None else from_epoch_us(plan.created_at_us)


def _create(batch: LedgerBatch, plan: Plan, author: Author) -> Account:
    assert plan.opens_at is not None
    return batch.create_account(
        name=plan.record.name,
        terms=plan.record.terms,
        created_at=_created_at(plan),
        starts_at=plan.opens_at,
        author=author,
        extra_json=plan.record.extra_json,
    )


def _change(batch: LedgerBatch, account: Account, plan: Plan, author: Author) -> None:
    if plan.restores:
        restore_account(batch, account)
    if plan.rolls_due_to is not None:
        batch.close_period(account, CloseReason.DUE, opens_at=plan.rolls_due_to)
    if plan.closing is not None and plan.opens_at is not None:
        batch.close_period(account, CLOSE_REASONS[plan.closing], opens_at=plan.opens_at)
    if plan.terms is not None or plan.sets_created_at:
        created_at = _created_at(plan) if plan.sets_created_at else account.budget.created_at
        batch.set_terms(account, plan.terms or account.terms, author=author, created_at=created_at)
    if plan.extra_json is not None and plan.extra_json != account.end_user.extra_json:
        batch.set_extra(account, plan.extra_json)
