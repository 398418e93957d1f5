"""How whole-dict posts become an exact ledger: the rules R2 and R4 to R8 of the design, and nothing else.

In: what is stored of each posted end user, what this view has posted of it before, and the records. Out: one plan per
record. Money is nano-USD, times are UTC. `docs/reconciliation.md` tells the same with worked examples.

A stock client never retries and never numbers its posts, so a figure that went down is either an older snapshot that
was overtaken, or a reset. The rules below tell the two apart by everything else the post says.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec.structs import replace

from budgets.domain.flags import FlagKind
from budgets.domain.forks import highest, observe
from budgets.domain.periods import current_window_start, from_epoch_us, is_due
from budgets.domain.records import UNATTRIBUTED, PostedRecord
from budgets.domain.snapshots import Closing, Generation, Plan, Snapshot, Spend, StoredUser
from budgets.domain.standing import (
    REORDER_WINDOW,
    PostSays,
    Relation,
    Standing,
    compare,
    cost_differences,
    newly_attributed,
    stand,
)
from budgets.domain.terms import merge_terms


def reconcile(snapshots: Sequence[Snapshot], *, now: datetime, post: PostSays | None = None) -> list[Plan]:
    """Plan what one post changes, a plan a record in the order given.

    `snapshots` are the records of the post that are not, to the letter, what was handed out or last counted. They are
    one program's at one moment, under however many views. Where they are only a part of these, `post` is what all say.
    """
    standings = [stand(snapshot) for snapshot in snapshots]
    post = post or PostSays(now).and_these(standings)
    plans = [observe(_plan(standing, post), standing, now=now) for standing in standings]
    if not any(plan.shows_fork for plan in plans):
        return plans
    # Copies of a program post all that it holds: now that they show, nothing in the post is a reset any more.
    forked = [replace(snapshot, is_forked=not snapshot.may_be_shared) for snapshot in snapshots]
    shown = reconcile(forked, now=now, post=post)
    return [replace(plan, shows_fork=before.shows_fork) for plan, before in zip(shown, plans, strict=True)]


# --- What follows -------------------------------------------------------------------------------------------------


def _plan(standing: Standing, post: PostSays) -> Plan:
    generation = standing.generation
    if generation is None or standing.relation is Relation.RECREATED:
        return _plan_uncounted(standing, now=post.now)
    return _plan_counted(standing, generation, post)


def _plan_uncounted(standing: Standing, *, now: datetime) -> Plan:
    """A record that goes on from nothing this view has posted."""
    if standing.relation is Relation.NEW_USER:
        return _create(standing.snapshot, now=now)
    if standing.relation is Relation.JOINS:
        return _join(standing.snapshot, now=now)
    return _recreate(standing.snapshot, now=now)


def _plan_counted(standing: Standing, generation: Generation, post: PostSays) -> Plan:
    """A record of a generation that is being counted, or was."""
    snapshot, relation, now = standing.snapshot, standing.relation, post.now
    if relation is Relation.NEXT_PERIOD:
        return _count(snapshot, _next(snapshot, generation, now=now), counted={}, now=now)
    if relation is Relation.OLDER:
        if _went_back(snapshot, generation, post):
            return _recreate(snapshot, now=now)
        return _top_up_older(snapshot, generation, now=now)
    if relation is Relation.OLDER_UNSEEN:
        # Nothing is on its way for so long: it is no late post, but a budget made anew under its first moment.
        if not snapshot.record.is_marked and not _within_reorder_window(snapshot.generations[-1].opened_at, now):
            return _recreate(snapshot, now=now)
        return _top_up_older(snapshot, _unseen(snapshot, generation, now=now), now=now)
    if snapshot.is_forked:
        return _plan_forked(standing, generation, now=now)
    if _was_made_anew_since_reading(standing, post):
        return _recreate(snapshot, now=now)
    if relation in {Relation.AHEAD, Relation.REWORDED}:
        is_late = relation is Relation.REWORDED and post.is_earlier_moment and _was_raised_lately(generation, post)
        if is_late:
            return Plan(snapshot.record)
        return _count(snapshot, generation, counted=generation.cost_by_model, now=now)
    return _plan_without_news(standing, generation, post)


def _plan_forked(standing: Standing, generation: Generation, *, now: datetime) -> Plan:
    """Of several processes behind one view: which went down is not to be known, and the highest figure seen stands."""
    snapshot, counted = standing.snapshot, highest(generation)
    generation = replace(generation, cost_by_model=counted, watch=None)
    if compare(snapshot.record, generation) in {Relation.EQUAL, Relation.BEHIND}:
        return Plan(snapshot.record)
    return _count(snapshot, generation, counted=counted, now=now)


def _plan_without_news(standing: Standing, generation: Generation, post: PostSays) -> Plan:
    """An unchanged or lower record: made anew, reset, or merely late."""
    snapshot, relation, now = standing.snapshot, standing.relation, post.now
    record = snapshot.record
    if relation is Relation.EQUAL:
        return _remember_zero(record, generation, now=now)
    may_be_late = relation is Relation.BEHIND and not post.brings_news and _was_raised_lately(generation, post)
    if not record.has_costs and not record.is_marked:
        is_late = may_be_late and _terms_were_posted(snapshot)
        return Plan(record) if is_late else _recreate(snapshot, now=now)
    if record.is_zeroed:
        is_late = not post.brings_news and _within_reorder_window(generation.zero_until, now)
        return Plan(record) if is_late else _reset(snapshot, generation, now=now)
    if snapshot.may_be_shared:
        # Which of several processes went down is not to be known: the highest figure seen stands, and the flag says so.
        return _count(snapshot, generation, counted=generation.cost_by_model, now=now)
    return Plan(record) if may_be_late else _reset(snapshot, generation, now=now)


def _was_made_anew_since_reading(standing: Standing, post: PostSays) -> bool:
    """Whether an unmarked record was created after its client read, and so holds other spend than was counted.

    A created_at names the process: whoever has read since under the same client id, a record that goes on under it is
    no new one. And the post must not have been on its way while the client read; terms never posted show that it was
    not.
    """
    record, relation, reread_at = standing.snapshot.record, standing.relation, standing.snapshot.reread_at
    if reread_at is None or record.is_marked:
        return False
    may_be_late = _within_reorder_window(reread_at, post.now)
    names_its_process = record.client_period.created_at_us is not None
    user = standing.snapshot.user
    # The same script run again, to the same figure.
    runs_again = relation is Relation.EQUAL and record.has_costs and not names_its_process
    if user is not None and user.is_archived and standing.snapshot.view_is_newer_than_archive and not runs_again:
        # It was not handed out, so that the program holds it only by creating it.
        return not (may_be_late and _terms_were_posted(standing.snapshot))
    if relation is Relation.REWORDED and not record.has_costs:
        return not _terms_were_posted(standing.snapshot)
    if relation is Relation.BEHIND:
        return not post.brings_news and not may_be_late
    if relation is Relation.EQUAL:
        return not names_its_process and not post.brings_news and not (may_be_late and post.falls_behind)
    return not names_its_process and not (may_be_late and _terms_were_posted(standing.snapshot))


def _went_back(snapshot: Snapshot, older: Generation, post: PostSays) -> bool:
    """Whether a client period left behind is a budget made anew, rather than a late post.

    `create_budget` defaults created_at to the moment of import, so re-creating goes back to the first client period.
    """
    record = snapshot.record
    if record.is_marked:
        return False
    if not _terms_were_posted(snapshot):
        return True
    relation = compare(record, older)
    if relation not in {Relation.BEHIND, Relation.MIXED} and (relation is not Relation.EQUAL or record.has_costs):
        return False
    moved_at = max(snapshot.generations[-1].opened_at, older.raised_at or older.opened_at)
    may_be_late = not post.brings_news and _within_reorder_window(moved_at, post.now)
    return not may_be_late


def _was_raised_lately(generation: Generation, post: PostSays) -> bool:
    return _within_reorder_window(generation.raised_at, post.now)


def _within_reorder_window(moment: datetime | None, now: datetime) -> bool:
    # Either way: after the server's clock was set back, a moment ahead of it says nothing of how late a post is.
    return moment is not None and abs(now - moment) <= REORDER_WINDOW


def _terms_were_posted(snapshot: Snapshot) -> bool:
    """Whether an earlier post of the same client period had these terms; only `create_budget` changes them."""
    record = snapshot.record
    return any(one.terms == record.terms and one.client_period == record.client_period for one in snapshot.generations)


def _remember_zero(record: PostedRecord, generation: Generation, *, now: datetime) -> Plan:
    """Nothing new, except that a reset before any spend is kept in mind: the same zeros may come late behind spend."""
    if not record.is_zeroed or generation.zero_until is not None:
        return Plan(record)
    return Plan(record, generation=replace(generation, zero_until=now))


# --- The plans ----------------------------------------------------------------------------------------------------


def _create(snapshot: Snapshot, *, now: datetime) -> Plan:
    record = snapshot.record
    return Plan(
        record,
        creates=True,
        opens_at=_window_start(record, now=now),
        terms=record.terms,
        created_at_us=record.client_period.created_at_us,
        sets_created_at=True,
        extra_json=record.extra_json,
        spend=_spend_of(cost_differences(record, {})),
        generation=_first(snapshot, now=now),
        flags=_sharing_flags(snapshot, record.cost_by_model),
        is_shared=_is_shared(snapshot),
    )


def _recreate(snapshot: Snapshot, *, now: datetime) -> Plan:
    """A deliberate `create_budget`: new terms, new period (design R6)."""
    user, plan = snapshot.user, _create(snapshot, now=now)
    assert user is not None
    assert plan.opens_at is not None
    if user.is_archived and not snapshot.view_is_newer_than_archive:
        return _count(snapshot, _first(snapshot, now=now), counted={}, now=now)
    return replace(
        plan,
        creates=False,
        restores=user.is_archived,
        closing=Closing.RECREATED,
        # A window cannot begin before the one it ends; then it begins with the post.
        opens_at=plan.opens_at if plan.opens_at > user.period_starts_at else now,
    )


def _join(snapshot: Snapshot, *, now: datetime) -> Plan:
    """Two processes made the same user: no spend is wiped, and the terms of the later created_at stand (design R6)."""
    record, user = snapshot.record, snapshot.user
    assert user is not None
    if user.is_archived and snapshot.view_is_newer_than_archive:
        return _recreate(snapshot, now=now)
    plan = _count(snapshot, _first(snapshot, now=now), counted={}, now=now)
    posted_at, stored_at = record.client_period.created_at_us, user.created_at_us
    if user.is_archived or posted_at is None or (stored_at is not None and posted_at <= stored_at):
        return plan
    return replace(plan, terms=record.terms, created_at_us=posted_at, sets_created_at=True)


def _reset(snapshot: Snapshot, generation: Generation, *, now: datetime) -> Plan:
    """The client's `reset_cost`: the period closes, and what the record holds was spent since (design R7)."""
    user = snapshot.user
    assert user is not None
    plan = _count(snapshot, _next(snapshot, generation, now=now), counted={}, now=now)
    has_anything_to_close = user.period_cost_nanousd > 0 and plan.rolls_due_to is None and not user.is_archived
    flags = frozenset[FlagKind]() if snapshot.record.is_zeroed else frozenset({FlagKind.RESET_NOT_SAVED})
    return replace(
        plan,
        closing=Closing.CLIENT_RESET if has_anything_to_close else None,
        opens_at=now if has_anything_to_close else None,
        flags=plan.flags | flags,
    )


