"""The pictures in the documentation, of the real server: `python -m budgets.tests.browser.screenshots docs/images`."""

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from budgets.tests.browser.conftest import CHROMIUM_ARGUMENTS, CHROMIUM_NAMES, MAKE_ADMIN, PASSWORD
from budgets.tests.harness.server import BudgetServer

Scheme = Literal["light", "dark"]
SIZE = ViewportSize(width=1360, height=1010)
# The file's name without its ending, by what the visitor's system prefers.
SCHEMES: dict[Scheme, str] = {"light": "dashboard", "dark": "dashboard-dark"}
NEARLY_OUT = """
from budgets.models import Period
open_ones = Period.objects.filter(ends_at=None, used_ratio__range=(0.8, 1), end_user__archived_at=None)
print(open_ones.order_by("-cost_nanousd").values_list("end_user_id", flat=True)[0])
"""


def main(target: Path) -> None:
    """Fill a scratch database, serve it, and write the dashboard in both colour schemes, and the other pages."""
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        server = BudgetServer(Path(scratch), f"sqlite:///{scratch}/demo.sqlite3")
        try:
            server.shell(MAKE_ADMIN.format(name="admin", password=PASSWORD))
            server.manage("demo")
            with sync_playwright() as playwright:
                path = next(found for name in CHROMIUM_NAMES if (found := shutil.which(name)))
                browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM_ARGUMENTS)
                for scheme, name in SCHEMES.items():
                    shoot(log_in(browser, server, scheme), target / f"{name}.png")
                for name, address in pages(server).items():
                    page = log_in(browser, server, "light")
                    page.goto(address)
                    shoot(page, target / f"{name}.png")
        finally:
            server.stop()


def pages(server: BudgetServer) -> dict[str, str]:
    """Pages that the documents show in light only: the file's name, and the address. One user is nearly out."""
    user = server.shell(NEARLY_OUT)
    users = "/admin/budgets/enduser/"
    return {"end-users": users, "end-user": f"{users}{user}/change/", "models": "/admin/models/"}


def log_in(browser: Browser, server: BudgetServer, scheme: Scheme) -> Page:
    """The dashboard, to a visitor who prefers the colour scheme."""
    page = browser.new_page(base_url=server.url, viewport=SIZE, device_scale_factor=1.5, color_scheme=scheme)
    page.goto("/admin/")
    page.locator("input[name=username]").fill("admin")
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    return page


def shoot(page: Page, path: Path) -> None:
    """Photograph the page once it is drawn."""
    page.wait_for_load_state("networkidle")
    page.screenshot(path=path)
    page.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
