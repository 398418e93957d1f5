"""Writes of who is a member of a project, and in which role."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from budgets.domain.roles import Role
from budgets.models import Membership, Project

if TYPE_CHECKING:
    from django.contrib.auth.models import User


class LastOwnerError(Exception):
    """Without this owner nobody but a superuser could mend the project's roles."""


def give_role(*, project: Project, login: "User", role: Role, now: datetime) -> Membership:
    """Make the login a member. Raises ValidationError where it is one already."""
    with transaction.atomic():
        _lock(project.pk)
        membership = Membership(project=project, login=login, role=role, given_at=now)
        membership.full_clean()
        membership.save()
    return membership


def change_role(*, membership: Membership, role: Role, may_leave_ownerless: bool) -> Role:
    """Give the member another role; return the one before. Raises LastOwnerError, unless a superuser insists."""
    with transaction.atomic():
        _lock(membership.project_id)
        # Only now: somebody else may have changed it since the page was read.
        stored = Membership.objects.get(pk=membership.pk)
        before = Role(stored.role)
        if role != Role.OWNER:
            _keep_an_owner(stored, may_leave_ownerless)
        stored.role = role
        stored.save(update_fields=["role"])
    membership.role = role
    return before


def remove_member(*, membership: Membership, may_leave_ownerless: bool) -> Role:
    """End the membership; return the role it had. Raises LastOwnerError, unless a superuser insists."""
    with transaction.atomic():
        _lock(membership.project_id)
        stored = Membership.objects.get(pk=membership.pk)
        before = Role(stored.role)
        _keep_an_owner(stored, may_leave_ownerless)
        stored.delete()
    return before


def _lock(project_id: int) -> None:
    # Two owners who remove each other at once must not both succeed.
    Project.objects.select_for_update(no_key=True).get(pk=project_id)


def _keep_an_owner(leaving: Membership, may_leave_ownerless: bool) -> None:
    if may_leave_ownerless or leaving.role != Role.OWNER:
        return
    others = Membership.objects.filter(
        project_id=leaving.project_id, role=Role.OWNER, login__is_active=True, login__is_staff=True
    ).exclude(pk=leaving.pk)
    if not others.exists():
        raise LastOwnerError
