"""`demo`: believable, the same each time, and never among real spend."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Sum
from django.test import RequestFactory

from budgets.models import (
    ApiKey,
    BudgetChange,
    Client,
    ClientFlag,
    CostEntry,
    DaySpend,
    EndUser,
    Period,
    Project,
    ResetRun,
)
from budgets.queries.access import EVERYTHING
from budgets.queries.end_users import limit_counts, with_spent
from budgets.queries.forecasts import RUNS_OUT, with_runs_out
from budgets.queries.kept_figures import Kept
from budgets.services.demo.fill import fill_demo
from budgets.tests.commands.conftest import run
from budgets.tests.factories import broken, make_project

pytestmark = pytest.mark.django_db
# A Wednesday.
NOW = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)


def demo(**options: Any) -> str:
    with time_machine.travel(NOW, tick=False):
        return run("demo", **{"users": 4, "weeks": 1, **options})


def figures() -> list[tuple[Any, ...]]:
    return sorted(CostEntry.objects.values_list("end_user__name", "model", "amount_nanousd", "recorded_at", "source"))


def test_it_has_something_of_everything_and_a_sound_ledger() -> None:
    fill_demo(now=NOW, weeks=2)
    assert broken() == []
    counts = limit_counts(reach=EVERYTHING, kept=Kept([], EVERYTHING))
    assert counts.over >= 1
    assert counts.near >= 1
    assert with_runs_out(with_spent(EndUser.objects.all()), now=NOW).filter(RUNS_OUT).count() >= 5
    assert DaySpend.objects.values("model").distinct().count() >= 12
    latest = CostEntry.objects.order_by("-recorded_at").values_list("recorded_at", flat=True)[0]
    assert NOW - timedelta(hours=1) <= latest <= NOW
    assert ClientFlag.objects.filter(kind="forked").exists()
    assert ClientFlag.objects.filter(kind="anonymous_spend").exists()
    assert EndUser.objects.exclude(archived_at=None).count() == 1
    assert set(CostEntry.objects.values_list("source", flat=True)) == {"client", "adjustment"}
    assert {"due", "client_reset", "admin_reset"} <= set(Period.objects.values_list("close_reason", flat=True))
    assert BudgetChange.objects.filter(source="admin").exists()
    assert not DaySpend.objects.filter(project__name="playground").exists()
    assert ResetRun.objects.exists()
    assert Client.objects.count() >= 7
    sums = DaySpend.objects.values("day").annotate(cost=Sum("cost_nanousd"))
    by_weekday = {row["day"].weekday(): row["cost"] for row in sums if row["day"] < NOW.date()}
    assert max(by_weekday[5], by_weekday[6]) < min(by_weekday[day] for day in range(5))


def test_a_seed_gives_the_same_figures_and_another_gives_others() -> None:
    options: dict[str, Any] = {"users": 4, "weeks": 1}
    found = []
    for seed in (7, 7, 8):
        with transaction.atomic():
            fill_demo(now=NOW, seed=seed, **options)
            found.append(figures())
            transaction.set_rollback(True)
    assert found[0] == found[1] != found[2]


def test_the_login_it_shows_opens(rf: RequestFactory) -> None:
    said = demo(url="http://127.0.0.1:8123")
    password = re.findall(r"password +(\S+)", said)[0]
    assert authenticate(rf.post("/admin/login/"), username="admin", password=password)
    assert "http://127.0.0.1:8123/admin/" in said
    assert "demo: 5 projects, 6 end users, 7 days of spend" in said


def test_whoever_can_log_in_already_does_so() -> None:
    User.objects.create_superuser("mary", password="her own long passphrase")
    assert "password" not in demo()
    assert ApiKey.objects.filter(created_by__username="mary").exists()


def test_a_database_in_use_is_refused_and_left_as_it_was() -> None:
    make_project("real")
    with pytest.raises(CommandError, match="already"):
        demo()
    assert (Project.objects.count(), EndUser.objects.count(), User.objects.count()) == (1, 0, 0)


@pytest.mark.parametrize("options", [{"users": "0"}, {"users": "many"}, {"weeks": "1000"}])
def test_odd_numbers_are_refused(options: dict[str, str]) -> None:
    with pytest.raises(CommandError, match="whole number between"):
        call_command("demo", *(part for name, value in options.items() for part in (f"--{name}", value)))
