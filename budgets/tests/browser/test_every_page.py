"""Every page of the admin, with the demo's data: accessible in light and dark, still, by keyboard, on a phone."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from budgets.tests.admin.roles_table import PAGES
from budgets.tests.browser.audits import WATCH_SHIFTS, axe_faults, out_of_reach, shifts, too_wide
from budgets.tests.browser.conftest import MAKE_ADMIN, PASSWORD, REPORT_CSP, log_in, stays
from budgets.tests.browser.crawl import walk
from budgets.tests.harness.server import BudgetServer, make_database

WIDE, PHONE = ViewportSize(width=1280, height=900), ViewportSize(width=390, height=844)
# What is no page: data for scripts, files, and what answers a POST.
SCRIPTS = {"admin:jsi18n", "admin:autocomplete", "admin:search", "admin:logout"}
NO_PAGES = frozenset({*SCRIPTS, "dashboard:spend_csv", "admin:budgets_enduser_burn_down"})
# A group and a failed sign-in, which the demo has none of, and who can be restored.
PREPARE = """
from django.contrib.auth.models import Group
from django.utils import timezone
from axes.models import AccessAttempt
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import User
from budgets.models import EndUser
group = Group.objects.create(name="auditors")
boss = User.objects.get(username="boss")
LogEntry.objects.log_actions(boss.pk, [group], CHANGE, "Nothing changed.", single_object=True)
AccessAttempt.objects.create(username="mallory", ip_address="203.0.113.9", attempt_time=timezone.now(),
    failures_since_start=3, user_agent="Mozilla/5.0 (X11; Linux x86_64) " * 3, get_data="", post_data="")
archived, live = EndUser.objects.exclude(archived_at=None), EndUser.objects.filter(name="northwind")
print(archived.get().pk, live.get().pk)
"""


@pytest.fixture(scope="module")
def demo_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BudgetServer]:
    """A server of the demo's data."""
    directory = tmp_path_factory.mktemp("demo")
    server = BudgetServer(directory, make_database(directory))
    server.shell(MAKE_ADMIN.format(name="boss", password=PASSWORD))
    server.manage("demo", "--weeks", "1")
    yield server
    log = server.new_log()
    server.stop()
    assert "Traceback" not in log, log


@pytest.fixture(scope="module")
def user_pks(demo_server: BudgetServer) -> list[str]:
    """One who is archived, and one who is not."""
    return demo_server.shell(PREPARE).split()


@pytest.fixture
def faults() -> list[str]:
    return []


@pytest.fixture
def boss_page(chromium: Browser, demo_server: BudgetServer, faults: list[str]) -> Iterator[Page]:
    """A superuser's page, in which faults of the console and requests elsewhere are faults of the test."""
    context = chromium.new_context(base_url=demo_server.url, viewport=WIDE, timezone_id="Europe/Berlin")
    context.add_init_script(REPORT_CSP)
    context.add_init_script(WATCH_SHIFTS)
    page = context.new_page()
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: None if stays(request.url, demo_server) else faults.append(request.url))
    yield page
    context.close()


def test_every_page_is_for_everybody(
    boss_page: Page, demo_server: BudgetServer, user_pks: list[str], faults: list[str]
) -> None:
    page = boss_page
    page.goto("/admin/login/")
    look_at(page, "admin:login", faults)
    log_in(page, "boss", PASSWORD)
    users = [f"/admin/budgets/enduser/{pk}/change/" for pk in user_pks]
    starts = ("/admin/", *users, "/admin/password_change/done/")
    seen, files = set(), set[str]()
    for name in walk(page, demo_server.url, starts, NO_PAGES, files):
        seen.add(name)
        look_at(page, name, faults)
    assert not faults, "\n".join(faults)
    pages = {row.page if ":" in row.page else f"admin:{row.page}" for row in PAGES if row.cell("boss") == 200}
    # Where the admin's own page is replaced, the name is another.
    replaced = {"admin:login", "admin:password_change"}
    assert sorted(pages - seen - files - NO_PAGES - replaced) == []


def look_at(page: Page, name: str, faults: list[str]) -> None:
    """Hold the page to everything; it is loaded once, and then seen in the dark and on a phone."""
    where = f"{name} ({page.url})"
    faults += [f"{where} moved {one}" for one in shifts(page)]
    faults += [f"{where} out of the keyboard's reach: {one}" for one in out_of_reach(page)]
    faults += [f"{where} light: {one}" for one in axe_faults(page)]
    choose_theme(page, "dark")
    faults += [f"{where} dark: {one}" for one in axe_faults(page)]
    page.set_viewport_size(PHONE)
    if wide := too_wide(page):
        faults.append(f"{where} is wider than a phone: {wide}")
    page.set_viewport_size(WIDE)
    choose_theme(page, "light")


def choose_theme(page: Page, theme: str) -> None:
    """As the theme's own menu does."""
    page.evaluate("theme => Alpine.$data(document.documentElement).switchTheme(theme)", theme)
    page.wait_for_function("theme => document.documentElement.classList.contains(theme)", arg=theme)
