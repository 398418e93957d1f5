"""The documents: what they point at is there, and what they tell one to type exists."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

from budgetsite.environment import BASE_DIR

DOCUMENTS = sorted([*BASE_DIR.glob("*.md"), *(BASE_DIR / "docs").rglob("*.md")])
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def text_of(path: Path) -> str:
    """The document's text."""
    return path.read_text(encoding="utf-8")


def anchors(path: Path) -> set[str]:
    """The document's headings as GitHub makes anchors of them."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", text_of(path)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(BASE_DIR)))
def test_its_links_resolve(document: Path) -> None:
    for link in LINK.findall(FENCE.sub("", text_of(document))):
        if link.startswith(("http://", "https://", "mailto:")):
            continue
        path, _, anchor = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        assert target.exists(), link
        assert target.is_relative_to(BASE_DIR), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(BASE_DIR)))
def test_its_commands_exist(document: Path) -> None:
    known = set(get_commands())
    assert set(re.findall(r"manage\.py ([a-z_]+)", text_of(document))) <= known
    targets = set(re.findall(r"^([a-z-]+):", text_of(BASE_DIR / "Makefile"), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)", text_of(document))) <= targets
