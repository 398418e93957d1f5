"""What the page of one end user shows beyond the terms; each list is bounded by DETAIL_ROWS, and the rest is pages."""

from dataclasses import dataclass
from datetime import datetime

from budgets.models import BudgetChange, Client, CostEntry, EndUser, Period
from budgets.queries.burn_down import BurnDown, burn_down
from budgets.queries.end_user_ledger import Ledger, LedgerChoice, read_ledger
from budgets.queries.end_users import ModelShare, Usage, model_shares

DETAIL_ROWS = 25
# Who posted is added up from so many entries at most: a period that never ends has ever more of them.
POSTING_ENTRIES = 5_000


@dataclass(frozen=True, slots=True)
class PostingClient:
    """A client and what it posted for a user in the open period, in nano-USD."""

    client: Client
    cost_nanousd: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Posting:
    """The clients that posted; `of_latest` is how many entries tell it, where those may not be all."""

    clients: list[PostingClient]
    of_latest: int | None = None


@dataclass(frozen=True, slots=True)
class PastPeriods:
    """Closed periods, the latest first, and where the next page begins: before that version of the user."""

    rows: list[Period]
    before: int | None


@dataclass(frozen=True, slots=True)
class EndUserDetail:
    """All of it, read in a constant number of queries."""

    open_period: Period | None
    burn_down: BurnDown | None
    models: list[ModelShare]
    past: PastPeriods
    ledger: Ledger
    changes: list[BudgetChange]
    posting: Posting


def end_user_detail(
    user: EndUser, usage: Usage, choice: LedgerChoice, *, periods_before: int | None = None
) -> EndUserDetail:
    """Read the detail; `periods_before` is where the page of past periods begins."""
    open_period = user.periods.filter(ends_at=None).first()
    return EndUserDetail(
        open_period=open_period,
        burn_down=burn_down(open_period, now=usage.now) if open_period else None,
        models=model_shares(open_period.cost_by_model if open_period else {}),
        past=past_periods(user, before=periods_before),
        ledger=read_ledger(user, choice, size=DETAIL_ROWS),
        changes=list(user.budget_changes.select_related("client__api_key", "actor")[:DETAIL_ROWS]),
        posting=posting_clients(open_period) if open_period else Posting([]),
    )


def past_periods(user: EndUser, *, before: int | None) -> PastPeriods:
    """A page of closed periods, opened before that version of the user; the latest without one."""
    closed = user.periods.exclude(ends_at=None).select_related("closed_by").order_by("-opened_version")
    found = list((closed.filter(opened_version__lt=before) if before else closed)[: DETAIL_ROWS + 1])
    rows = found[:DETAIL_ROWS]
    return PastPeriods(rows, rows[-1].opened_version if len(found) > DETAIL_ROWS else None)


def posting_clients(period: Period) -> Posting:
    """Who posted in the open period, the largest first: from the user's latest entries, however many there are."""
    # By version, since there is an index for that. Late posts to other periods stand between the period's own.
    entries = CostEntry.objects.filter(end_user=period.end_user_id, version__gte=period.opened_version)
    rows = entries.order_by("-version").values_list("period_id", "client_id", "amount_nanousd", "recorded_at")
    latest = list(rows[:POSTING_ENTRIES])
    costs: dict[int, int] = {}
    last_at: dict[int, datetime] = {}
    for period_id, client_id, amount_nanousd, recorded_at in latest:
        if period_id == period.pk and client_id is not None:
            costs[client_id] = costs.get(client_id, 0) + amount_nanousd
            last_at[client_id] = max(recorded_at, last_at.get(client_id, recorded_at))
    largest = sorted(costs, key=lambda pk: (-costs[pk], pk))[:DETAIL_ROWS]
    clients = Client.objects.select_related("api_key").in_bulk(largest)
    found = [PostingClient(clients[pk], costs[pk], last_at[pk]) for pk in largest]
    return Posting(found, of_latest=POSTING_ENTRIES if len(latest) == POSTING_ENTRIES else None)