def _top_up_older(snapshot: Snapshot, older: Generation, *, now: datetime) -> Plan:
    """A late post of a client period left behind: what it adds belongs to the period that was open then (design R5)."""
    record, user = snapshot.record, snapshot.user
    assert user is not None
    differences = cost_differences(record, older.cost_by_model)
    spend = tuple(replace(one, period_id=older.period_id) for one in _spend_of(differences))
    if not spend:
        return Plan(record)
    return Plan(
        record,
        rolls_due_to=_due_roll(user, now=now),
        spend=spend,
        attributed=_attributed(record, older.cost_by_model, older),
        generation=replace(older, cost_by_model=_highest(record, older.cost_by_model, differences), raised_at=now),
        flags=_sharing_flags(snapshot, {one.model: one.amount_nanousd for one in spend}),
        is_shared=_is_shared(snapshot),
    )


def _count(snapshot: Snapshot, generation: Generation, *, counted: Mapping[str, int], now: datetime) -> Plan:
    """Count what goes beyond `counted` in the open period, and merge the terms against the generation's (R2, R4)."""
    record, user = snapshot.record, snapshot.user
    assert user is not None
    differences = cost_differences(record, counted)
    spend = _spend_of(differences)
    terms = merge_terms(base=generation.terms, posted=record.terms, stored=user.terms)
    has_new_extra = record.extra_json != generation.extra_json and record.extra_json != user.extra_json
    return Plan(
        record,
        rolls_due_to=_due_roll(user, now=now),
        terms=None if user.is_archived or terms == user.terms else terms,
        extra_json=record.extra_json if has_new_extra and not user.is_archived else None,
        spend=spend,
        attributed=_attributed(record, counted, generation),
        generation=replace(
            generation,
            client_period=record.client_period,
            cost_by_model=_highest(record, counted, differences),
            terms=record.terms,
            extra_json=record.extra_json,
            digest=record.digest,
            period_id=None,
            raised_at=now,
            zero_until=generation.zero_until if any(counted.values()) or generation.zero_until is None else now,
        ),
        flags=_sharing_flags(snapshot, {one.model: one.amount_nanousd for one in spend}),
        is_shared=_is_shared(snapshot),
    )


