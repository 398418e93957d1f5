"""End users in a real browser: find who runs out and raise the limit in two clicks; read the forecast; act on many."""

import re

import pytest
from playwright.sync_api import Page, expect

from budgets.tests.browser.audits import fits
from budgets.tests.browser.charts import read_chart
from budgets.tests.browser.test_budgets import USERS, row_of
from budgets.tests.harness.server import BudgetServer

# Ten days into a period of 28: ann is ahead of her limit, bob is not.
FILL = """
from datetime import timedelta
from django.utils import timezone
from budgets.domain.terms import Terms
from budgets.models.end_user import ChangeSource
from budgets.services.budgets import create_budget
from budgets.services.ledger import adjust
from budgets.services.projects import create_project
now = timezone.now()
project = create_project(name={project!r}, now=now)
for name, spent in (("ann", 6), ("bob", 1)):
    user = create_budget(project=project, name=name, terms=Terms(10 * 10**9, 28), source=ChangeSource.CLIENT,
                         actor=None, now=now - timedelta(days=10))
    for day in range(10):
        adjust(end_user=user, model="gpt-4o", amount_nanousd=spent * 10**8, reason="made up", actor=None,
               now=now - timedelta(days=10 - day))
print(project.pk)
"""


@pytest.fixture
def filled(gunicorn_server: BudgetServer, project: str) -> tuple[str, int]:
    """A project with ann and bob, by name and id."""
    return project, int(gunicorn_server.shell(FILL.format(project=project)).split()[-1])


def test_who_runs_out_is_found_and_the_limit_raised_in_place(logged_in_page: Page, filled: tuple[str, int]) -> None:
    page, (project, pk) = logged_in_page, filled
    page.goto(f"{USERS}?limit=runs_out&project={pk}")
    expect(page.locator("tr.data-row")).to_have_count(1)
    row = row_of(page, "ann", project)
    expect(row).to_contain_text("in 6 days")
    expect(row.get_by_role("img", name=re.compile(r"\$6\.00 in 28 days"))).to_be_visible()
    row.get_by_label("Limit in USD of ann").fill("40")
    row.get_by_label("Limit in USD of ann").press("Enter")
    expect(page.get_by_text("\u2068ann\u2069: limit: $10.00 → $40.00")).to_be_visible()
    expect(page.locator("tr.data-row")).to_have_count(0)
    expect(page).to_have_url(re.compile(rf"limit=runs_out&project={pk}"))


def test_the_forecast_is_read_on_the_page_of_one_user(logged_in_page: Page, filled: tuple[str, int]) -> None:
    page, (project, pk) = logged_in_page, filled
    page.goto(f"{USERS}?project={pk}")
    row_of(page, "ann", project).get_by_role("link", name="ann").click()
    section = page.get_by_role("region", name="Open period, what is left of $10.00")
    expect(section).to_contain_text("At this pace $10.80 more by")
    expect(section).to_contain_text("Runs out")
    expect(section.get_by_role("img", name="Line: what is left of the limit")).to_be_visible()
    left = read_chart(page, "burn-down", "chart.data.datasets[0].data.at(-1).y")
    assert left == 4
    section.get_by_text("Show as a table").click()
    expect(section.get_by_role("row").last).to_contain_text("$6.00")
    with page.expect_download() as file:
        section.get_by_role("link", name="Download CSV").click()
    assert file.value.path().read_text().splitlines()[-1].endswith(",6,4")
    page.get_by_label("Source").select_option("adjustment")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page).to_have_url(re.compile(r"source=adjustment"))
    page.set_viewport_size({"width": 390, "height": 844})
    assert fits(page)


def test_limits_of_many_are_raised_after_a_preview(logged_in_page: Page, filled: tuple[str, int]) -> None:
    page, (project, pk) = logged_in_page, filled
    page.goto(f"{USERS}?project={pk}")
    for name in ("ann", "bob"):
        row_of(page, name, project).locator("input.action-select").check()
    page.get_by_role("combobox", name="Action").select_option("scale_limit_selected")
    page.get_by_role("button", name="Run").click()
    page.get_by_label("Percent").fill("25")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("region", name="What will change")).to_contain_text("$12.50")
    page.set_viewport_size({"width": 390, "height": 844})
    assert fits(page)
    page.get_by_role("button", name="Change the limit of 2 end users").click()
    expect(page.get_by_text("Changed the limit of 2 end users.")).to_be_visible()
    expect(row_of(page, "ann", project).get_by_label("Limit in USD of ann")).to_have_value("12.50")
