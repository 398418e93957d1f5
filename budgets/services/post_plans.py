"""What a plan (`domain.snapshots.Plan`) of a post's record says, put into a ledger batch."""

from datetime import datetime

from budgets.domain.money import MoneyError
from budgets.domain.periods import from_epoch_us
from budgets.domain.records import Fault, PostError, pointer
from budgets.domain.snapshots import Closing, Plan, Spend
from budgets.models import Period
from budgets.models.cost_entry import EntrySource
from budgets.models.period import CloseReason
from budgets.services.accounts import Account
from budgets.services.end_users import restore_account
from budgets.services.ledger import Author, LedgerBatch

TOLD_BY_MODEL = "the client has since told the model"
CLOSE_REASONS = {Closing.CLIENT_RESET: CloseReason.CLIENT_RESET, Closing.RECREATED: CloseReason.RECREATED}


def carry_out(batch: LedgerBatch, account: Account | None, plan: Plan, author: Author) -> Account:
    """Change the account as the plan says, or make it where there is none; return it.

    Raises PostError where a period would hold more than may be.
    """
    if account is None:
        account = _create(batch, plan, author)
    else:
        _change(batch, account, plan, author)
    try:
        _spend(batch, account, plan, author)
    except MoneyError as error:
        raise PostError([Fault(pointer("user_dict", plan.record.name), str(error))]) from error
    return account


def periods_spent_in(plan: Plan) -> set[int]:
    """The ids of those that the plan names."""
    spends = [*plan.spend, plan.attributed] if plan.attributed else plan.spend
    return {one.period_id for one in spends if one.period_id is not None}


def _spend(batch: LedgerBatch, account: Account, plan: Plan, author: Author) -> None:
    stays = 0 if plan.attributed is None else _attribute(batch, account, plan, plan.attributed, author)
    for spend in plan.spend:
        amount = max(0, spend.amount_nanousd - stays)
        stays -= spend.amount_nanousd - amount
        if amount:
            period = _period(batch, account, spend)
            batch.spend(
                account,
                spend.model,
                amount,
                source=EntrySource.CLIENT,
                period=period,
                author=author,
                is_shared=plan.is_shared,
            )


def _period(batch: LedgerBatch, account: Account, spend: Spend) -> Period | None:
    return None if spend.period_id is None else batch.period(account, spend.period_id)


def _attribute(batch: LedgerBatch, account: Account, plan: Plan, attributed: Spend, author: Author) -> int:
    """Take off the unattributed spend what is now told by model; return what has to stay, for it is no longer there."""
    period = _period(batch, account, attributed) or account.period
    held: int = period.cost_by_model.get(attributed.model, 0)
    amount = min(attributed.amount_nanousd, max(0, held))
    if amount:
        batch.spend(
            account,
            attributed.model,
            -amount,
            source=EntrySource.ADJUSTMENT,
            period=period,
            author=author,
            reason=TOLD_BY_MODEL,
            is_shared=plan.is_shared,
        )
    return attributed.amount_nanousd - amount


def _created_at(plan: Plan) -> datetime | None:
    return None if plan.created_at_us is None else from_epoch_us(plan.created_at_us)


def _create(batch: LedgerBatch, plan: Plan, author: Author) -> Account:
    assert plan.opens_at is not None
    return batch.create_account(
        name=plan.record.name,
        terms=plan.record.terms,
        created_at=_created_at(plan),
        starts_at=plan.opens_at,
        author=author,
        extra_json=plan.record.extra_json,
    )


def _change(batch: LedgerBatch, account: Account, plan: Plan, author: Author) -> None:
    if plan.restores:
        restore_account(batch, account)
    if plan.rolls_due_to is not None:
        batch.close_period(account, CloseReason.DUE, opens_at=plan.rolls_due_to)
    if plan.closing is not None and plan.opens_at is not None:
        batch.close_period(account, CLOSE_REASONS[plan.closing], opens_at=plan.opens_at)
    if plan.terms is not None or plan.sets_created_at:
        created_at = _created_at(plan) if plan.sets_created_at else account.budget.created_at
        batch.set_terms(account, plan.terms or account.terms, author=author, created_at=created_at)
    if plan.extra_json is not None and plan.extra_json != account.end_user.extra_json:
        batch.set_extra(account, plan.extra_json)
