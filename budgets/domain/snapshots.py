"""What a reconciliation reads and what it decides: stored users, counted generations, posted records, plans.

Money is nano-USD, times are aware and UTC. These are Structs, for a post makes some of each for every record in it: a
dataclass takes ten times as long to make, and thirty times to replace. None leads back to itself (gc=False).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from enum import Enum, auto

from msgspec import Struct, field

from budgets.domain.flags import FlagKind
from budgets.domain.records import ClientPeriod, PostedRecord
from budgets.domain.terms import Terms


class Watch(Struct, frozen=True, gc=False):
    """What tells figures of several processes from those of one, as `domain.forks` keeps it. Costs: nano-USD by model.

    `began_at` is when the first post with costs was counted. `settled` and `waiting` are costs that the client had
    reached: every post of less than `settled` has arrived, and will have of less than `waiting`, which arrived at
    `waiting_at`. Once a figure has fallen below `settled`, `upper` is the line it fell from, last raised at `upper_at`,
    and `lowers` are where each lower line stopped, the latest last. `low_since` is when it fell (None: it has come
    back, at `back_at`), `fell_at` is when a lower line last moved, and `times` is how often it fell and came back, each
    time going on with both lines.
    """

    began_at: datetime
    settled: Mapping[str, int] = field(default_factory=dict)
    waiting: Mapping[str, int] = field(default_factory=dict)
    waiting_at: datetime | None = None
    upper: Mapping[str, int] | None = None
    upper_at: datetime | None = None
    lowers: tuple[Mapping[str, int], ...] = ()
    low_since: datetime | None = None
    fell_at: datetime | None = None
    back_at: datetime | None = None
    times: int = 0


class Generation(Struct, frozen=True, gc=False):
    """How far one (view, end user, client period) has been counted, and what the view last said of the terms.

    `number` orders a view's generations of one user; 0 is what the view was handed, which needs no row of its own.
    `raised_at` is when a post last brought something new, None for what was handed out and never posted. `zero_until`
    is when spend first followed a `reset_cost` in this generation, None where there was no reset. `watch` tells whether
    two processes post it; `doubtful_nanousd` is what was counted of it that may have been counted before, if they do.
    """

    number: int
    is_marked: bool
    client_period: ClientPeriod
    cost_by_model: Mapping[str, int]
    terms: Terms
    extra_json: str
    digest: str
    period_id: int | None
    opened_at: datetime
    raised_at: datetime | None
    zero_until: datetime | None = None
    watch: Watch | None = None
    doubtful_nanousd: int = 0


class StoredUser(Struct, frozen=True, gc=False):
    """An end user as stored, with the open period."""

    is_archived: bool
    terms: Terms
    created_at_us: int | None
    extra_json: str
    period_id: int
    period_starts_at: datetime
    period_due_at: datetime | None
    period_cost_nanousd: int


class Snapshot(Struct, frozen=True, gc=False):
    """One posted record beside all that is stored about it.

    `view_knew_user`: the user was there when the view was read (design R6); told where there are no generations alone.
    `view_is_newer_than_archive`: the view was read after the user was archived (design R8). `may_be_shared`: nothing
    tells the processes behind the view apart (design R3). `is_forked`: the view's posts have shown that several
    processes are behind it (`domain.forks`). `reread_at`: when the same client last read, if that was after this record
    was last counted; it holds marked records since, and one without a mark was made anew, or was on its way while it
    read. It is not told where it makes no difference (`standing.may_be_made_anew`).
    """

    record: PostedRecord
    user: StoredUser | None
    generations: Sequence[Generation]
    view_knew_user: bool = False
    view_is_newer_than_archive: bool = False
    may_be_shared: bool = False
    is_forked: bool = False
    reread_at: datetime | None = None


class Closing(Enum):
    """Why a plan closes the user's open period, apart from its being due."""

    CLIENT_RESET = auto()
    RECREATED = auto()


class Spend(Struct, frozen=True, gc=False):
    """New spend of one model. `period_id` None means the period that is open once the plan's closings are done."""

    model: str
    amount_nanousd: int
    period_id: int | None = None


class Plan(Struct, frozen=True, gc=False):
    """What one record changes. An empty plan changes nothing.

    In the order of doing: make or restore the user, roll the period that is due (`rolls_due_to` is its successor's
    start), close the open period for `closing` with its successor at `opens_at`, set terms, extra keys and created_at,
    move what is `attributed` away from the unattributed spend, write the spend, write the generation. `is_shared`: the
    spend is the highest figure of processes that cannot be told apart; that of the others may be missing. `shows_fork`:
    the record is the proof of that.
    """

    record: PostedRecord
    creates: bool = False
    restores: bool = False
    rolls_due_to: datetime | None = None
    closing: Closing | None = None
    opens_at: datetime | None = None
    terms: Terms | None = None
    created_at_us: int | None = None
    sets_created_at: bool = False
    extra_json: str | None = None
    spend: tuple[Spend, ...] = ()
    attributed: Spend | None = None
    generation: Generation | None = None
    flags: frozenset[FlagKind] = frozenset()
    is_shared: bool = False
    shows_fork: bool = False
