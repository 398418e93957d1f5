"""Keeping the figures that take reading every user, so that pages need not, where there are many."""

from datetime import UTC, date, datetime

from django.db import transaction

from budgets.domain.windows import usual_first_days
from budgets.models import EndUser, OutlookFigures, Project, UserFigures
from budgets.queries.active_users import read_user_figures
from budgets.queries.kept_figures import LONG_RANGE_KEPT, is_long
from budgets.queries.outlook import read_outlook_figures
from budgets.queries.snapshot import one_moment
from budgets.services.settlement import lock_settlement

# With fewer users than this, pages read them all, and are right to the moment.
MANY_USERS = 10_000


def keep_figures(*, now: datetime) -> bool:
    """Read and keep them as of `now`; say whether there are enough users for it. Replaces what was kept before.

    Of long ranges, what is younger than LONG_RANGE_KEPT stays.
    """
    has_many = EndUser.objects.order_by("pk")[MANY_USERS : MANY_USERS + 1].exists()
    staying = _staying(now) if has_many else set()
    users, outlooks = _read(now, staying) if has_many else ([], [])
    with transaction.atomic():
        # The one lock that whoever adds up takes: of two runs at once, the later one's figures stay.
        lock_settlement()
        UserFigures.objects.exclude(first_day__in=staying).delete()
        OutlookFigures.objects.all().delete()
        UserFigures.objects.bulk_create(users)
        OutlookFigures.objects.bulk_create(outlooks)
    return has_many


def _staying(now: datetime) -> set[date]:
    kept = UserFigures.objects.filter(as_of__gt=now - LONG_RANGE_KEPT, as_of__lte=now)
    first_days = set(kept.values_list("first_day", flat=True).distinct())
    return {first for first in first_days & _first_days(now) if is_long(first, now)}


def _first_days(now: datetime) -> set[date]:
    return {start.date() for start in usual_first_days(now.astimezone(UTC))}


def _read(now: datetime, staying: set[date]) -> tuple[list[UserFigures], list[OutlookFigures]]:
    today, users = now.astimezone(UTC).date(), list[UserFigures]()
    with one_moment():
        projects = set(Project.objects.values_list("pk", flat=True))
        for first in sorted(_first_days(now) - staying):
            found = {one.project_id: one for one in read_user_figures(first, today)}
            for project_id in projects:
                one = found.get(project_id) or _nobody(project_id, first)
                one.as_of = now
                users.append(one)
        return users, read_outlook_figures(now)


def _nobody(project_id: int, first: date) -> UserFigures:
    return UserFigures(project_id=project_id, first_day=first, active_users=0, top_users=[], users_by_model={})
