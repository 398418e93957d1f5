"""What is stored beside the records of a post: the snapshots that the rules of reconciliation go by."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from budgets.domain.flags import FlagKind
from budgets.domain.marks import Mark
from budgets.domain.posts import RawRecord
from budgets.domain.records import PostedRecord
from budgets.domain.snapshots import Generation, Snapshot
from budgets.domain.standing import may_be_made_anew
from budgets.models import Client, EndUser, HighWater, Project, View
from budgets.services.accounts import Account
from budgets.services.view_history import HANDED_NUMBER, HandedStates, by_view_and_user, generation_of
from budgets.services.view_lookup import ViewName, is_newer_than_archive, knew_user


@dataclass
class Poster:
    """Who posts whom (`names`), and when. `flags` are what is odd about it, each with the last user that shows it."""

    project: Project
    client: Client
    names: Collection[str]
    now: datetime
    flags: dict[FlagKind, EndUser] = field(default_factory=dict)
    _covers_last_read: bool | None = None

    def covers_last_read(self) -> bool:
        """Whether the post has every user that its client was handed last, as a post of the program that read must.

        One that lacks some is of another program under the same client id, which began before they were there.
        """
        if self._covers_last_read is None:
            handed = EndUser.objects.filter(
                project=self.project, archived_at=None, roster_version__lte=self.client.read_roster_version
            )
            names = handed.values_list("name", flat=True).iterator()
            self._covers_last_read = all(name in self.names for name in names)
        return self._covers_last_read

    def reread_at(self, user: EndUser, record: PostedRecord, latest: Generation) -> datetime | None:
        """When this one program read the user, if after the record was last counted (a shared key tells nothing).

        None as well where it makes no difference: to find out, the names of all users may have to be read.
        """
        client, counted_at = self.client, latest.raised_at
        if client.is_anonymous or client.last_read_at is None or counted_at is None:
            return None
        if client.last_read_at > self.now:
            # The clock has been set back since, and cannot tell which came first.
            return None
        if client.last_read_at <= counted_at or client.read_roster_version < user.roster_version:
            return None
        if user.archived_at is None and not may_be_made_anew(record, latest):
            return None
        return client.last_read_at if self.covers_last_read() else None


@dataclass(frozen=True, slots=True)
class Stored:
    """Of some users of a post: their accounts by name, and what its views have posted of them and were handed."""

    poster: Poster
    accounts: dict[str, Account]
    history: Mapping[tuple[int, int], list[HighWater]]
    handed: HandedStates

    @classmethod
    def load(
        cls,
        poster: Poster,
        accounts: Iterable[Account],
        generations: Iterable[HighWater],
        records: Sequence[RawRecord],
        view_of: Callable[[str], View],
    ) -> "Stored":
        """Put together what the rules need of the records' users; `view_of` tells a user's view."""
        by_name = {account.end_user.name: account for account in accounts}
        stored = cls(poster, by_name, by_view_and_user(generations), HandedStates())
        marked = {
            account.end_user.id: raw.mark
            for raw in records
            if raw.mark
            and (account := by_name.get(raw.name))
            and _is_own_mark(raw.mark, account)
            and not _knows_handed(stored.generations(view_of(raw.name), account))
        }
        stored.handed.load(marked, {account.end_user.id: account.end_user for account in by_name.values()})
        return stored

    def generations(self, view: View, account: Account) -> list[HighWater]:
        """What a view has posted of a user, in order."""
        return self.history.get((view.id, account.end_user.id), [])

    def snapshot(self, record: PostedRecord, mark: Mark | None, name: ViewName, view: View) -> Snapshot:
        """A record of the view beside all that is stored about it."""
        poster, account = self.poster, self.accounts.get(record.name)
        may_be_shared, is_forked = name.is_key_alone(poster.client), view.forked_at is not None
        if account is None:
            return Snapshot(record, None, (), may_be_shared=may_be_shared, is_forked=is_forked)
        generations = [generation_of(row) for row in self.generations(view, account)]
        if mark and _is_own_mark(mark, account) and all(one.number != HANDED_NUMBER for one in generations):
            if mark.version > account.end_user.version:
                poster.flags[FlagKind.MARK_AHEAD] = account.end_user
            generations.append(self.handed.generation(account, mark, record))
            generations.sort(key=lambda one: one.number)
        user, client, covers = account.end_user, poster.client, poster.covers_last_read
        return Snapshot(
            record,
            account.stored(),
            tuple(generations),
            # With generations it makes no difference.
            view_knew_user=not generations and knew_user(name, client, user, covers),
            view_is_newer_than_archive=is_newer_than_archive(name, client, user, covers),
            may_be_shared=may_be_shared,
            is_forked=is_forked,
            reread_at=poster.reread_at(user, record, generations[-1]) if generations and not record.is_marked else None,
        )


def _is_own_mark(mark: Mark, account: Account) -> bool:
    """Whether the mark is of this very user; a program may have copied one user's record to another."""
    return mark.end_user_id == account.end_user.id


def _knows_handed(generations: Sequence[HighWater]) -> bool:
    """Whether what was handed out has a row, and need not be worked out from the ledger again."""
    return any(row.generation == HANDED_NUMBER for row in generations)
