"""The auditor: predicts the ledger from what programs and people did, never from what a post's figures look like.

Every call to a model has a number of its own, and the auditor knows which calls each post carries. A call counts once,
when the first post that carries it is taken in; that is all it needs to know of spend. It shares no code with the
reconciliation, nor reads the database. Money is nano-USD, times are aware and UTC.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

How = Literal["handed", "created", "created anew", "reset", "new window"]


@dataclass(frozen=True, slots=True)
class Terms:
    """A limit (None is unlimited) and whole days (None never resets)."""

    limit_nanousd: int | None
    days: int | None


@dataclass(frozen=True, slots=True)
class Era:
    """One stretch of a record's life in a program, from one `create_budget`, reading or reset to the next.

    `number` orders the eras of a history. `line` is one for each record that a program got hold of, by reading or
    creating it. `since` is the record's own created_at, brought to its last_updated_at.
    `was_handed`: the line began with a reading, `handed_costs`: which told of costs.
    """

    number: int
    line: int
    how: How
    terms: Terms
    created_at: datetime | None
    since: datetime | None
    was_handed: bool = False
    handed_costs: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """What a record in a program's dict stands for: its era, and the calls it holds beyond what was handed out.

    `text` is the record to the letter: a record that says what it said before says nothing.
    """

    era: Era
    calls: frozenset[int]
    text: str
    has_costs: bool
    is_marked: bool


@dataclass(frozen=True, slots=True)
class Call:
    """One call to a model, for a user."""

    number: int
    user: str
    model: str
    amount_nanousd: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What a program knew of the roster when it read: users that were there, and those it was not told of."""

    known: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    restored: int = 0


@dataclass(frozen=True, slots=True)
class Sent:
    """A post on its way: what each of its records stands for, and what its program had read."""

    client_id: str
    records: Mapping[str, Held]
    reading: Reading


@dataclass
class Window:
    """A budget window; `is_certain` is false where a post that says nothing new may or may not have opened it."""

    starts_at: datetime
    is_certain: bool = True


@dataclass
class User:
    """One end user, as it must be."""

    terms: Terms
    created_at: datetime | None
    windows: list[Window]
    is_archived: bool = False
    restored: int = 0
    spent: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    spent_in_window: int = 0

    @property
    def starts_at(self) -> datetime:
        """Where the open window begins."""
        return self.windows[-1].starts_at


@dataclass
class Line:
    """How far a program's record has been heard of: its latest era, its latest words, and whether it had costs."""

    era: int = -1
    text: str = ""
    calls: frozenset[int] = frozenset()
    has_costs: bool = False
    is_marked: bool = False
    period: tuple[datetime | None, datetime | None] = (None, None)
    terms: Terms = Terms(None, None)


