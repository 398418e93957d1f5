"""Writes of who is in a project: archiving and restoring end users (design R8)."""

from datetime import datetime

from django.db import transaction

from budgets.models import EndUser, Project
from budgets.services.accounts import Account
from budgets.services.ledger import LedgerBatch


def lock_roster(project: Project) -> Project:
    """Lock the project's row and count one more change of its roster. Comes before every lock of a user."""
    # Without the key: on PostgreSQL inserting any row of the project locks its key, and must not wait for this.
    locked = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    locked.roster_version += 1
    locked.save(update_fields=["roster_version"])
    return locked


def restore_account(batch: LedgerBatch, account: Account) -> None:
    """Bring an archived user back within a batch whose project's roster is locked."""
    if account.end_user.archived_at is None:
        return
    account.end_user.archived_at = account.end_user.archived_roster_version = None
    account.end_user.roster_version = batch.project.roster_version
    account.new_version()


def archive(*, end_user: EndUser, now: datetime) -> None:
    """Hide the user from clients; its history and what old clients still post are kept. Twice does nothing more."""
    with transaction.atomic():
        batch = LedgerBatch(lock_roster(end_user.project), now)
        account = batch.lock([end_user.pk])[end_user.pk]
        if account.end_user.archived_at is None:
            account.end_user.archived_at = now
            account.end_user.archived_roster_version = batch.project.roster_version
            account.new_version()
        batch.save()


def restore(*, end_user: EndUser, now: datetime) -> None:
    """Hand the user out again, as it was. Twice does nothing more."""
    with transaction.atomic():
        batch = LedgerBatch(lock_roster(end_user.project), now)
        restore_account(batch, batch.lock([end_user.pk])[end_user.pk])
        batch.save()
