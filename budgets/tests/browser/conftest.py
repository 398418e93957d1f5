"""A real Chromium on the live server, which fails a test on anything that a visitor should not meet."""

import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from budgets.tests.harness.server import BudgetServer

HERE = Path(__file__).parent
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
REPORT_CSP = """
addEventListener("securitypolicyviolation", e => console.error(`CSP: ${e.violatedDirective} ${e.blockedURI}`))
"""
PASSWORD = "a long enough passphrase"
MAKE_ADMIN = """
from django.contrib.auth.models import User
User.objects.create_superuser({name!r}, password={password!r})
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything beside this file needs a browser."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("browser")


@dataclass(frozen=True)
class Login:
    """A login to the admin."""

    name: str
    password: str


# Not for the whole session: while Playwright's loop runs, Django refuses the database to other tests in this thread.
@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    """The machine's Chromium, headless."""
    path = next((found for name in CHROMIUM_NAMES if (found := shutil.which(name))), None)
    if path is None:
        pytest.fail("Chromium is not installed: install Debian's package chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Browser, gunicorn_server: BudgetServer) -> Iterator[Page]:
    """A fresh page; console errors, CSP violations and requests that leave the host fail the test."""
    faults: list[str] = []
    context = chromium.new_context(base_url=gunicorn_server.url, viewport={"width": 1280, "height": 900})
    context.add_init_script(REPORT_CSP)
    page = context.new_page()
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: None if stays(request.url, gunicorn_server) else faults.append(request.url))
    yield page
    context.close()
    assert faults == []


def stays(url: str, server: BudgetServer) -> bool:
    """Whether a request stays on the server, or in the page itself."""
    return urlsplit(url).scheme in {"data", "blob", "about"} or urlsplit(url).netloc == server.host


@pytest.fixture(scope="session")
def admin_login(shared_server: BudgetServer) -> Login:
    """An admin of the live server."""
    login = Login(f"admin-{uuid.uuid4().hex[:8]}", PASSWORD)
    shared_server.shell(MAKE_ADMIN.format(name=login.name, password=login.password))
    return login


@pytest.fixture
def logged_in_page(page: Page, admin_login: Login) -> Page:
    """A page on the dashboard, logged in by the form."""
    page.goto("/admin/")
    log_in(page, admin_login.name, admin_login.password)
    return page


def log_in(page: Page, name: str, password: str) -> None:
    """Fill in the login page that is open, and see that it leads to the dashboard."""
    page.locator("input[name=username]").fill(name)
    page.locator("input[name=password]").fill(password)
    page.get_by_role("button", name="Log in").click()
    expect(page).to_have_url("/admin/")