@dataclass
class Auditor:
    """What must be in the ledger of one project.

    `hazy` are users of whom a program read while a record that it had created was on its way. Whether it made the
    budget before or after it read is not to be told from the post; what was spent is.
    """

    users: dict[str, User] = field(default_factory=dict)
    calls: dict[int, Call] = field(default_factory=dict)
    counted: set[int] = field(default_factory=set)
    posts: int = 0
    restored: int = 0
    hazy: set[str] = field(default_factory=set)
    said: set[tuple[str, str, str]] = field(default_factory=set)
    lines: dict[int, Line] = field(default_factory=lambda: defaultdict(Line))

    # --- What programs do ---

    def reading(self) -> Reading:
        """What `/get_budget` tells of the roster now."""
        hidden = {name for name, user in self.users.items() if user.is_archived}
        return Reading(frozenset(self.users.keys() - hidden), frozenset(hidden), self.restored)

    def read_meanwhile(self, sent: Sent) -> None:
        """A program reads, or another under its client id, while this post is on its way."""
        self.hazy |= {name for name, held in sent.records.items() if not held.is_marked}

    def hears_of_dropped_costs(self, sent: Sent) -> bool:
        """Whether the post is the first to tell that a record's costs were dropped."""
        return any(
            held.era.how in {"reset", "created anew"} and held.era.number > self.lines[held.era.line].era
            for held in sent.records.values()
        )

    def take_in(self, sent: Sent, now: datetime) -> None:
        """A post was taken in."""
        self.posts += 1
        for name, held in sent.records.items():
            line = self.lines[held.era.line]
            fresh = [self.calls[number] for number in sorted(held.calls - self.counted)]
            if not held.is_marked and not held.has_costs:
                # A program that says to the letter what it said before may mean it anew, or have been late.
                said = (sent.client_id, name, held.text)
                if line.era < held.era.number and said in self.said and held.text != line.text:
                    self.hazy.add(name)
                self.said.add(said)
            if held.era.number > line.era and held.text == line.text and held.has_costs:
                # Dropped and spent again to the same figure: nothing shows it before the next.
                self.hazy.add(name)
            if held.era.number > line.era and held.text != line.text:
                self._begin(name, held.era, line, sent.reading, now, has_news=bool(fresh))
            else:
                self._roll(name, now, is_certain=bool(fresh))
            if held.era.number > line.era or (held.era.number == line.era and held.calls >= line.calls):
                line.era, line.text, line.calls = held.era.number, held.text, held.calls
                line.has_costs, line.is_marked = held.has_costs, held.is_marked
                line.period, line.terms = (held.era.created_at, held.era.since), held.era.terms
            self._count(name, fresh)

    def _begin(self, name: str, era: Era, line: Line, reading: Reading, now: datetime, *, has_news: bool) -> None:
        """The first post of an era."""
        user = self.users.get(name)
        if user is None:
            self.users[name] = User(era.terms, era.created_at, [Window(_window(era, now))])
        elif era.how == "handed":
            self._roll(name, now, is_certain=has_news)
        elif line.era < 0 and not era.was_handed and name not in reading.known:
            self._join(user, name, era, reading, now)
        elif era.how in {"created", "created anew"}:
            # For a budget that nothing was spent of yet, made anew under the same name, it is an edit of its terms.
            if line.era < 0 or line.is_marked or line.has_costs or line.period != (era.created_at, era.since):
                self._create_anew(user, name, era, reading, now)
            else:
                self._roll(name, now, is_certain=True)
                if not user.is_archived:
                    user.terms = _edited(user.terms, before=line.terms, after=era.terms)
        else:
            # A reset first heard of with a later window of the program's own closes nothing more than that does.
            is_own_window = line.era < 0 or line.period == (era.created_at, era.since)
            had_costs = era.handed_costs if line.era < 0 else line.has_costs
            closes = era.how == "reset" and had_costs and is_own_window and not user.is_archived
            rolled = self._roll(name, now, is_certain=has_news or closes or era.how == "new window")
            if closes and user.spent_in_window and not rolled:
                self._open(user, now)

    def _join(self, user: User, name: str, era: Era, reading: Reading, now: datetime) -> None:
        """Two programs made the same user: the terms of the later created_at stand."""
        if user.is_archived and name in reading.hidden:
            self._create_anew(user, name, era, reading, now)
            return
        self._roll(name, now, is_certain=True)
        is_later = era.created_at is not None and (user.created_at is None or era.created_at > user.created_at)
        if is_later and not user.is_archived:
            user.terms, user.created_at = era.terms, era.created_at

    def _create_anew(self, user: User, name: str, era: Era, reading: Reading, now: datetime) -> None:
        if user.is_archived and name not in reading.hidden:
            self._roll(name, now, is_certain=True)
            return
        starts_at = _window(era, now)
        if user.restored > reading.restored:
            # Restored since its program read, the user counts as one that it was not told of.
            self.hazy.add(name)
        if not user.windows[-1].is_certain:
            # Which window it closes is not certain, nor then whether its own begins after that.
            self.hazy.add(name)
        self._open(user, starts_at if starts_at > user.starts_at else now)
        user.terms, user.created_at, user.is_archived = era.terms, era.created_at, False

    def _count(self, name: str, fresh: Iterable[Call]) -> None:
        for call in fresh:
            self.counted.add(call.number)
            self._spend(name, call.model, call.amount_nanousd)

    def _spend(self, name: str, model: str, amount_nanousd: int) -> None:
        user = self.users[name]
        user.spent[model] += amount_nanousd
        user.spent_in_window += amount_nanousd

    # --- What people and the cron do ---

    def edit(self, name: str, terms: Terms, now: datetime) -> None:
        """An admin, or a program in its own dict, gives a user other terms."""
        self._roll(name, now, is_certain=True)
        self.users[name].terms = terms

    def reset(self, name: str, now: datetime) -> None:
        """An admin closes the open window."""
        if not self.users[name].windows[-1].is_certain:
            self.hazy.add(name)
        if not self._roll(name, now, is_certain=True):
            self._open(self.users[name], now)

    def adjust(self, name: str, model: str, amount_nanousd: int, now: datetime) -> None:
        """An admin adds to what was spent."""
        self._roll(name, now, is_certain=True)
        self._spend(name, model, amount_nanousd)

    def archive(self, name: str) -> None:
        """An admin archives the user."""
        self.users[name].is_archived = True

    def restore(self, name: str) -> None:
        """An admin brings the user back."""
        self.restored += 1
        self.users[name].restored, self.users[name].is_archived = self.restored, False

    def set_clock(self) -> None:
        """The server's clock is set: a window that may be there may now lie ahead."""
        self.hazy |= {name for name, user in self.users.items() if not user.windows[-1].is_certain}

    def roll_all(self, now: datetime) -> None:
        """The cron, or a reading, rolls whatever is due; archived users rest."""
        for name, user in self.users.items():
            if not user.is_archived:
                self._roll(name, now, is_certain=True)

    # --- Windows ---

    def _roll(self, name: str, now: datetime, *, is_certain: bool) -> bool:
        user = self.users[name]
        if user.terms.days is None:
            return False
        days = timedelta(days=user.terms.days)
        if user.starts_at + days > now:
            user.windows[-1].is_certain |= is_certain and now >= user.starts_at
            return False
        self._open(user, user.starts_at + (now - user.starts_at) // days * days, is_certain=is_certain)
        return True

    def _open(self, user: User, starts_at: datetime, *, is_certain: bool = True) -> None:
        user.windows.append(Window(max(starts_at, user.starts_at), is_certain))
        user.spent_in_window = 0


def _window(era: Era, now: datetime) -> datetime:
    """Where the window of a budget made in that era begins: its own start plus whole durations, never in the future."""
    if era.since is None or era.since >= now:
        return now
    if era.terms.days is None:
        return era.since
    days = timedelta(days=era.terms.days)
    return era.since + (now - era.since) // days * days


def _edited(terms: Terms, *, before: Terms, after: Terms) -> Terms:
    """The terms with what changed from `before` to `after`."""
    return Terms(
        terms.limit_nanousd if after.limit_nanousd == before.limit_nanousd else after.limit_nanousd,
        terms.days if after.days == before.days else after.days,
    )
