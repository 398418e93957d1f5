"""The end users' list: its orders, its search, its states, and what each row shows beside the figures of the period."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import Case, Exists, F, FloatField, OuterRef, Q, QuerySet, Sum, Value, When

from budgets.models import DaySpend, EndUser
from budgets.queries.end_users import (
    BELOW_LIMIT,
    NEAR_LIMIT,
    OVER_LIMIT,
    UNLIMITED,
    with_usage,
)
from budgets.queries.forecasts import RUNS_OUT, with_runs_out
from budgets.queries.keyset import Shared, Sort

TREND_DAYS = 28
# The `out_epoch` of users who are over their limit.
OUT_ALREADY = 0.0
# Before the text: it may stand anywhere in the name, for which every name has to be read.
ANYWHERE = "*"

# The columns' orders; each but the last two is that of an index, in one project and in all.
SORTS = {
    "name": Sort("name", str),
    "spent_nanousd": Sort("spent_nanousd", int),
    "used_ratio": Sort("used_ratio", float, nullable=True),
    # Whoever is over the limit has run out: these come first, and are found without a forecast of everyone.
    "out_epoch": Sort("out_epoch", float, nullable=True, shared=Shared(OUT_ALREADY, OVER_LIMIT)),
    "last_spend_at": Sort("last_spend_at", datetime, nullable=True),
}
STATES = {
    "over": OVER_LIMIT,
    "near": NEAR_LIMIT,
    "runs_out": RUNS_OUT,
    "ok": BELOW_LIMIT & Q(runs_out_epoch=None),
    "unlimited": UNLIMITED,
}


def listed(users: QuerySet[EndUser], *, now: datetime, ordered_at: datetime) -> QuerySet[EndUser]:
    """The users with their usage and with `out_epoch`: when the limit is used up (seconds since 1970), 0 where it is.

    It is null where the limit outlasts the period, or nothing can be said. It is told as of `ordered_at`, so that the
    order stands still while one turns the pages.
    """
    # Both conditions let an index over open periods give the order: its rows are there, and are of the same project.
    open_ones: QuerySet[Any] = with_usage(users, now=now).annotate(open_project=F("open_period__project"))
    open_ones = open_ones.filter(open_id__isnull=False, open_project=F("project"))
    out = Case(
        When(OVER_LIMIT, then=Value(OUT_ALREADY)), default=F("runs_out_epoch"), output_field=FloatField(null=True)
    )
    return with_runs_out(open_ones, now=ordered_at).annotate(out_epoch=out)


def search(users: QuerySet[EndUser], text: str) -> QuerySet[EndUser]:
    """The users whose name begins with the text, in any case; after ANYWHERE, those whose name holds it."""
    if "\0" in text:
        return users.none()
    wanted = text.strip()
    if wanted.startswith(ANYWHERE):
        return users.filter(name__icontains=wanted[1:].strip())
    return users.filter(name__istartswith=wanted) if wanted else users


def spent_between(users: QuerySet[EndUser], first: date, last: date) -> QuerySet[EndUser]:
    """The users who spent anything on those UTC days, both included."""
    days = DaySpend.objects.filter(end_user=OuterRef("pk"), day__gte=first, day__lte=last)
    return users.filter(Exists(days.order_by()))


def trends(user_ids: Iterable[int], *, now: datetime) -> dict[int, list[int]]:
    """Each user's spend on the last TREND_DAYS UTC days with today, oldest first, in nano-USD; in one query."""
    days = trend_days(now)
    place = {day: index for index, day in enumerate(days)}
    found = {pk: [0] * TREND_DAYS for pk in user_ids}
    rows = (
        DaySpend.objects.filter(end_user__in=list(found), day__gte=days[0], day__lte=days[-1])
        .order_by()
        .values_list("end_user_id", "day")
        .annotate(cost=Sum("cost_nanousd"))
    )
    for user_id, day, cost in rows:
        found[user_id][place[day]] = cost
    return found


def trend_days(now: datetime) -> list[date]:
    """The UTC days of a trend, oldest first."""
    today = now.astimezone(UTC).date()
    return [today - timedelta(days=back) for back in reversed(range(TREND_DAYS))]
