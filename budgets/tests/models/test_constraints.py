"""What the database itself refuses, whatever code asks for it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import IntegrityError, models, transaction

from budgets.models import (
    ApiKey,
    Budget,
    BudgetChange,
    Client,
    ClientDaySpend,
    ClientFlag,
    CostEntry,
    DaySpend,
    EndUser,
    HighWater,
    HourSpend,
    Membership,
    Period,
    Project,
    SettledSpend,
    Settlement,
    UserFigures,
    View,
)
from budgets.tests.factories import NOW, make_caller, make_project, make_user

pytestmark = pytest.mark.django_db


class Rows:
    """Makes rows in a sound project; each call's keywords say what is to be wrong."""

    def __init__(self) -> None:
        self.project = make_project()
        self.user = make_user(self.project, days=None)
        self.period = Period.objects.get()
        self.api_key: ApiKey = make_caller(self.project).api_key
        self.worker = Client.objects.create(project=self.project, client_id="worker", first_seen_at=NOW)
        self.seen = View.objects.create(
            project=self.project, client=self.worker, token="t", first_post_at=NOW, last_post_at=NOW
        )

    def entry(self, **values: Any) -> None:
        CostEntry.objects.create(
            **{
                "project": self.project,
                "end_user": self.user,
                "period": self.period,
                "version": 5,
                "amount_nanousd": 1,
                "recorded_at": NOW,
                "source": "client",
            }
            | values
        )

    def closed(self, **values: Any) -> None:
        Period.objects.create(
            **{
                "project": self.project,
                "end_user": self.user,
                "starts_at": NOW,
                "ends_at": NOW,
                "close_reason": "due",
                "opened_version": 99,
            }
            | values
        )

    def client(self, **values: Any) -> None:
        Client.objects.create(**{"project": self.project, "first_seen_at": NOW} | values)

    def high_water(self, **values: Any) -> None:
        HighWater.objects.create(
            **{
                "project": self.project,
                "view": self.seen,
                "end_user": self.user,
                "name_hash": 1,
                "generation": 1,
                "is_marked": True,
                "period": self.period,
                "opened_at": NOW,
            }
            | values
        )

    def flag(self) -> None:
        ClientFlag.objects.create(project=self.project, client=self.worker, kind="k", first_at=NOW, last_at=NOW)

    def hour(self, cost_nanousd: int = 1) -> None:
        HourSpend.objects.create(project=self.project, hour=NOW, model="m", cost_nanousd=cost_nanousd, entries=1)

    def day(self, cost_nanousd: int = 1) -> None:
        DaySpend.objects.create(
            project=self.project, day=NOW.date(), end_user=self.user, model="m", cost_nanousd=cost_nanousd, entries=1
        )

    def settled(self, cost_nanousd: int = 1) -> None:
        SettledSpend.objects.create(
            project=self.project,
            step="day",
            hour=NOW,
            model="m",
            cost_nanousd=cost_nanousd,
            entries=1,
            shared_nanousd=0,
        )

    def figures(self) -> None:
        UserFigures.objects.create(
            project=self.project, first_day=NOW.date(), as_of=NOW, active_users=0, top_users=[], users_by_model={}
        )

    def client_day(self, cost_nanousd: int = 1) -> None:
        ClientDaySpend.objects.create(
            project=self.project, client=self.worker, day=NOW.date(), cost_nanousd=cost_nanousd, entries=1
        )

    def view(self) -> None:
        View.objects.create(project=self.project, client=self.worker, token="t", first_post_at=NOW, last_post_at=NOW)

    def member(self, role: str = "viewer") -> None:
        login, _ = User.objects.get_or_create(username="ann")
        Membership.objects.create(project=self.project, login=login, role=role)

    def change(self) -> None:
        BudgetChange.objects.create(project=self.project, end_user=self.user, version=1, changed_at=NOW, source="admin")


def twice(act: Callable[[Rows], None]) -> Callable[[Rows], None]:
    def both(rows: Rows) -> None:
        act(rows)
        act(rows)

    return both


