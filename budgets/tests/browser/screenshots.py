"""The pictures in the documentation, of the real server: `python -m budgets.tests.browser.screenshots docs/images`."""

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, ViewportSize, sync_playwright

from budgets.tests.browser.conftest import CHROMIUM_ARGUMENTS, CHROMIUM_NAMES, MAKE_ADMIN, PASSWORD
from budgets.tests.harness.server import BudgetServer

Scheme = Literal["light", "dark"]
SIZE = ViewportSize(width=1360, height=1010)
# The file's name without its ending, by what the visitor's system prefers.
SCHEMES: dict[Scheme, str] = {"light": "dashboard", "dark": "dashboard-dark"}


def main(target: Path) -> None:
    """Fill a scratch database, serve it, and write one picture of the dashboard per colour scheme."""
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
                    shoot(browser, server, scheme, target / f"{name}.png")
        finally:
            server.stop()


def shoot(browser: Browser, server: BudgetServer, scheme: Scheme, path: Path) -> None:
    """Log in as a visitor who prefers the colour scheme, and photograph the dashboard once it is drawn."""
    page = browser.new_page(base_url=server.url, viewport=SIZE, device_scale_factor=1.5, color_scheme=scheme)
    page.goto("/admin/")
    page.locator("input[name=username]").fill("admin")
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_load_state("networkidle")
    # Bars grow into place.
    page.wait_for_timeout(1500)
    page.screenshot(path=path)
    page.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
