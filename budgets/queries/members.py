"""Reads of who is a member of a project."""

from django.contrib.auth.models import User
from django.db.models import Case, IntegerField, QuerySet, Value, When

from budgets.domain.roles import Role
from budgets.models import Membership, Project

# More than this on a project's page helps nobody.
MAX_MEMBERS = 200


def members_of(project: Project) -> QuerySet[Membership]:
    """The project's members with their logins, owners first."""
    rank = Case(
        *(When(role=role.value, then=Value(index)) for index, role in enumerate(reversed(Role))),
        output_field=IntegerField(),
    )
    return project.memberships.select_related("login").annotate(rank=rank).order_by("rank", "login__username")


def find_login(*, username: str) -> User | None:
    """The login of exactly that name that may sign in to the admin, if there is one."""
    return User.objects.filter(username=username, is_active=True, is_staff=True).first()
