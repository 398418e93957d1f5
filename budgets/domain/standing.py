"""How a posted record stands to what its view has posted before: further on, behind, of another window, made anew."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import Enum, auto

from msgspec import Struct

from budgets.domain.records import UNATTRIBUTED, ClientPeriod, PostedRecord, rounding_noise
from budgets.domain.snapshots import Generation, Snapshot

# A post can be overtaken for this long: what arrived longer ago was sent before what arrives now (design R7).
REORDER_WINDOW = timedelta(seconds=30)


class Relation(Enum):
    """How a record stands to what its view has posted before."""

    NEW_USER = auto()
    """Nobody knows the user yet."""
    JOINS = auto()
    """Another process made the user meanwhile; this view tells of it for the first time."""
    RECREATED = auto()
    """The mark is gone: `create_budget` on a user the view knew."""
    NEXT_PERIOD = auto()
    """A later last_updated_at: the client's own duration reset."""
    OLDER = auto()
    """Of a generation that the view has left behind."""
    OLDER_UNSEEN = auto()
    """Of a client period that was left behind before any post of it arrived."""
    AHEAD = auto()
    """Nothing lower, something higher."""
    REWORDED = auto()
    """The same costs with other terms or other keys, as before or after a change of them."""
    EQUAL = auto()
    BEHIND = auto()
    """Nothing higher, something lower: an overtaken snapshot, or a reset."""
    MIXED = auto()
    """Some lower, some higher: no single earlier moment of the client can have looked like that."""


class Standing(Struct, frozen=True, gc=False):
    """A record's relation, and the generation that it is a relation to."""

    snapshot: Snapshot
    relation: Relation
    generation: Generation | None = None


_BRINGS_NEWS = frozenset(
    {Relation.NEW_USER, Relation.JOINS, Relation.RECREATED, Relation.NEXT_PERIOD, Relation.AHEAD, Relation.MIXED}
)


class PostSays(Struct, frozen=True, gc=False):
    """What a post that came `now` says as a whole: only an earlier moment of the client falls behind without news."""

    now: datetime
    brings_news: bool = False
    falls_behind: bool = False

    @property
    def is_earlier_moment(self) -> bool:
        """Whether the post may be an overtaken one, and nothing else about it says more."""
        return self.falls_behind and not self.brings_news

    def and_these(self, standings: Iterable[Standing]) -> "PostSays":
        """What it says with more of its records."""
        relations = {standing.relation for standing in standings}
        return PostSays(
            self.now,
            brings_news=self.brings_news or bool(relations & _BRINGS_NEWS),
            falls_behind=self.falls_behind or Relation.BEHIND in relations,
        )


def stand(snapshot: Snapshot) -> Standing:
    """Tell where the record stands, by its mark, its client period and its costs (design R3, R5, R6)."""
    record, family = snapshot.record, _family(snapshot)
    if snapshot.user is None:
        return Standing(snapshot, Relation.NEW_USER)
    if not family:
        has_lost_its_mark = bool(snapshot.generations) or snapshot.view_knew_user
        return Standing(snapshot, Relation.RECREATED if has_lost_its_mark else Relation.JOINS)
    latest = family[-1]
    if _continues(record, latest):
        if latest is not snapshot.generations[-1]:
            return Standing(snapshot, Relation.OLDER, latest)
        return Standing(snapshot, compare(record, latest), latest)
    older = next((one for one in reversed(family) if one.client_period == record.client_period), None)
    if older is not None:
        return Standing(snapshot, Relation.OLDER, older)
    if _is_later(record.client_period, latest.client_period):
        return Standing(snapshot, Relation.NEXT_PERIOD, latest)
    if _is_later(latest.client_period, record.client_period):
        return Standing(snapshot, Relation.OLDER_UNSEEN, family[0])
    return Standing(snapshot, Relation.RECREATED, latest)


def _family(snapshot: Snapshot) -> list[Generation]:
    """The generations the record can belong to: a marked record never stems from one that a client made."""
    return [one for one in snapshot.generations if one.is_marked == snapshot.record.is_marked]


