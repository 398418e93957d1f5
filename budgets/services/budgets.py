"""Writes of end users and of their budgets' terms."""

from datetime import datetime
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.db import transaction

from budgets.domain.periods import current_window_start
from budgets.domain.records import name_faults
from budgets.domain.terms import Terms
from budgets.models import EndUser, Project
from budgets.models.end_user import ChangeSource
from budgets.models.period import CloseReason
from budgets.services.accounts import Account
from budgets.services.end_users import lock_roster, restore_account
from budgets.services.ledger import Author, LedgerBatch

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def create_budget(
    *,
    project: Project,
    name: str,
    terms: Terms,
    source: ChangeSource,
    actor: "User | None",
    now: datetime,
    created_at: datetime | None = None,
) -> EndUser:
    """Make a user with a budget, or give one there is a new budget and a new period, as litellm's `create_budget` does.

    `created_at` is the wire's; it defaults to `now` where the terms have a duration. Raises ValidationError where the
    name is too long or holds a NUL.
    """
    if faults := name_faults(name):
        raise ValidationError(faults[0])
    if created_at is None and terms.duration_days is not None:
        created_at = now
    author = Author(source, actor=actor)
    starts_at = current_window_start(created_at or now, terms.duration_days, now)
    with transaction.atomic():
        locked = lock_roster(project)
        batch = LedgerBatch(locked, now)
        known = EndUser.objects.filter(project=project, name=name).first()
        if known is None:
            account = batch.create_account(
                name=name, terms=terms, created_at=created_at, starts_at=starts_at, author=author
            )
        else:
            account = batch.lock([known.pk])[known.pk]
            _create_anew(batch, account, terms, created_at=created_at, starts_at=starts_at, author=author)
        batch.save()
    return account.end_user


def _create_anew(
    batch: LedgerBatch,
    account: Account,
    terms: Terms,
    *,
    created_at: datetime | None,
    starts_at: datetime,
    author: Author,
) -> None:
    restore_account(batch, account)
    opens_at = starts_at if starts_at > account.period.starts_at else batch.now
    batch.close_period(account, CloseReason.RECREATED, opens_at=opens_at, actor=author.actor)
    batch.set_terms(account, terms, author=author, created_at=created_at)


def change_terms(
    *, end_user: EndUser, terms: Terms, source: ChangeSource, actor: "User | None", reason: str, now: datetime
) -> None:
    """Give the user's budget new terms from now on; the same terms change nothing."""
    with transaction.atomic():
        batch = LedgerBatch(end_user.project, now)
        account = batch.lock([end_user.pk])[end_user.pk]
        batch.roll_if_due(account)
        if account.terms != terms:
            author = Author(source, actor=actor)
            batch.set_terms(account, terms, author=author, created_at=account.budget.created_at, reason=reason)
        batch.save()
