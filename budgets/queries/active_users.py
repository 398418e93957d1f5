"""Who spent in a window: how many, who most, and on which model. From kept figures where there are any."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, F, QuerySet, Sum, Window
from django.db.models.functions import RowNumber

from budgets.domain.windows import Window as Span
from budgets.models import DaySpend, UserFigures
from budgets.queries.access import EVERYTHING
from budgets.queries.kept_figures import Kept
from budgets.queries.spend import days_in

TOP_USERS = 8
# So many are kept of each project: the first of them are told by what they spent meanwhile.
CANDIDATES = 3 * TOP_USERS
MAX_MODELS = 1_000


@dataclass(frozen=True, slots=True)
class UserSpend:
    """What an end user spent in a window, in nano-USD."""

    end_user_id: int
    cost_nanousd: int


def active_users(window: Span, *, kept: Kept[UserFigures]) -> int:
    """How many end users spent anything on the window's UTC days."""
    known = sum(row.active_users for row in kept.rows)
    if not kept.rest:
        return known
    return known + days_in(window, kept.rest).order_by().values("end_user").distinct().count()


def top_users(window: Span, *, kept: Kept[UserFigures]) -> list[UserSpend]:
    """The TOP_USERS who spent most on the window's UTC days. Of kept figures, who is told as of then, how much now."""
    found = _top_of(days_in(window, kept.rest)) if kept.rest else []
    if kept.rows:
        candidates = sorted((tuple(one) for row in kept.rows for one in row.top_users), key=lambda one: -one[1])
        ids = [user_id for user_id, _ in candidates[:CANDIDATES]]
        found += _top_of(days_in(window, EVERYTHING).filter(end_user__in=ids))
    return sorted(found, key=lambda one: (-one.cost_nanousd, one.end_user_id))[:TOP_USERS]


def _top_of(days: QuerySet[DaySpend]) -> list[UserSpend]:
    rows = days.order_by().values("end_user").annotate(cost=Sum("cost_nanousd")).order_by("-cost", "end_user")
    return [UserSpend(row["end_user"], row["cost"]) for row in rows[:TOP_USERS]]


def users_by_model(window: Span, models: Sequence[str], *, kept: Kept[UserFigures]) -> dict[str, int]:
    """By model, how many end users spent on it on the window's UTC days."""
    found = dict.fromkeys(models, 0)
    for row in kept.rows:
        for model in found.keys() & row.users_by_model.keys():
            found[model] += row.users_by_model[model]
    if kept.rest:
        days = days_in(window, kept.rest).filter(model__in=models).order_by().values_list("model")
        for model, users in days.annotate(users=Count("end_user", distinct=True)):
            found[model] += users
    return found


def read_user_figures(first: date, last: date) -> Iterator[UserFigures]:
    """What is kept of each project that had spend on these UTC days, without its moment. Reads every user."""
    days = DaySpend.objects.filter(day__gte=first, day__lte=last).order_by()
    by_project: dict[int, UserFigures] = {}
    for project, user, cost, active in _ranked(days):
        figures = by_project.setdefault(
            project,
            UserFigures(project_id=project, first_day=first, active_users=active, top_users=[], users_by_model={}),
        )
        figures.top_users.append([user, cost])
    for project, model, users in _by_model(days):
        by_project[project].users_by_model[model] = users
    yield from by_project.values()


def _ranked(days: QuerySet[DaySpend]) -> Iterable[tuple[int, int, int, int]]:
    of_project = [F("project")]
    rank = Window(RowNumber(), partition_by=of_project, order_by=[F("cost").desc(), F("end_user").asc()])
    sums = days.values("project", "end_user").annotate(cost=Sum("cost_nanousd"))
    sums = sums.annotate(rank=rank, active=Window(Count("*"), partition_by=of_project)).filter(rank__lte=CANDIDATES)
    return ((row["project"], row["end_user"], row["cost"], row["active"]) for row in sums.order_by("project", "rank"))


def _by_model(days: QuerySet[DaySpend]) -> Iterable[tuple[int, str, int]]:
    rank = Window(RowNumber(), partition_by=[F("project")], order_by=[F("users").desc(), F("model").asc()])
    sums = days.values("project", "model").annotate(users=Count("end_user", distinct=True))
    return (
        (row["project"], row["model"], row["users"]) for row in sums.annotate(rank=rank).filter(rank__lte=MAX_MODELS)
    )
