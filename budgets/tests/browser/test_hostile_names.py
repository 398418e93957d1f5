"""Pages full of names that try to run as code, in a real browser: nothing runs, nothing is reported."""

import re
from typing import Any

from playwright.sync_api import Dialog, Page, expect

from budgets.tests.browser.charts import read_chart
from budgets.tests.harness.nasty_names import ATTRIBUTE, BREAKERS, TAG
from budgets.tests.harness.server import BudgetServer

ADMIN = "/admin/budgets/"
LISTS = ("enduser", "project", "apikey", "costentry", "client")


def record(name: str, number: int) -> dict[str, Any]:
    cost = 1 + number / 8
    return {"total_budget": 10, "current_cost": cost, "model_cost": {name: cost}, "note": name}


def make_nasty_data(server: BudgetServer, project: str) -> None:
    """Users, models, a project and a client with such names, posted as a client posts them."""
    users = {name: record(BREAKERS[-1 - number], number) for number, name in enumerate(BREAKERS)}
    payload = {"project_name": project, "user_dict": users}
    assert server.post("/set_budget", payload, client_id=BREAKERS[1]).status == 200


def look(page: Page, path: str) -> None:
    """Open the page and see that no name became markup."""
    page.goto(path)
    page.wait_for_load_state("networkidle")
    assert page.locator(f"{TAG}, [{ATTRIBUTE}]").count() == 0, path
    # A template of the page's own scripts would have done the sum.
    assert "54439" not in page.content(), path


def test_nothing_of_a_name_runs_on_any_page(logged_in_page: Page, gunicorn_server: BudgetServer, project: str) -> None:
    page, dialogs = logged_in_page, list[str]()

    def note(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", note)
    name = f"{project} {BREAKERS[2]}"
    make_nasty_data(gunicorn_server, name)
    look(page, "/admin/")
    page.get_by_label("Project").select_option(label=re.sub(r"\s+", " ", name)[:60])
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page).to_have_url(re.compile(r"project=\d"))
    labels = read_chart(page, "spend-chart", "chart.data.datasets.map(one => one.label)")
    assert BREAKERS[-1] in labels or len(labels) > 3
    # Tool tips are drawn from the same names.
    page.get_by_role("img", name="Stacked bars: spend per model").hover()
    page.get_by_text("Show as a table").click()
    look(page, page.url)
    for model in LISTS:
        look(page, f"{ADMIN}{model}/")
        look(page, f"{ADMIN}{model}/?q=%22%3E%3C{TAG}%3E%3C/script%3E%3Cscript%3Ealert(1)%3C/script%3E")
    for path in pages_of_one(page, name):
        look(page, path)
    reset_with_a_nasty_reason(page)
    assert dialogs == []


def pages_of_one(page: Page, project: str) -> list[str]:
    """The pages of one user with such a name, of its client and of its project."""
    page.goto(f"{ADMIN}enduser/?q=*{TAG}")
    row = page.locator("tr.data-row").filter(has_text=project[:20]).filter(has_text=f"</script><{TAG}>").first
    user = str(row.get_by_role("link").first.get_attribute("href")).partition("?")[0].removesuffix("change/")
    found = [f"{user}{one}/" for one in ("change", "history", "reset", "adjust", "archive")]
    for model in ("client", "costentry", "project"):
        page.goto(f"{ADMIN}{model}/")
        first = page.locator("tr.data-row").get_by_role("link").first
        found.append(str(first.get_attribute("href")))
    # The reset, with its message, is of the same user.
    return [*found, f"{user}reset/"]


def reset_with_a_nasty_reason(page: Page) -> None:
    """Reset the user of the page that is open; the answer tells its name and the reason."""
    page.get_by_label("Reason").fill(BREAKERS[1])
    page.get_by_role("button", name="Reset now").click()
    expect(page.get_by_role("region", name="Past periods").last).to_contain_text(BREAKERS[1])
    look(page, page.url)
    look(page, page.url.replace("/change/", "/history/"))
