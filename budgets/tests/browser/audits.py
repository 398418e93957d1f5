"""What every page is held to: WCAG 2.2 AA by axe-core, no layout shift, the keyboard, a phone's width."""

from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa"]
RUN_AXE = """
tags => axe.run(document, {runOnly: {type: "tag", values: tags}, resultTypes: ["violations"]}).then(found =>
  found.violations.flatMap(one => one.nodes.slice(0, 3).map(node => `${one.id}: ${node.html.slice(0, 160)}`)))
"""
# Runs before anything of the page's own.
WATCH_SHIFTS = """
window.budgetsShifts = [];
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) {
    const nodes = entry.sources.map(one => one.node?.outerHTML ? one.node : one.node?.parentElement);
    const what = nodes.map(one => one?.outerHTML.slice(0, 120) ?? "?");
    if (!entry.hadRecentInput) window.budgetsShifts.push(`${entry.value.toFixed(4)}: ${what.join(" | ")}`);
  }
}).observe({type: "layout-shift", buffered: true});
"""
SHIFTS = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(window.budgetsShifts))))"
# What answers to a click must be a control, in a control, or be given the keyboard's focus.
OUT_OF_REACH = """
[...document.querySelectorAll("*")].filter(one =>
  [...one.attributes].some(name => /^(@click|x-on:click|onclick)(?!\\.outside|\\.away|\\.window)/.test(name.name))
  && one.checkVisibility()
  && !one.closest("a[href], button, input, select, textarea, label, summary, [tabindex]")
).map(one => one.outerHTML.slice(0, 160))
"""
TOO_WIDE = """
document.documentElement.scrollWidth > document.documentElement.clientWidth
  ? [...document.querySelectorAll("#main *")].filter(one => one.getBoundingClientRect().right > innerWidth + 1)
      .slice(0, 3).map(one => one.outerHTML.slice(0, 120))
  : null
"""


@cache
def axe_source() -> str:
    """axe-core's script; a test without it fails."""
    if not AXE.exists():
        pytest.fail(f"axe-core is not installed: run npm ci in {AXE.parents[2]}, as make test does")
    return AXE.read_text(encoding="utf-8")


def axe_faults(page: Page) -> list[str]:
    """What axe finds, as rule and element. Given to the page as a debugger would, for its CSP lets nothing else in."""
    page.evaluate(axe_source())
    found: list[str] = page.evaluate(RUN_AXE, TAGS)
    return found


def shifts(page: Page) -> list[str]:
    """What moved by itself since the page began."""
    found: list[str] = page.evaluate(SHIFTS)
    return found


def out_of_reach(page: Page) -> list[str]:
    """What a mouse can click and the keyboard cannot reach."""
    found: list[str] = page.evaluate(OUT_OF_REACH)
    return found


def fits(page: Page) -> bool:
    """Whether the page needs no sideways scroll."""
    return too_wide(page) is None


def too_wide(page: Page) -> Any:
    """What sticks out, where the page has to be scrolled sideways; None where not. Charts take a moment to follow."""
    page.wait_for_load_state()
    for _ in range(50):
        if (found := page.evaluate(TOO_WIDE)) is None:
            return None
        page.wait_for_timeout(100)
    return found
