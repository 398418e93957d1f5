"""A store in memory that the rules run on: it applies plans as the service does, without a database."""

import copy
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from budgets.domain.handed_records import format_record, handed_client_period
from budgets.domain.marks import record_digest
from budgets.domain.money import nanousd_from_number
from budgets.domain.periods import due_at, epoch_us
from budgets.domain.reconcile import reconcile
from budgets.domain.records import PostedRecord, parse_record
from budgets.domain.snapshots import Closing, Generation, Plan, Snapshot, StoredUser
from budgets.domain.terms import Terms
from budgets.tests.stock_client import Record, StockClient

NOW = datetime(2027, 1, 31, 12, tzinfo=UTC)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


def nanousd(usd: float) -> int:
    return nanousd_from_number(usd)


def terms(usd: float | None, days: int | None = None) -> Terms:
    return Terms(None if usd is None else nanousd(usd), days)


def posted(record: Record, *, name: str = "u", is_marked: bool = False) -> PostedRecord:
    return parse_record(name, record, digest=record_digest(name, record), is_marked=is_marked)


@dataclass
class BenchPeriod:
    """One window with what was spent in it."""

    pk: int
    starts_at: datetime
    closing: str = ""
    cost_by_model: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def cost(self) -> int:
        return sum(self.cost_by_model.values())


@dataclass
class Bench:
    """One end user "u" as stored, and the generations of every view."""

    now: datetime = NOW
    terms: Terms | None = None
    created_at_us: int | None = None
    extra_json: str = ""
    is_archived: bool = False
    periods: list[BenchPeriod] = field(default_factory=list)
    views: dict[str, list[Generation]] = field(default_factory=lambda: defaultdict(list))

    @property
    def total(self) -> int:
        """Everything ever counted."""
        return sum(period.cost for period in self.periods)

    @property
    def spent(self) -> list[int]:
        """What was counted, by period."""
        return [period.cost for period in self.periods]

    @property
    def closings(self) -> list[str]:
        """Why each closed period ended."""
        return [period.closing for period in self.periods[:-1]]

    def wait(self, span: timedelta) -> None:
        self.now += span

    def roll(self) -> None:
        """Do what the cron does, due or not."""
        self._close("due", self.now)

    def read(self, view: str) -> StockClient:
        """Hand the user out under a new view, to a client that has nothing else."""
        assert self.terms is not None
        period = self.periods[-1]
        record = format_record(
            terms=self.terms,
            created_at_us=self.created_at_us,
            last_updated_at_us=epoch_us(period.starts_at),
            cost_by_model=period.cost_by_model,
            extra_json=self.extra_json,
        )
        assert view not in self.views
        self.views[view].append(
            Generation(
                number=0,
                is_marked=True,
                client_period=handed_client_period(
                    terms=self.terms,
                    created_at_us=self.created_at_us,
                    last_updated_at_us=epoch_us(period.starts_at),
                ),
                cost_by_model={model: cost for model, cost in period.cost_by_model.items() if cost},
                terms=self.terms,
                extra_json=self.extra_json,
                digest=record_digest("u", record),
                period_id=period.pk,
                opened_at=self.now,
                raised_at=None,
            )
        )
        client = StockClient(imported_at=self.now)
        client.user_dict["u"] = record
        return client

    def post(self, view: str, record: Record, *, is_marked: bool = False, **said: Any) -> Plan:
        """Take one record in under the view. `said` is what else the Snapshot says."""
        snapshot = self.snapshot(view, record, is_marked=is_marked, **said)
        (plan,) = reconcile([snapshot], now=self.now)
        self.apply(view, plan)
        return plan

    def snapshot(self, view: str, record: Record, *, is_marked: bool = False, **said: Any) -> Snapshot:
        """The record beside what is stored."""
        record = copy.deepcopy(record)
        return Snapshot(posted(record, is_marked=is_marked), self._stored(), tuple(self.views[view]), **said)

    def apply(self, view: str, plan: Plan) -> None:
        """Do what the plan says, in the order that Plan tells."""
        if plan.creates:
            assert plan.opens_at is not None
            self._open(plan.opens_at)
        if plan.restores:
            self.is_archived = False
        if plan.rolls_due_to is not None:
            self._close("due", plan.rolls_due_to)
        if plan.closing is not None:
            assert plan.opens_at is not None
            self._close({Closing.CLIENT_RESET: "reset", Closing.RECREATED: "recreated"}[plan.closing], plan.opens_at)
        self.terms = plan.terms or self.terms
        if plan.sets_created_at:
            self.created_at_us = plan.created_at_us
        if plan.extra_json is not None:
            self.extra_json = plan.extra_json
        if plan.attributed is not None:
            assert plan.attributed.period_id is not None
            self.periods[plan.attributed.period_id].cost_by_model[plan.attributed.model] -= (
                plan.attributed.amount_nanousd
            )
        for one in plan.spend:
            assert one.amount_nanousd > 0
            pk = self.periods[-1].pk if one.period_id is None else one.period_id
            self.periods[pk].cost_by_model[one.model] += one.amount_nanousd
        if plan.generation is not None:
            self._keep(view, plan.generation)

    def _keep(self, view: str, generation: Generation) -> None:
        if generation.period_id is None:
            generation = replace(generation, period_id=self.periods[-1].pk)
        others = [one for one in self.views[view] if one.number != generation.number]
        self.views[view] = sorted([*others, generation], key=lambda one: one.number)

    def _open(self, starts_at: datetime) -> None:
        self.periods.append(BenchPeriod(len(self.periods), starts_at))

    def _close(self, why: str, opens_at: datetime) -> None:
        self.periods[-1].closing = why
        self._open(opens_at)

    def _stored(self) -> StoredUser | None:
        if not self.periods:
            return None
        assert self.terms is not None
        period = self.periods[-1]
        return StoredUser(
            is_archived=self.is_archived,
            terms=self.terms,
            created_at_us=self.created_at_us,
            extra_json=self.extra_json,
            period_id=period.pk,
            period_starts_at=period.starts_at,
            period_due_at=due_at(period.starts_at, self.terms.duration_days),
            period_cost_nanousd=period.cost,
        )


def new_client(*, usd: float = 10, days: int | None = 1) -> StockClient:
    client = StockClient(imported_at=NOW)
    client.create_budget("u", usd, days=days)
    return client


def bench_with_spend(cost: float = 1.0, *, usd: float = 10, days: int | None = 1) -> Bench:
    """A user whose budget and first spend came from a process that is gone."""
    bench, client = Bench(), new_client(usd=usd, days=days)
    client.spend("u", cost)
    bench.post("gone", client.user_dict["u"])
    return bench


def is_empty(plan: Plan) -> bool:
    return plan == Plan(plan.record)
