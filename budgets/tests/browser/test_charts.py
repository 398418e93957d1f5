"""The main acts with figures in a real browser: choose what is shown, read the chart by keyboard, take its data."""

import csv
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from budgets.tests.browser.audits import fits
from budgets.tests.browser.charts import read_chart
from budgets.tests.browser.test_budgets import choose_project, record
from budgets.tests.harness.server import BudgetServer


@pytest.fixture
def two_models(gunicorn_server: BudgetServer, project: str) -> str:
    """A project in which ann and bob have spent on two models."""
    costs = {"gpt-4o": 6.0, "claude-sonnet-4-5": 1.5}
    users = {"ann": record(8.25), "bob": {"total_budget": 10, "current_cost": 7.5, "model_cost": costs}}
    answer = gunicorn_server.post("/set_budget", {"project_name": project, "user_dict": users})
    assert answer.status == 200
    return project


def open_project(page: Page, project: str) -> None:
    page.reload()
    choose_project(page, project)


def shown(page: Page) -> list[str]:
    """The series that the chart draws."""
    labels = "chart.data.datasets.map((one) => one.label).filter((_, index) => chart.isDatasetVisible(index))"
    found: list[str] = read_chart(page, page.locator("canvas[data-chart]").get_attribute("id") or "", labels)
    return found


def test_range_step_split_and_unit_are_chosen_and_kept_in_the_address(logged_in_page: Page, two_models: str) -> None:
    page = logged_in_page
    open_project(page, two_models)
    page.get_by_role("link", name="90 days").click()
    page.get_by_role("link", name="Week", exact=True).click()
    page.get_by_role("link", name="End user", exact=True).click()
    page.get_by_role("link", name="Share", exact=True).click()
    expect(page).to_have_url(re.compile(r"\?range=90d&project=\d+&step=week&split=user&unit=share$"))
    expect(page.get_by_role("heading", name="Share of spend per end user per week, UTC")).to_be_visible()
    assert shown(page) == ["ann", "bob"]
    page.get_by_text("Show as a table").click()
    expect(page.get_by_role("table", name="Share of spend per end user over 90 days")).to_contain_text("52.4 %")
    link = page.url
    page.goto("/admin/")
    page.goto(link)
    expect(page.get_by_role("link", name="Share", exact=True)).to_have_attribute("aria-current", "true")


def test_a_range_of_dates_is_asked_for_by_keyboard(logged_in_page: Page, two_models: str) -> None:
    page = logged_in_page
    open_project(page, two_models)
    page.get_by_text("Dates …").focus()
    page.keyboard.press("Enter")
    page.get_by_label("From").fill("2026-01-05")
    page.get_by_label("To", exact=True).fill("2026-01-06")
    page.get_by_role("button", name="Show these days").press("Enter")
    expect(page).to_have_url(re.compile(r"project=\d+&range=custom&from=2026-01-05&to=2026-01-06$"))
    expect(page.get_by_text("No spend in 2026-01-05 to 2026-01-06")).to_be_visible()


def test_the_chart_is_read_and_its_series_are_hidden_by_keyboard(logged_in_page: Page, two_models: str) -> None:
    page = logged_in_page
    open_project(page, two_models)
    said = page.locator("#spend-chart-said")
    page.locator("#spend-chart").focus()
    page.keyboard.press("End")
    expect(said).to_have_text(
        re.compile(r"so far: \$15\.75 in all; \u2068gpt-4o\u2069 \$14\.25, \u2068claude-sonnet-4-5\u2069 \$1\.50")
    )
    page.keyboard.press("ArrowLeft")
    expect(said).to_have_text(re.compile(r"UTC: \$0\.00 in all$"))
    page.keyboard.press("Escape")
    expect(said).to_have_text("")
    key = page.get_by_role("button", name="claude-sonnet-4-5")
    key.press("Space")
    expect(key).to_have_attribute("aria-pressed", "false")
    assert shown(page) == ["gpt-4o"]
    page.locator("#spend-chart").press("End")
    expect(said).not_to_contain_text("claude")
    key.click()
    assert shown(page) == ["gpt-4o", "claude-sonnet-4-5"]


def test_bars_have_the_colours_of_the_theme_and_patterns_of_their_own(logged_in_page: Page, two_models: str) -> None:
    page = logged_in_page
    open_project(page, two_models)
    drawn = "[0, 1].map((index) => chart.getDatasetMeta(index).data[0].options.backgroundColor)"
    swatch = page.locator(".bs-key .bs-swatch").first
    colors = set()
    for theme in ("dark", ""):
        page.evaluate("(theme) => { document.documentElement.className = theme; }", theme)
        expect(page.locator("html")).to_have_class(theme)
        first = page.evaluate("() => new Promise(requestAnimationFrame)") and read_chart(page, "spend-chart", drawn)[0]
        shown = swatch.evaluate("(one) => getComputedStyle(one).backgroundColor")
        assert (
            page.evaluate("(color) => { const one = new Option().style; one.color = color; return one.color; }", first)
            == shown
        )
        colors.add(shown)
        assert read_chart(page, "spend-chart", f"({drawn})[1] instanceof CanvasPattern")
    assert len(colors) == 2


def test_the_data_of_a_chart_is_downloaded(logged_in_page: Page, two_models: str, tmp_path: Path) -> None:
    page = logged_in_page
    open_project(page, two_models)
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download CSV").click()
    path = tmp_path / "spend.csv"
    waiting.value.save_as(path)
    assert re.fullmatch(r"spend-per-model-\d{4}-\d\d-\d\d-to-\d{4}-\d\d-\d\d\.csv", waiting.value.suggested_filename)
    rows = list(csv.DictReader(path.read_text().splitlines()))
    assert {row["model"]: row["cost_usd"] for row in rows} == {"gpt-4o": "14.25", "claude-sonnet-4-5": "1.5"}


def test_the_models_page_has_prices_and_leads_to_the_entries(logged_in_page: Page, two_models: str) -> None:
    page = logged_in_page
    page.locator("a[href='/admin/models/']").first.click()
    open_project(page, two_models)
    row = page.get_by_role("row").filter(has_text="gpt-4o")
    expect(row).to_contain_text("$14.25")
    expect(row).to_contain_text("90.5 %")
    expect(row.last).to_contain_text("$2.50")
    page.get_by_role("link", name="Share", exact=True).click()
    assert shown(page) == ["gpt-4o", "claude-sonnet-4-5"]
    page.get_by_role("link", name="gpt-4o").click()
    expect(page).to_have_url(re.compile(r"/costentry/\?project=\d+&model=gpt-4o&since=[\dT.-]+$"))
    expect(page.locator("tr.data-row")).to_have_count(2)


def test_on_paper_the_table_stands_for_the_chart(logged_in_page: Page, two_models: str) -> None:
    page = logged_in_page
    open_project(page, two_models)
    table = page.get_by_role("table", name="Spend per model over 30 days")
    expect(table).to_be_hidden()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    expect(table).to_be_visible()
    expect(page.locator("#spend-chart")).to_be_hidden()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    expect(table).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_figures_fit_a_phone(logged_in_page: Page, two_models: str, scheme: Any) -> None:
    page = logged_in_page
    page.set_viewport_size({"width": 390, "height": 844})
    page.emulate_media(color_scheme=scheme)
    open_project(page, two_models)
    page.get_by_text("Show as a table").click()
    page.get_by_text("Dates …").click()
    expect(page.get_by_label("From")).to_be_in_viewport(ratio=1)
    assert fits(page)
    page.goto("/admin/models/?range=12m")
    assert fits(page)
