"""/admin/health/: what it tells, and the two acts on it."""

from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
import time_machine
from django.contrib.admin.models import LogEntry
from django.core.management import call_command
from django.db import DatabaseError
from django.test import Client as Browser
from pytest_django import DjangoAssertNumQueries

import budgets
from budgets.domain.posts import as_posted
from budgets.models import Client, LedgerCheck, Period, Project, ResetRun
from budgets.models.client import ClientFlag
from budgets.queries import database
from budgets.services.posts import set_budget
from budgets.services.projects import create_project
from budgets.tests.factories import NOW, make_caller, make_project, make_user, open_period, spend
from budgetsite.environment import BASE_DIR

pytestmark = pytest.mark.django_db
HEALTH = "/admin/health/"


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def text_of(site: Browser, url: str = HEALTH) -> str:
    response = site.get(url)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_nothing_run_yet_needs_a_look_once_a_run_was_missed(site: Browser) -> None:
    create_project(name="new", now=NOW - timedelta(minutes=90))
    assert "<strong>Not set up yet:</strong> cron has not run the resets yet, the ledger has not" in text_of(site)
    create_project(name="old", now=NOW - timedelta(hours=3))
    page = text_of(site)
    assert '<strong>Needs a look:</strong> <a class="bs-link" href="#h-resets">resets</a>.' in page
    assert "Cron has not run them:" in page


def test_all_well_is_said(site: Browser) -> None:
    ResetRun.objects.create(started_at=NOW, finished_at=NOW - timedelta(minutes=20), rolled=3, failed=0)
    LedgerCheck.objects.create(started_at=NOW, finished_at=NOW - timedelta(hours=8), violations=0)
    page = text_of(site)
    assert "<strong>All well</strong> as of" in page
    assert "20 min ago" in page
    # NOW is 12:00, and cron runs at seven past.
    assert "in 6 min" in page
    assert f"Budget server</dt><dd>{budgets.__version__}</dd>" in page
    assert "all applied" in page


def test_the_version_is_the_packages() -> None:
    assert f'version = "{budgets.__version__}"' in (Path(BASE_DIR) / "pyproject.toml").read_text(encoding="utf-8")


def test_late_users_are_named_and_reset_by_the_button(site: Browser) -> None:
    user = make_user(make_project(), "late-ann", days=1, now=NOW - timedelta(days=2))
    page = text_of(site)
    assert "late-ann" in page
    assert "1 for more than two hours" in page
    response = site.post(f"{HEALTH}run-resets/", follow=True)
    assert "Resets have run: 1 reset, 0 failed." in response.content.decode()
    assert open_period(user).starts_at == NOW
    assert ResetRun.objects.get().rolled == 1
    assert LogEntry.objects.get().get_change_message() == "Run from the health page: 1 reset, 0 failed."
    assert "late-ann" not in text_of(site)


def test_a_broken_ledger_is_listed(site: Browser) -> None:
    user = make_user(make_project("ledgers"))
    spend(user, 2)
    assert "The ledger is sound." in site.post(f"{HEALTH}check-ledger/", follow=True).content.decode()
    Period.objects.filter(end_user=user).update(cost_nanousd=1)
    page = site.post(f"{HEALTH}check-ledger/").content.decode()
    assert "ledgers" in page
    assert f"period {open_period(user).pk} of user {user.pk}" in page
    check = LedgerCheck.objects.first()
    assert check is not None
    assert check.violations >= 1
    assert LogEntry.objects.count() == 2
    # The trail shows them, though a check has no page of its own.
    assert "Checked from the health page" in text_of(site, "/admin/admin/logentry/")


def test_a_large_ledger_is_left_to_the_command(site: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("budgets.admin.health_page.MAX_ENTRIES_CHECKED", -1)
    assert "too large to be checked from a page" in text_of(site)
    site.post(f"{HEALTH}check-ledger/")
    assert LedgerCheck.objects.count() == 0


def test_a_database_that_takes_no_writes_says_so(site: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    class Refusing:
        """Reset runs of a read-only database."""

        objects = property(lambda _self: (_ for _ in ()).throw(DatabaseError("attempt to write a readonly database")))

    monkeypatch.setattr(database, "ResetRun", Refusing())
    page = text_of(site)
    assert "attempt to write a readonly database" in page
    assert "the database" in page


@pytest.mark.parametrize("count", [3, 300])
def test_its_queries_do_not_grow(site: Browser, django_assert_num_queries: DjangoAssertNumQueries, count: int) -> None:
    project = make_project()
    began = NOW - timedelta(days=2)
    record = {"total_budget": 10, "duration": 1, "created_at": began.timestamp(), "current_cost": 0}
    users = as_posted({f"u{index}": record for index in range(count)})
    set_budget(project=project, caller=make_caller(project), user_dict=users, now=began)
    clients = Client.objects.bulk_create(
        Client(project=project, client_id=f"web-{index}", first_seen_at=began) for index in range(count)
    )
    ClientFlag.objects.bulk_create(
        ClientFlag(project=project, client=client, kind="forked", first_at=began, last_at=began) for client in clients
    )
    assert Project.objects.count() == 1
    assert Period.objects.filter(due_at__lt=NOW).count() == count
    with django_assert_num_queries(19):
        site.get(HEALTH)


def test_a_flagged_client_needs_a_look(site: Browser) -> None:
    ResetRun.objects.create(started_at=NOW, finished_at=NOW, rolled=0, failed=0)
    LedgerCheck.objects.create(started_at=NOW, finished_at=NOW, violations=0)
    project = make_project()
    client = Client.objects.create(project=project, client_id="web-1", first_seen_at=NOW)
    ClientFlag.objects.create(project=project, client=client, kind="reset_not_saved", first_at=NOW, last_at=NOW)
    assert ">1 flagged client</a>." in text_of(site)


def test_the_button_is_not_cron(site: Browser) -> None:
    create_project(name="new", now=NOW - timedelta(minutes=90))
    site.post(f"{HEALTH}check-ledger/")
    site.post(f"{HEALTH}run-resets/")
    page = text_of(site)
    assert "<strong>Not set up yet:</strong> cron has not run the resets yet." in page
    assert "All well" not in page
    create_project(name="old", now=NOW - timedelta(hours=3))
    assert "By hand they ran just now." in text_of(site)
    call_command("reset_budgets", stdout=StringIO())
    assert "All well" in text_of(site)