def _first(snapshot: Snapshot, *, now: datetime) -> Generation:
    """The generation that a client's own record opens; its terms are its base, so that they merge to nothing."""
    return replace(_next(snapshot, None, now=now), is_marked=snapshot.record.is_marked)


def _unseen(snapshot: Snapshot, earliest: Generation, *, now: datetime) -> Generation:
    """The generation before all that are known, with nothing counted yet; where it was spent is known no better."""
    number = min(0, *(one.number for one in snapshot.generations)) - 1
    unseen = replace(_first(snapshot, now=now), number=number, cost_by_model={}, period_id=earliest.period_id)
    return replace(unseen, raised_at=None)


def _next(snapshot: Snapshot, before: Generation | None, *, now: datetime) -> Generation:
    record = snapshot.record
    return Generation(
        number=snapshot.generations[-1].number + 1 if snapshot.generations else 1,
        is_marked=record.is_marked,
        client_period=record.client_period,
        cost_by_model=record.cost_by_model,
        terms=record.terms if before is None else before.terms,
        extra_json=record.extra_json if before is None else before.extra_json,
        digest=record.digest,
        period_id=None,
        opened_at=now,
        raised_at=now,
        zero_until=now if before is not None or record.is_zeroed or _began_with_zeros(record) else None,
    )


