"""The main acts in a real browser: see a posted spend, edit a limit, reset a user, make a key."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from budgets.tests.browser.audits import fits
from budgets.tests.browser.charts import read_chart
from budgets.tests.harness.server import BudgetServer

USERS = "/admin/budgets/enduser/"


def record(spent: float, limit: float = 10) -> dict[str, Any]:
    return {"total_budget": limit, "current_cost": spent, "model_cost": {"gpt-4o": spent}}


@pytest.fixture
def spent(gunicorn_server: BudgetServer, project: str) -> str:
    """A project in which ann, near her limit, and a user with a hostile name have spent."""
    users = {"ann": record(8.25), "<img src=x onerror=alert(1)>": record(0.000225, limit=1)}
    answer = gunicorn_server.post("/set_budget", {"project_name": project, "user_dict": users})
    assert answer.status == 200
    return project


def row_of(page: Page, name: str, project: str) -> Any:
    return page.locator("tr.data-row").filter(has_text=name).filter(has_text=project)


def choose_project(page: Page, project: str) -> None:
    page.get_by_label("Project").select_option(label=project)
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page).to_have_url(re.compile(r"project=\d"))


def test_a_posted_spend_shows_on_the_dashboard(logged_in_page: Page, spent: str) -> None:
    page = logged_in_page
    page.reload()
    choose_project(page, spent)
    page.get_by_role("link", name="24 h").click()
    expect(page).to_have_url(re.compile(r"range=24h&project=\d+"))
    expect(page.get_by_role("region", name="Spend, 24 hours")).to_contain_text("$8.25")
    expect(page.get_by_role("link", name="near limit")).to_contain_text("1")
    expect(page.get_by_role("img", name="Stacked bars: spend per model")).to_be_visible()
    assert read_chart(page, "spend-chart", "chart.data.datasets[0].label") == "gpt-4o"
    page.get_by_text("Show as a table").click()
    expect(page.get_by_role("table", name="Spend per model over 24 hours")).to_contain_text("$8.25")
    expect(page.get_by_role("link", name="<img src=x")).to_be_visible()


def test_a_limit_is_edited_in_the_list(logged_in_page: Page, spent: str) -> None:
    page = logged_in_page
    page.goto(USERS)
    row = row_of(page, "ann", spent)
    expect(row).to_contain_text("82 % · near")
    row.get_by_label("Limit in USD of ann").fill("-1")
    row.get_by_label("Limit in USD of ann").press("Enter")
    expect(row_of(page, "ann", spent)).to_contain_text("Must not be negative")
    row.get_by_label("Limit in USD of ann").fill("12.50")
    page.get_by_role("button", name="Save").click()
    expect(row_of(page, "ann", spent)).to_contain_text("66 %")
    row_of(page, "ann", spent).get_by_role("link", name="ann").click()
    expect(page.get_by_role("region", name="Summary of ann")).to_contain_text("$12.50")


def test_a_user_is_reset_with_a_reason(logged_in_page: Page, spent: str) -> None:
    page = logged_in_page
    page.goto(USERS)
    row_of(page, "ann", spent).get_by_role("link", name="ann").click()
    page.get_by_role("link", name="Reset now").click()
    page.get_by_label("Reason").fill("refund")
    page.get_by_role("button", name="Reset now").click()
    expect(page.get_by_role("region", name="Summary of ann")).to_contain_text("$0.00")
    expect(page.get_by_role("region", name="Past periods").last).to_contain_text("refund")


def test_a_new_key_is_gone_after_a_reload(logged_in_page: Page) -> None:
    page = logged_in_page
    page.goto("/admin/budgets/apikey/add/")
    page.get_by_label("Label").fill("web")
    page.get_by_role("button", name="Save").click()
    secret = page.get_by_label("API key", exact=True).inner_text()
    assert secret.startswith("bk_")
    expect(page.get_by_label("Client snippet")).to_contain_text(f":{secret}@")
    page.get_by_role("button", name="Copy key").click()
    page.reload()
    expect(page).to_have_url(re.compile(r"/apikey/\d+/change/$"))
    assert secret not in page.content()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_list_fits_a_phone(logged_in_page: Page, spent: str, scheme: Any) -> None:
    page = logged_in_page
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme=scheme)
    models = ("enduser", "project", "apikey", "costentry", "client", "resetrun")
    for path in ("/admin/", *(f"/admin/budgets/{model}/" for model in models), "/admin/auth/user/"):
        page.goto(path)
        assert fits(page), path
    page.goto(USERS)
    row_of(page, "ann", spent).get_by_role("link", name="ann").click()
    expect(page.get_by_role("region", name="Summary of ann")).to_be_visible()
    assert fits(page)


def test_filters_open_by_keyboard(logged_in_page: Page, spent: str) -> None:
    page = logged_in_page
    page.goto(USERS)
    page.get_by_role("button", name="Filters").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#changelist-filter")).to_be_visible()
