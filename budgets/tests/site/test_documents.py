"""What the documents say of links, commands and answers is so."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from budgets.api.problems import TITLES
from budgetsite.environment import BASE_DIR

README = BASE_DIR / "README.md"
DOCUMENTS = [README, *sorted((BASE_DIR / "docs").glob("*.md"))]


def anchors(text: str) -> set[str]:
    """The fragments that a document's headings can be linked by, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_inside_leads_somewhere(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'(?:src|srcset)="([^"]+)"', text)
    for target in targets:
        if "://" in target:
            continue
        path, _, fragment = target.partition("#")
        found = (document.parent / path) if path else document
        assert found.exists(), target
        assert not fragment or fragment in anchors(found.read_text(encoding="utf-8")), target


def test_the_error_table_has_every_answer() -> None:
    text = (BASE_DIR / "docs" / "client-setup.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d{3}) \| `([a-z-]+)` \|", text, re.MULTILINE)
    assert {kind: int(status) for status, kind in rows} == {kind: status for kind, (status, _) in TITLES.items()}


def test_the_readme_lists_our_commands() -> None:
    listed = re.findall(r"^\| `(\w+)", README.read_text(encoding="utf-8"), re.MULTILINE)
    ours = {name for name, app in get_commands().items() if app == "budgets"}
    assert set(listed) == ours | {"crontab"}
