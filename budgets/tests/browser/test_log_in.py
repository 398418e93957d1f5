"""Getting in, and being kept out."""

from playwright.sync_api import Page, expect


def test_the_root_leads_to_the_login(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_role("button", name="Log in")).to_be_visible()


def test_an_admin_gets_to_the_dashboard(logged_in_page: Page) -> None:
    expect(logged_in_page).to_have_url("/admin/")
    expect(logged_in_page.get_by_text("Page not found")).to_have_count(0)