def _continues(record: PostedRecord, latest: Generation) -> bool:
    """Whether the record is of that generation.

    `create_budget` drops the mark, so a marked record with another created_at was only edited by its program.
    """
    if record.client_period == latest.client_period:
        return True
    return record.is_marked and record.client_period.created_at_us != latest.client_period.created_at_us


def may_be_made_anew(record: PostedRecord, latest: Generation) -> bool:
    """Whether an unmarked record of the generation counted last can be a budget made anew, once its client has read.

    A created_at names the process: whoever has read since under the same client id, a record that goes on under it is
    no new one (design R6).
    """
    if record.client_period.created_at_us is None:
        return True
    relation = compare(record, latest)
    return relation is Relation.BEHIND or (relation is Relation.REWORDED and not record.has_costs)


def _is_later(posted: ClientPeriod, known: ClientPeriod) -> bool:
    return (
        posted.created_at_us == known.created_at_us
        and posted.last_updated_at_us is not None
        and known.last_updated_at_us is not None
        and posted.last_updated_at_us > known.last_updated_at_us
    )


def cost_differences(record: PostedRecord, counted: Mapping[str, int]) -> dict[str, int]:
    """By model, how far the record's costs are from those counted; 0 where rounding explains the difference.

    Unattributed spend that was counted by model meanwhile is no difference either: the post was made in the midst of
    an `update_cost`, and is late.
    """
    costs = record.cost_by_model
    differences = {model: costs.get(model, 0) - counted.get(model, 0) for model in sorted({*costs, *counted})}
    if UNATTRIBUTED not in differences:
        return differences
    if _is_noise(differences, record, counted) or _has_been_told(differences, record):
        differences[UNATTRIBUTED] = 0
    return differences


def _is_noise(differences: Mapping[str, int], record: PostedRecord, counted: Mapping[str, int]) -> bool:
    return UNATTRIBUTED in counted and abs(differences[UNATTRIBUTED]) <= rounding_noise(record.cost_by_model)


def _has_been_told(differences: Mapping[str, int], record: PostedRecord) -> bool:
    """Whether the record's unattributed spend is among what was counted by model, of which the record lacks as much."""
    unattributed, by_model = differences.get(UNATTRIBUTED, 0), _by_model(differences)
    lacking = -sum(by_model)
    return 0 < unattributed <= lacking + rounding_noise(record.cost_by_model) and lacking > 0 >= max(by_model)


def newly_attributed(record: PostedRecord, counted: Mapping[str, int]) -> int:
    """What of the unattributed spend counted before the record tells by model, in nano-USD (design R9).

    The client raises `current_cost` first and `model_cost` after it. A post that another thread makes in between says
    the sum alone, and the next one the model: the same spend, which has only got its name.
    """
    if not counted.get(UNATTRIBUTED):
        return 0
    differences = cost_differences(record, counted)
    missing, by_model = -differences.get(UNATTRIBUTED, 0), _by_model(differences)
    told = sum(by_model)
    is_told = 0 < missing <= told + rounding_noise(record.cost_by_model) and told > 0 <= min(by_model)
    return missing if is_told else 0


def _by_model(differences: Mapping[str, int]) -> list[int]:
    return [difference for model, difference in differences.items() if model != UNATTRIBUTED]


def compare(record: PostedRecord, counted: Generation) -> Relation:
    """Compare the costs, then the terms and other keys: AHEAD, BEHIND, MIXED, REWORDED or EQUAL."""
    differences = cost_differences(record, counted.cost_by_model).values()
    is_lower = any(difference < 0 for difference in differences) and not newly_attributed(record, counted.cost_by_model)
    is_higher = any(difference > 0 for difference in differences)
    if is_lower:
        return Relation.MIXED if is_higher else Relation.BEHIND
    if is_higher:
        return Relation.AHEAD
    is_reworded = record.terms != counted.terms or record.extra_json != counted.extra_json
    return Relation.REWORDED if is_reworded else Relation.EQUAL
