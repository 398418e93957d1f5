"""Where the open budgets are heading: who runs out before the reset, and what is spent by each period's end."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Aggregate, Count, F, Q, QuerySet, Sum
from django.db.models import Window as Over
from django.db.models.functions import RowNumber

from budgets.domain.forecast import Forecast, OpenWindow, forecast
from budgets.models import EndUser, OutlookFigures, Project
from budgets.queries.access import EVERYTHING, Reach
from budgets.queries.end_users import OVER_LIMIT, Usage, usage_by_id, with_spent
from budgets.queries.forecasts import RUNS_OUT, with_runs_out
from budgets.queries.kept_figures import Kept

# So many are kept of each project: who of them is first is told by what they spent meanwhile.
CANDIDATES = 24
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


def outlook(*, kept: Kept[OutlookFigures], now: datetime) -> Outlook:
    """Add up the users within reach, archived ones aside."""
    found = [Outlook(row.runs_out, row.forecast, row.spent_nanousd, row.projected_nanousd) for row in kept.rows]
    if kept.rest:
        found.append(_outlook(_spenders(kept.rest, now).aggregate(**_sums())))
    return Outlook(
        sum(one.runs_out for one in found),
        sum(one.users for one in found),
        sum(one.spent_nanousd for one in found),
        sum(one.projected_nanousd for one in found),
    )


def _sums() -> dict[str, Aggregate]:
    has_end = Q(projected_nanousd__isnull=False)
    return {
        "runs_out": Count("pk", filter=RUNS_OUT),
        "ends": Count("pk", filter=has_end),
        "spent": Sum("open_period__cost_nanousd", filter=has_end, default=0),
        "projected": Sum("projected_nanousd", default=0.0),
    }


def _outlook(found: dict[str, Any]) -> Outlook:
    # An estimate: the database adds it up in floats, and nothing is reckoned with it.
    return Outlook(found["runs_out"], found["ends"], found["spent"], round(found["projected"]))


def run_out_soonest(*, kept: Kept[OutlookFigures], now: datetime, limit: int) -> list[RunsOut]:
    """The `limit` users who run out first. Of kept figures, who is told as of then, when as of now."""
    found = _soonest(_spenders(kept.rest, now), limit) if kept.rest else []
    if kept.rows:
        candidates = sorted((tuple(one) for row in kept.rows for one in row.soonest), key=lambda one: one[1])
        ids = [user_id for user_id, _ in candidates[:CANDIDATES]]
        found += _soonest(_spenders(EVERYTHING, now).filter(pk__in=ids), limit)
    ids = [pk for _, pk in sorted(found)[:limit]]
    rows = usage_by_id(ids, now=now)
    soonest = ((*rows[pk], forecast_of(rows[pk][1])) for pk in ids)
    return [RunsOut(user, usage, one.runs_out_at) for user, usage, one in soonest if one and one.runs_out_at]


def _soonest(spenders: QuerySet[Any], limit: int) -> list[tuple[float, int]]:
    running_out = spenders.filter(RUNS_OUT).order_by(F("runs_out_epoch"), "pk")
    return list(running_out.values_list("runs_out_epoch", "pk")[:limit])


def read_outlook_figures(now: datetime) -> list[OutlookFigures]:
    """What is kept of each project, as of `now`. Reads every user."""
    live = EndUser.objects.filter(archived_at=None).order_by().values_list("project")
    found = {
        project: OutlookFigures(
            project_id=project,
            as_of=now,
            users=0,
            runs_out=0,
            forecast=0,
            spent_nanousd=0,
            projected_nanousd=0,
            soonest=[],
        )
        for project in Project.objects.values_list("pk", flat=True)
    }
    for project, users in live.annotate(users=Count("pk")):
        found[project].users = users
    spenders: QuerySet[Any] = _spenders(EVERYTHING, now)
    for row in spenders.order_by().values("project").annotate(**_sums()):
        one, figures = _outlook(row), found[row["project"]]
        figures.runs_out, figures.forecast = one.runs_out, one.users
        figures.spent_nanousd, figures.projected_nanousd = one.spent_nanousd, one.projected_nanousd
    rank = Over(RowNumber(), partition_by=[F("project")], order_by=[F("runs_out_epoch").asc(), F("pk").asc()])
    first = spenders.filter(RUNS_OUT).order_by().annotate(rank=rank).filter(rank__lte=CANDIDATES)
    for project, pk, at in first.order_by("rank").values_list("project", "pk", "runs_out_epoch"):
        found[project].soonest.append([pk, at])
    return list(found.values())


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
    window = OpenWindow(usage.started_at, usage.due_at, usage.now, usage.spent_nanousd, usage.limit_nanousd)
    return forecast(window)


def _spenders(reach: Reach, now: datetime) -> QuerySet[EndUser]:
    users = reach.of(EndUser.objects.filter(archived_at=None))
    return with_runs_out(with_spent(users).filter(HAS_SPENT), now=now)