def _began_with_zeros(record: PostedRecord) -> bool:
    """Whether the record's window was opened by the client's duration reset, whose own post may yet come."""
    period = record.client_period
    return not record.is_marked and period.last_updated_at_us != period.created_at_us


def _due_roll(user: StoredUser, *, now: datetime) -> datetime | None:
    if not is_due(user.period_due_at, now):
        return None
    return current_window_start(user.period_starts_at, user.terms.duration_days, now)


def _window_start(record: PostedRecord, *, now: datetime) -> datetime:
    """Where the window of a budget just created begins: at its last_updated_at, brought up to date."""
    since_us = record.client_period.last_updated_at_us
    if since_us is None:
        return now
    return current_window_start(from_epoch_us(since_us), record.terms.duration_days, now)


def _spend_of(differences: Mapping[str, int]) -> tuple[Spend, ...]:
    """What a record's cumulative costs have beyond the high water, by model (design R2)."""
    return tuple(Spend(model, difference) for model, difference in differences.items() if difference > 0)


def _attributed(record: PostedRecord, counted: Mapping[str, int], generation: Generation) -> Spend | None:
    """The unattributed spend that has got a model, in the period where it was counted."""
    amount = newly_attributed(record, counted)
    return Spend(UNATTRIBUTED, amount, generation.period_id) if amount else None


def _highest(record: PostedRecord, counted: Mapping[str, int], differences: Mapping[str, int]) -> dict[str, int]:
    highest = {model: counted.get(model, 0) + max(difference, 0) for model, difference in differences.items()}
    if attributed := newly_attributed(record, counted):
        highest[UNATTRIBUTED] -= attributed
    return highest


def _sharing_flags(snapshot: Snapshot, spent: Mapping[str, int]) -> frozenset[FlagKind]:
    if not _is_shared(snapshot) or not any(spent.values()):
        return frozenset()
    return frozenset({FlagKind.FORKED if snapshot.is_forked else FlagKind.ANONYMOUS_SPEND})


def _is_shared(snapshot: Snapshot) -> bool:
    """Whether the spend is the highest figure of processes that cannot be told apart (design R3)."""
    return snapshot.may_be_shared or snapshot.is_forked