REFUSED: dict[str, list[Callable[[Rows], object]]] = {
    "membership_once_per_login": [twice(lambda rows: rows.member())],
    "membership_known_role": [lambda rows: rows.member("king")],
    "cost_entry_positive_unless_adjustment": [
        lambda rows: rows.entry(amount_nanousd=0),
        lambda rows: rows.entry(amount_nanousd=-1),
        lambda rows: rows.entry(amount_nanousd=0, source="adjustment", reason="r"),
    ],
    "cost_entry_adjustment_has_reason": [lambda rows: rows.entry(source="adjustment")],
    "cost_entry_external_id_once": [twice(lambda rows: rows.entry(external_id="call-1"))],
    "period_one_open_per_user": [lambda rows: rows.closed(ends_at=None, close_reason="")],
    "period_opened_once_per_version": [lambda rows: rows.closed(opened_version=rows.period.opened_version)],
    "period_ends_after_it_starts": [lambda rows: rows.closed(ends_at=NOW - timedelta(microseconds=1))],
    "period_closed_for_a_reason": [
        lambda rows: rows.closed(close_reason=""),
        lambda rows: Period.objects.update(close_reason="due"),
    ],
    "client_id_once_per_project": [lambda rows: rows.client(client_id="worker")],
    "client_anonymous_once_per_key": [twice(lambda rows: rows.client(api_key=rows.api_key))],
    "client_named_or_anonymous": [
        lambda rows: rows.client(client_id="other", api_key=rows.api_key),
        lambda rows: rows.client(),
    ],
    "client_flag_once_per_kind": [twice(lambda rows: rows.flag())],
    "end_user_name_once_per_project": [
        lambda rows: EndUser.objects.create(project=rows.project, name="u", roster_version=1)
    ],
    "end_user_archived_whole": [
        lambda rows: EndUser.objects.update(archived_at=NOW),
        lambda rows: EndUser.objects.update(archived_roster_version=1),
    ],
    "budget_total_not_negative": [lambda rows: Budget.objects.update(total_budget_nanousd=-1)],
    "budget_duration_at_least_a_day": [lambda rows: Budget.objects.update(duration_days=0)],
    "budget_change_once_per_version": [lambda rows: rows.change()],
    "hour_spend_cost_fits": [lambda rows: rows.hour(5 * 10**18)],
    "day_spend_cost_fits": [lambda rows: rows.day(5 * 10**18)],
    "client_day_spend_cost_fits": [lambda rows: rows.client_day(5 * 10**18)],
    "settled_spend_cost_fits": [lambda rows: rows.settled(5 * 10**18)],
    "settled_spend_once": [twice(lambda rows: rows.settled())],
    "settlement_one_row": [lambda rows: Settlement.objects.create(pk=2)],
    "user_figures_once": [twice(lambda rows: rows.figures())],
    "hour_spend_once": [twice(lambda rows: rows.hour())],
    "day_spend_once": [twice(lambda rows: rows.day())],
    "client_day_spend_once": [twice(lambda rows: rows.client_day())],
    "view_token_once_per_project": [lambda rows: rows.view()],
    "high_water_generation_once": [twice(lambda rows: rows.high_water())],
    "project's name": [lambda rows: Project.objects.create(name=rows.project.name)],
    "key's prefix": [lambda rows: ApiKey.objects.create(prefix=rows.api_key.prefix, key_hash="x", label="x")],
    "budget's user": [
        lambda rows: Budget.objects.create(end_user=rows.user, project=rows.project),
    ],
}


@pytest.mark.parametrize(
    "act",
    [pytest.param(act, id=f"{name} {number}") for name, acts in REFUSED.items() for number, act in enumerate(acts)],
)
def test_the_database_refuses(act: Callable[[Rows], object]) -> None:
    rows = Rows()
    with pytest.raises(IntegrityError), transaction.atomic():
        act(rows)


def test_every_constraint_is_tested() -> None:
    declared = {
        constraint.name
        for model in apps.get_app_config("budgets").get_models()
        for constraint in model._meta.constraints
    }
    assert declared == {name for name in REFUSED if " " not in name}


def test_what_is_near_a_constraint_and_right_is_let_through() -> None:
    rows = Rows()
    rows.entry(amount_nanousd=-1, source="adjustment", reason="r")
    rows.entry(external_id="call-1")
    rows.entry()
    rows.entry()
    rows.client(client_id="other")
    rows.client(api_key=rows.api_key)
    rows.closed()
    rows.high_water(generation=0)
    rows.high_water(generation=-1)
    Budget.objects.update(total_budget_nanousd=0, duration_days=1)
    other = make_project("other")
    make_user(other, "u")
    Client.objects.create(project=other, client_id="worker", first_seen_at=NOW)


@pytest.mark.parametrize("model", [Project, EndUser, Period, ApiKey, Client, View])
def test_history_cannot_be_deleted_from_under_the_ledger(model: type[models.Model]) -> None:
    rows = Rows()
    rows.entry(client=rows.worker)
    rows.client(api_key=rows.api_key)
    rows.high_water()
    with pytest.raises(models.ProtectedError):
        model._default_manager.order_by("pk")[0].delete()
