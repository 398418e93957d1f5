"""What a chart on a page draws, asked once it has been drawn: its scripts are fetched after the page."""

from typing import Any

from playwright.sync_api import Page


def read_chart(page: Page, chart_id: str, expression: str) -> Any:
    """The value of a JavaScript expression about `chart`, Chart.js's object of that canvas."""
    page.wait_for_function("(id) => window.Chart && Chart.getChart(id)", arg=chart_id)
    return page.evaluate(f"(id) => {{ const chart = Chart.getChart(id); return {expression}; }}", chart_id)
