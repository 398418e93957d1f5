"""Rows for tests, made through the services that make them in earnest."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from django.db import transaction

from budgets.domain.money import nanousd_from_number
from budgets.domain.posts import as_posted
from budgets.domain.terms import Terms
from budgets.models import EndUser, Period, Project
from budgets.models.cost_entry import EntrySource
from budgets.models.end_user import ChangeSource
from budgets.queries.verify_ledger import Violation, violations
from budgets.services.budgets import create_budget
from budgets.services.clients import Caller
from budgets.services.hand_out import get_budget
from budgets.services.keys import create_key
from budgets.services.ledger import Author, LedgerBatch
from budgets.services.posts import set_budget
from budgets.services.projects import create_project
from budgets.tests.stock_client import StockClient, UserDict

NOW = datetime(2027, 1, 31, 12, 0, 0, 123456, tzinfo=UTC)
SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)


def nanousd(usd: float) -> int:
    return nanousd_from_number(usd)


def make_project(name: str = "p") -> Project:
    return create_project(name=name, now=NOW)


def make_caller(project: Project | None, client_id: str = "worker-1") -> Caller:
    api_key, _ = create_key(label="tests", project=project, expires_at=None, created_by=None, now=NOW)
    return Caller(api_key, client_id)


def make_user(
    project: Project, name: str = "u", *, usd: float | None = 10, days: int | None = 1, now: datetime = NOW
) -> EndUser:
    """A user with a budget."""
    terms = Terms(None if usd is None else nanousd(usd), days)
    return create_budget(project=project, name=name, terms=terms, source=ChangeSource.ADMIN, actor=None, now=now)


def spend(end_user: EndUser, usd: float, model: str = "gpt-4o", *, now: datetime = NOW) -> None:
    """Write spend into the open period."""
    with transaction.atomic():
        batch = LedgerBatch(end_user.project, now)
        account = batch.lock([end_user.pk])[end_user.pk]
        author = Author(ChangeSource.MANAGER)
        batch.spend(account, model, nanousd(usd), source=EntrySource.MANAGER, author=author)
        batch.save()


def open_period(end_user: EndUser) -> Period:
    return Period.objects.get(end_user=end_user, ends_at=None)


def spent(end_user: EndUser) -> list[int]:
    """What was spent, by period, oldest first."""
    return list(end_user.periods.order_by("opened_version").values_list("cost_nanousd", flat=True))


def closings(end_user: EndUser) -> list[str]:
    """Why each closed period ended, oldest first."""
    closed = end_user.periods.exclude(ends_at=None)
    return list(closed.order_by("opened_version").values_list("close_reason", flat=True))


def broken(project: Project | None = None) -> list[Violation]:
    """Every invariant that does not hold."""
    return list(violations(project=project))


class WireClient(StockClient):
    """A client process that reads and posts through the services, by way of JSON."""

    def __init__(self, project: Project, caller: Caller, *, imported_at: datetime = NOW) -> None:
        super().__init__(imported_at=imported_at)
        self.project, self.caller = project, caller

    def load_data(self, now: datetime = NOW) -> "WireClient":
        """Read; what was in the dict is gone."""
        project = Project.objects.get(pk=self.project.pk)
        self.user_dict = _through_json(get_budget(project=project, caller=self.caller, now=now))
        return self

    def post(self, now: datetime = NOW, user_dict: UserDict | None = None) -> None:
        """Post the dict as it is, or an earlier snapshot of it."""
        project = Project.objects.get(pk=self.project.pk)
        body = self.user_dict if user_dict is None else user_dict
        set_budget(project=project, caller=self.caller, user_dict=as_posted(body), now=now)


def _through_json(value: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(value))
