"""Keeping the figures that take reading every user, so that pages need not, where that takes long."""

from datetime import UTC, date, datetime

from django.db import transaction

from budgets.domain.windows import usual_first_days
from budgets.models import DaySpend, EndUser, OutlookFigures, Project, UserFigures
from budgets.queries.active_users import read_user_figures
from budgets.queries.kept_figures import LONG_RANGE_KEPT, is_long
from budgets.queries.outlook import read_outlook_figures
from budgets.queries.snapshot import one_moment
from budgets.services.settlement import lock_settlement

# With no more users than this, pages forecast them all, and with no more sums by day and user in a range they add these
# up: both are then right to the moment.
MANY_USERS = 10_000
MANY_DAY_SPENDS = 30_000


def keep_figures(*, now: datetime) -> None:
    """Read and keep, as of `now`, what takes long to read. Replaces what was kept before.

    Of long ranges, what is younger than LONG_RANGE_KEPT stays.
    """
    with one_moment():
        many = {first for first in _first_days(now) if _has_many_day_spends(first)}
        staying = many & _staying(now)
        users = [one for first in sorted(many - staying) for one in _of_each_project(first, now)]
        outlooks = read_outlook_figures(now) if _has_many_users() else []
    with transaction.atomic():
        # The one lock that whoever adds up takes: of two runs at once, the later one's figures stay.
        lock_settlement()
        UserFigures.objects.exclude(first_day__in=staying).delete()
        OutlookFigures.objects.all().delete()
        UserFigures.objects.bulk_create(users)
        OutlookFigures.objects.bulk_create(outlooks)


def _has_many_users() -> bool:
    return EndUser.objects.order_by("pk")[MANY_USERS : MANY_USERS + 1].exists()


def _has_many_day_spends(first: date) -> bool:
    days = DaySpend.objects.filter(day__gte=first).order_by("day")
    return days[MANY_DAY_SPENDS : MANY_DAY_SPENDS + 1].exists()


def _staying(now: datetime) -> set[date]:
    kept = UserFigures.objects.filter(as_of__gt=now - LONG_RANGE_KEPT, as_of__lte=now)
    return {first for first in kept.values_list("first_day", flat=True).distinct() if is_long(first, now)}


def _first_days(now: datetime) -> set[date]:
    return {start.date() for start in usual_first_days(now.astimezone(UTC))}


def _of_each_project(first: date, now: datetime) -> list[UserFigures]:
    figures = {one.project_id: one for one in read_user_figures(first, now.astimezone(UTC).date())}
    for project_id in Project.objects.values_list("pk", flat=True):
        figures.setdefault(project_id, _nobody(project_id, first)).as_of = now
    return list(figures.values())


def _nobody(project_id: int, first: date) -> UserFigures:
    return UserFigures(project_id=project_id, first_day=first, active_users=0, top_users=[], users_by_model={})
