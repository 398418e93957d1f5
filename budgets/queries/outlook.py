"""Where the open budgets are heading: who runs out before the reset, and what is spent by each period's end."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Q, QuerySet, Sum

from budgets.domain.forecast import Forecast, Window, forecast
from budgets.models import EndUser
from budgets.queries.access import Reach
from budgets.queries.end_users import OVER_LIMIT, Usage, usage_by_id, with_spent
from budgets.queries.forecasts import RUNS_OUT, with_runs_out

# Without spend there is no pace, so that the quiet many are not looked at.
HAS_SPENT = Q(open_period__cost_nanousd__gt=0)


@dataclass(frozen=True, slots=True)
class Outlook:
    """How many users run out before their reset, and what all whose period ends come to.

    `users` have a period that ends and enough behind it for a forecast. They spent `spent_nanousd` so far and, by the
    pace of each, will have spent `projected_nanousd` by the ends of their periods.
    """

    runs_out: int
    users: int
    spent_nanousd: int
    projected_nanousd: int


@dataclass(frozen=True, slots=True)
class RunsOut:
    """A user who runs out, and when."""

    user: EndUser
    usage: Usage
    at: datetime


def outlook(*, reach: Reach, now: datetime) -> Outlook:
    """Add up the users within reach, archived ones aside."""
    has_end = Q(projected_nanousd__isnull=False)
    found = _spenders(reach, now).aggregate(
        runs_out=Count("pk", filter=RUNS_OUT),
        ends=Count("pk", filter=has_end),
        spent=Sum("open_period__cost_nanousd", filter=has_end, default=0),
        projected=Sum("projected_nanousd", default=0.0),
    )
    # An estimate: the database adds it up in floats, and nothing is reckoned with it.
    return Outlook(found["runs_out"], found["ends"], found["spent"], round(found["projected"]))


def run_out_soonest(*, reach: Reach, now: datetime, limit: int) -> list[RunsOut]:
    """The `limit` users who run out first."""
    running_out = _spenders(reach, now).filter(RUNS_OUT).order_by(F("runs_out_epoch"), "pk")
    ids = list(running_out.values_list("pk", flat=True)[:limit])
    rows = usage_by_id(ids, now=now)
    soonest = ((*rows[pk], forecast_of(rows[pk][1])) for pk in ids)
    return [RunsOut(user, usage, one.runs_out_at) for user, usage, one in soonest if one and one.runs_out_at]


def over_now(*, reach: Reach, now: datetime, limit: int) -> list[tuple[EndUser, Usage]]:
    """The `limit` users who are over their limit by the largest share of it."""
    users = with_spent(reach.of(EndUser.objects.filter(archived_at=None))).filter(OVER_LIMIT)
    ids = list(users.order_by(F("used_ratio").desc(), "pk").values_list("pk", flat=True)[:limit])
    rows = usage_by_id(ids, now=now) if ids else {}
    return [rows[pk] for pk in ids]


def forecast_of(usage: Usage) -> Forecast | None:
    """The forecast of a user's open period, by its pace alone."""
    if usage.started_at is None:
        return None
    window = Window(usage.started_at, usage.due_at, usage.now, usage.spent_nanousd, usage.limit_nanousd)
    return forecast(window)


def _spenders(reach: Reach, now: datetime) -> QuerySet[EndUser]:
    users = reach.of(EndUser.objects.filter(archived_at=None))
    return with_runs_out(with_spent(users).filter(HAS_SPENT), now=now)
