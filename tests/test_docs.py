"""The pages for readers: links lead somewhere, every view is described, every picture is shown."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fer_core.settings import PROJECT
from pages.ui import navigation

PAGES = ["README.md", "benchmarks/RESULTS.md", *(f"docs/{path.name}" for path in sorted((PROJECT / "docs").glob("*.md")))]
LINK = re.compile(r'\]\((?!https?:)([^)\s]+)\)|<img src="([^"]+)"')


def _text(page: str) -> str:
    return (PROJECT / page).read_text(encoding="utf-8")


def _anchors(path: Path) -> set[str]:
    """The anchors that code hosts give to the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_to_files_and_headings(page):
    lost = []
    for target in (first or second for first, second in LINK.findall(_text(page))):
        name, _, anchor = target.partition("#")
        path = (PROJECT / page).parent / name if name else PROJECT / page
        if not path.exists() or (anchor and anchor not in _anchors(path)):
            lost.append(target)
    assert lost == []


def test_readme_is_at_most_a_hundred_lines_and_begins_with_two_commands():
    lines = _text("README.md").splitlines()
    assert len(lines) <= 100
    assert [line.split("#")[0].strip() for line in lines[2:4]] == ["make run", "make test"]


def test_every_view_is_described_in_the_guide():
    titles = [name for page in navigation.pages() for name in (page.title, *page.tabs)]
    guide = _text("docs/guide.md")
    assert [title for title in titles if f"**{title}**" not in guide] == []


def test_every_picture_of_the_docs_is_shown():
    shown = {Path(first or second).name for page in PAGES for first, second in LINK.findall(_text(page))}
    assert {path.name for path in (PROJECT / "docs" / "screenshots").glob("*.png")} - shown == set()
