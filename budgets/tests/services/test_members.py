"""Roles are given, changed and ended; a project keeps an owner unless a superuser says otherwise."""

import threading

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import connection

from budgets.domain.roles import Role
from budgets.models import Membership, Project
from budgets.services.members import LastOwnerError, change_role, give_role, remove_member
from budgets.tests.factories import NOW, make_project


def member(project: Project, name: str, role: Role = Role.OWNER, *, is_active: bool = True) -> Membership:
    user = User.objects.create_user(name, is_staff=True, is_active=is_active)
    return give_role(project=project, login=user, role=role, now=NOW)


def test_a_role_is_given_once_and_changed(db: None) -> None:
    ann = member(make_project(), "ann", Role.VIEWER)
    with pytest.raises(ValidationError):
        give_role(project=ann.project, login=ann.login, role=Role.OWNER, now=NOW)
    assert change_role(membership=ann, role=Role.OWNER, may_leave_ownerless=False) == Role.VIEWER
    assert Membership.objects.get().role == "owner"


@pytest.mark.parametrize("with_one_inactive", [False, True])
def test_the_last_owner_stays(db: None, with_one_inactive: bool) -> None:
    """One who cannot sign in is no owner to count on."""
    project = make_project()
    ann = member(project, "ann")
    member(project, "viv", Role.VIEWER)
    member(make_project("elsewhere"), "olga")
    if with_one_inactive:
        member(project, "gone", is_active=False)
    with pytest.raises(LastOwnerError):
        change_role(membership=ann, role=Role.MANAGER, may_leave_ownerless=False)
    with pytest.raises(LastOwnerError):
        remove_member(membership=ann, may_leave_ownerless=False)
    assert Membership.objects.get(pk=ann.pk).role == "owner"
    assert remove_member(membership=ann, may_leave_ownerless=True) == Role.OWNER


def test_with_another_owner_one_may_go(db: None) -> None:
    project = make_project()
    ann, bob = member(project, "ann"), member(project, "bob")
    remove_member(membership=ann, may_leave_ownerless=False)
    with pytest.raises(LastOwnerError):
        remove_member(membership=bob, may_leave_ownerless=False)


def test_two_owners_who_remove_each_other_at_once_leave_one(transactional_db: None) -> None:
    project = make_project()
    both = [member(project, "ann"), member(project, "bob")]
    refused: list[str] = []
    together = threading.Barrier(2)

    def remove(leaving: Membership) -> None:
        together.wait()
        try:
            remove_member(membership=leaving, may_leave_ownerless=False)
        except LastOwnerError:
            refused.append(str(leaving.login))
        finally:
            connection.close()

    workers = [threading.Thread(target=remove, args=(one,)) for one in both]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(refused) == Membership.objects.count() == 1
