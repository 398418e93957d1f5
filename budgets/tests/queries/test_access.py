"""Which projects a login reaches."""

import pytest
from django.contrib.auth.models import AnonymousUser, Permission, User
from django.db.models import Model

from budgets.domain.roles import Act, Role
from budgets.models import ApiKey, EndUser, Membership, Project, ResetRun
from budgets.queries.access import EVERYTHING, NOTHING, Reach, only, project_id_of, reach_of
from budgets.services.members import give_role
from budgets.tests.factories import NOW, make_project, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return make_project()


@pytest.fixture
def ann() -> User:
    return User.objects.create_user("ann", is_staff=True)


@pytest.mark.parametrize(
    ("role", "act", "model", "reaches"),
    [
        (Role.VIEWER, "view", EndUser, True),
        (Role.VIEWER, "change", EndUser, False),
        (Role.MANAGER, "change", EndUser, True),
        (Role.MANAGER, "view", ApiKey, False),
        (Role.OWNER, "add", Membership, True),
        (Role.OWNER, "view", ResetRun, False),
        (Role.OWNER, "view", User, False),
    ],
)
def test_a_role_reaches_its_project_alone(
    project: Project, ann: User, role: Role, act: Act, model: type[Model], reaches: bool
) -> None:
    make_project("other")
    give_role(project=project, login=ann, role=role, now=NOW)
    assert reach_of(ann, act, model) == (only(project) if reaches else NOTHING)


def test_nobody_reaches_nothing(project: Project) -> None:
    assert reach_of(AnonymousUser(), "view", EndUser) == NOTHING
    assert reach_of(User.objects.create_superuser("boss"), "view", ResetRun) == EVERYTHING


@pytest.mark.parametrize("lost", ["is_active", "is_staff"])
def test_a_login_that_may_not_sign_in_reaches_nothing(project: Project, ann: User, lost: str) -> None:
    give_role(project=project, login=ann, role=Role.OWNER, now=NOW)
    setattr(ann, lost, False)
    assert reach_of(ann, "view", EndUser) == NOTHING


def test_djangos_permissions_reach_everything_and_a_role_takes_nothing_away(project: Project, ann: User) -> None:
    give_role(project=project, login=ann, role=Role.VIEWER, now=NOW)
    ann.user_permissions.set(Permission.objects.filter(codename="change_enduser"))
    assert reach_of(ann, "change", EndUser) == EVERYTHING
    # Who may change may look.
    assert reach_of(ann, "view", EndUser) == EVERYTHING
    assert reach_of(ann, "add", EndUser) == NOTHING
    assert reach_of(ann, "view", Project) == only(project)


def test_reaches_meet(project: Project) -> None:
    other = make_project("other")
    assert (EVERYTHING & only(project)) == (only(project) & EVERYTHING) == only(project)
    assert not only(project) & only(other)
    assert only(project).covers(project.pk)
    assert not only(project).covers(None)
    assert EVERYTHING.covers(None)


def test_rows_within_reach(project: Project) -> None:
    user, other = make_user(project), make_user(make_project("other"))
    rows = EndUser.objects.order_by("pk")
    assert list(EVERYTHING.of(rows)) == [user, other]
    assert list(only(project).of(rows)) == [user]
    assert list(NOTHING.of(rows)) == []
    # What belongs to no project is within no project's reach.
    assert list(only(project).of(rows, None)) == []
    assert list(Reach(None).of(rows, None)) == [user, other]
    assert project_id_of(user) == project_id_of(project) == project.pk
    assert project_id_of(ResetRun()) is None
