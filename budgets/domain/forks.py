"""Telling two processes behind one view apart from one that resets: a forked BudgetManager, a shared client id.

A fork copies a manager with its marks, and each copy goes on from its own dict, so the figures on one mark go back and
forth. One stock process can make a lower figure too, by a reset that it does not save; one alone proves nothing. What
follows takes for proof what no single process can post (its dict never goes back), or what it could only by resetting
again and again without a save, each time to the figure where the lower line had stopped, and from there in one step to
where the upper line had.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from msgspec.structs import replace

from budgets.domain.records import PostedRecord
from budgets.domain.snapshots import Generation, Plan, Watch
from budgets.domain.standing import REORDER_WINDOW, Relation, Standing, cost_differences

# Where a single post is the proof, one that was held up for longer than that must not be.
CERTAIN_AFTER = timedelta(minutes=2)
# How often the figure must fall to a lower line and come back to the upper one.
PROVEN_TIMES = 3
# How many lower lines are remembered; more copies than that still fall close to one of them.
MAX_LOWER_LINES = 4
# A line goes on where it stopped if what was added is at most this part of the figure.
CLOSE_PART = 8

_CONTINUES = frozenset({Relation.AHEAD, Relation.REWORDED, Relation.EQUAL, Relation.BEHIND, Relation.MIXED})


def observe(plan: Plan, standing: Standing, *, now: datetime) -> Plan:
    """Add to the plan what its record says of how many processes are behind the view."""
    snapshot, generation, record = standing.snapshot, standing.generation, standing.snapshot.record
    if generation is None or snapshot.may_be_shared or snapshot.is_forked:
        return plan
    if standing.relation not in _CONTINUES or (not record.has_costs and not record.is_marked) or record.is_zeroed:
        return plan
    before = generation.watch
    if before is None and (plan.generation is None or not record.has_costs):
        return plan
    seen = _watched(before or Watch(began_at=now), generation, record, now)
    if plan.generation is not None or seen != before:
        plan = _with_watch(plan, generation, seen)
    shows_fork = seen.times >= PROVEN_TIMES or _is_untouched(seen, record, now)
    return replace(plan, shows_fork=True) if shows_fork else plan


def highest(generation: Generation) -> dict[str, int]:
    """The highest figures of all processes behind the view, by model."""
    seen, upper = generation.cost_by_model, (generation.watch and generation.watch.upper) or {}
    return {model: max(seen.get(model, 0), upper.get(model, 0)) for model in seen.keys() | upper.keys()}


def _with_watch(plan: Plan, generation: Generation, seen: Watch) -> Plan:
    """The plan with what is now known, and with how much it counts beyond what the highest figure rises by."""
    upper = generation.cost_by_model if generation.watch is None else highest(generation)
    rise = sum(max(0, difference) for difference in cost_differences(plan.record, upper).values())
    doubtful = sum(spend.amount_nanousd for spend in plan.spend) - rise
    kept = plan.generation or generation
    return replace(
        plan, generation=replace(kept, watch=seen, doubtful_nanousd=kept.doubtful_nanousd + max(0, doubtful))
    )


def _is_untouched(seen: Watch, record: PostedRecord, now: datetime) -> bool:
    """Whether a process posts the user as handed out without any costs, though spend was posted long ago.

    `reset_cost` leaves zeros and `create_budget` drops the mark.
    """
    return record.is_marked and not record.has_costs and now - seen.began_at > CERTAIN_AFTER


def _watched(seen: Watch, generation: Generation, record: PostedRecord, now: datetime) -> Watch:
    upper, upper_at = seen.upper, seen.upper_at
    if upper is None:
        upper, upper_at = generation.cost_by_model, generation.raised_at
    settled = _settled(seen, upper, upper_at, now)
    if not _is_at_least(record, upper):
        fallen = replace(seen, upper=upper, upper_at=upper_at)
        return seen if _is_at_least(record, settled) else _fell(fallen, record, now)
    if seen.low_since is not None:
        seen = _came_back(seen, record, upper, now)
    if seen.upper is not None and _total(record.cost_by_model) > _total(upper):
        seen = replace(seen, upper=record.cost_by_model, upper_at=now)
    if seen.waiting_at is None or now - seen.waiting_at > REORDER_WINDOW:
        seen = replace(seen, settled=settled, waiting=record.cost_by_model, waiting_at=now)
    return seen


def _settled(seen: Watch, upper: Mapping[str, int], upper_at: datetime | None, now: datetime) -> Mapping[str, int]:
    """Costs that the client had reached before it sent any post that can still be on its way."""
    if upper_at is None or now - upper_at > REORDER_WINDOW:
        return upper
    is_settled = seen.waiting_at is not None and now - seen.waiting_at > REORDER_WINDOW
    return seen.waiting if is_settled else seen.settled


def _fell(seen: Watch, record: PostedRecord, now: datetime) -> Watch:
    """A figure below what was settled: another line, or a reset."""
    if seen.back_at is not None and now - seen.back_at <= REORDER_WINDOW:
        return seen
    own = max((line for line in seen.lowers if _is_at_least(record, line)), key=_total, default=None)
    goes_on = own is not None and _is_close(record.cost_by_model, own)
    is_soon = seen.fell_at is not None and now - seen.fell_at <= REORDER_WINDOW
    if not goes_on and any(_is_close(line, record.cost_by_model) for line in seen.lowers):
        return seen
    if own is None and is_soon and len(seen.lowers) == MAX_LOWER_LINES:
        # Posts of a lower line overtake each other as well; they are not to push out where the lines stopped.
        return seen
    others = [line for line in seen.lowers if line is not own or not (goes_on or is_soon)]
    return replace(
        seen,
        lowers=(*others, record.cost_by_model)[-MAX_LOWER_LINES:],
        low_since=seen.low_since or now,
        fell_at=now,
        times=seen.times if goes_on else 0,
    )


def _came_back(seen: Watch, record: PostedRecord, upper: Mapping[str, int], now: datetime) -> Watch:
    """At or beyond the upper line again: that line goes on, or the lower one has grown past it."""
    assert seen.low_since is not None
    rise = _total(record.cost_by_model) - _total(upper)
    # Posts of before a reset may be late, and get mixed with those that follow it.
    if rise == 0 or now - seen.low_since <= REORDER_WINDOW:
        return seen
    gap = _total(upper) - _total(seen.lowers[-1])
    if not _is_close(record.cost_by_model, upper) or gap < 2 * rise:
        return replace(seen, upper=None, upper_at=None, lowers=(), low_since=None, back_at=None, times=0)
    return replace(seen, low_since=None, back_at=now, times=seen.times + 1)


def _is_at_least(record: PostedRecord, costs: Mapping[str, int]) -> bool:
    return all(difference >= 0 for difference in cost_differences(record, costs).values())


def _is_close(costs: Mapping[str, int], before: Mapping[str, int]) -> bool:
    """Whether the costs go on from those before: they are no lower in all, and by a small part higher."""
    return 0 <= (_total(costs) - _total(before)) * CLOSE_PART <= _total(costs)


def _total(costs: Mapping[str, int]) -> int:
    return sum(costs.values())
