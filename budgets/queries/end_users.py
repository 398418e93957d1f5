"""End users with what they spent in the open period against their limit."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db.models import Count, DateTimeField, Exists, F, FilteredRelation, OuterRef, Q, QuerySet, Value

from budgets.domain.periods import is_due
from budgets.domain.shares import percent, whole_of
from budgets.models import EndUser, OutlookFigures, Period
from budgets.queries.access import Reach
from budgets.queries.kept_figures import Kept

UsageState = Literal["unlimited", "ok", "near", "over"]
# Near a limit: this share of it used. In fifths, so that `spent * 5` of the largest figure still fits 64 bits.
NEAR_FIFTHS = 4
NEAR_PERCENT = NEAR_FIFTHS * 20
NEAR_RATIO = NEAR_PERCENT / 100
# More than a share of two whole numbers is off as a float.
BORDER = 1e-12

# Conditions on users read by `with_spent`, on its annotations alone: a filter along the relation would join it anew.
# litellm lets a user spend while spent <= limit, so only beyond it is over. The ratio is a float, so it only leads to
# the rows in its index, and the exact figures decide.
OVER_LIMIT = Q(used_ratio__gte=1, spent_nanousd__gt=F("limit_nanousd"))
NEAR_LIMIT = Q(
    used_ratio__range=(NEAR_PERCENT / 100 - 0.01, 1.01),
    spent_nanousd__lte=F("limit_nanousd"),
    spent_fifths__gte=F("limit_nanousd") * NEAR_FIFTHS,
)
# Neither near nor over.
BELOW_LIMIT = Q(used_ratio__lt=1, spent_fifths__lt=F("limit_nanousd") * NEAR_FIFTHS)
UNLIMITED = Q(used_ratio=None)


@dataclass(frozen=True, slots=True)
class Usage:
    """An end user's open period and terms, as the lists show them. Money in nano-USD."""

    spent_nanousd: int
    limit_nanousd: int | None
    duration_days: int | None
    started_at: datetime | None
    due_at: datetime | None
    last_spend_at: datetime | None
    now: datetime


def usage_state(spent_nanousd: int, limit_nanousd: int | None) -> UsageState:
    """Whether the user is over the limit, near it (NEAR_PERCENT or more), or neither."""
    if limit_nanousd is None:
        return "unlimited"
    if spent_nanousd > limit_nanousd:
        return "over"
    return "near" if spent_nanousd * 5 >= limit_nanousd * NEAR_FIFTHS else "ok"


def used_percent(spent_nanousd: int, limit_nanousd: int | None) -> int | None:
    """The share of the limit used, in whole percent rounded down; None where there is no limit.

    A limit of nothing counts as used up.
    """
    if limit_nanousd is None:
        return None
    return max(spent_nanousd, 0) * 100 // limit_nanousd if limit_nanousd else 100


def with_usage(users: QuerySet[EndUser], *, now: datetime) -> QuerySet[EndUser]:
    """The users with budget, project and the figures of their open period; read them by `usage_of`."""
    return (
        with_spent(users)
        .select_related("project", "budget")
        .annotate(
            started_at=F("open_period__starts_at"),
            due_at=F("open_period__due_at"),
            read_at=Value(now, DateTimeField()),
        )
    )


def with_spent(users: QuerySet[EndUser]) -> QuerySet[EndUser]:
    """The users with cost, limit (nano-USD) and share used of their open period, for OVER_LIMIT and its like."""
    return users.annotate(
        open_period=FilteredRelation("periods", condition=Q(periods__ends_at__isnull=True)),
        open_id=F("open_period__id"),
        spent_nanousd=F("open_period__cost_nanousd"),
        spent_fifths=F("open_period__cost_nanousd") * 5,
        limit_nanousd=F("open_period__limit_nanousd"),
        used_ratio=F("open_period__used_ratio"),
    )


def usage_of(user: EndUser) -> Usage:
    """The figures that `with_usage` read for the user."""
    row = user.__dict__
    return Usage(
        spent_nanousd=row["spent_nanousd"] or 0,
        limit_nanousd=user.budget.total_budget_nanousd,
        duration_days=user.budget.duration_days,
        started_at=row["started_at"],
        due_at=row["due_at"],
        last_spend_at=user.last_spend_at,
        now=row["read_at"],
    )


@dataclass(frozen=True, slots=True)
class LimitCounts:
    """How many users there are, over their limit and near it, archived ones aside."""

    users: int
    over: int
    near: int


def limit_counts(*, reach: Reach, kept: Kept[OutlookFigures]) -> LimitCounts:
    """Count the users within reach by how they stand against their limits now; of kept figures, how many there are."""
    users = sum(row.users for row in kept.rows)
    if kept.rest:
        users += kept.rest.of(EndUser.objects.filter(archived_at=None)).count()
    return LimitCounts(users, **_high_counts(reach))


def _high_counts(reach: Reach) -> dict[str, int]:
    """How many are over and near, read from the index of shares alone but for the few at a border.

    The ratio is a float: beyond 1 the cost is beyond the limit, and only beside a border may the figures say otherwise.
    """
    archived = EndUser.objects.filter(pk=OuterRef("end_user"), archived_at__isnull=False)
    periods = reach.of(Period.objects.filter(~Exists(archived), ends_at=None))
    periods = periods.order_by()
    at_border = Q(used_ratio__range=(NEAR_RATIO - BORDER, NEAR_RATIO + BORDER)) | Q(used_ratio=1)
    sure = periods.filter(used_ratio__gt=NEAR_RATIO + BORDER).exclude(used_ratio=1)
    # Of what the index holds, so that no row has to be read.
    counts = sure.aggregate(
        over=Count("end_user", filter=Q(used_ratio__gt=1)),
        near=Count("end_user", filter=Q(used_ratio__lt=1)),
    )
    is_over = Q(cost_nanousd__gt=F("limit_nanousd"))
    is_near = ~is_over & Q(fifths__gte=F("limit_nanousd") * NEAR_FIFTHS)
    beside = periods.filter(at_border).annotate(fifths=F("cost_nanousd") * 5)
    found = beside.aggregate(over=Count("pk", filter=is_over), near=Count("pk", filter=is_near))
    return {state: counts[state] + found[state] for state in counts}


@dataclass(frozen=True, slots=True)
class ModelShare:
    """What a model cost, in nano-USD, and its share in percent with one decimal."""

    model: str
    cost_nanousd: int
    percent: float


def model_shares(cost_by_model: dict[str, int]) -> list[ModelShare]:
    """The models by falling cost. Shares are of the positive costs: an adjustment may leave a model below zero."""
    whole = whole_of(cost_by_model.values())
    return [
        ModelShare(model, cost, percent(cost, whole))
        for model, cost in sorted(cost_by_model.items(), key=lambda item: (-item[1], item[0]))
    ]


def open_costs(user: EndUser, *, now: datetime) -> dict[str, int]:
    """What spend of now would be added to, by model, in nano-USD: a period that is due gives way to an empty one."""
    period = user.periods.filter(ends_at=None).first()
    return {} if period is None or is_due(period.due_at, now) else period.cost_by_model


def usage_by_id(ids: Iterable[int], *, now: datetime) -> dict[int, tuple[EndUser, Usage]]:
    """The users of these ids with their usage."""
    return {user.pk: (user, usage_of(user)) for user in with_usage(EndUser.objects.filter(pk__in=ids), now=now)}
