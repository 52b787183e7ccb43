"""The pages that people read first: their commands exist, their links lead somewhere, and their addresses are real."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pytest

from tests.architecture.sources import ROOT, name_of

if TYPE_CHECKING:
    from pathlib import Path

PAGES: Final = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
PARTS: Final = ("Context", "Decision", "Consequences", "Alternatives", "References")


def targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z0-9_-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def code_of(page: Path) -> str:
    """Return what stands in code blocks and between backticks."""
    text = page.read_text()
    blocks = re.findall(r"^```.*?^```", text, re.MULTILINE | re.DOTALL)
    return "\n".join([*blocks, *re.findall(r"`([^`\n]+)`", text)])


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_commands_of_a_page_exist(page: Path) -> None:
    named = set(re.findall(r"\bmake ([a-z][a-z0-9_-]*)", code_of(page)))
    assert named <= targets()


def test_the_readme_names_the_two_commands() -> None:
    assert {"run", "test"} <= set(re.findall(r"\bmake ([a-z]+)", code_of(ROOT / "README.md")))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_links_of_a_page_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", page.read_text())
    local = [link for link in links if not link.startswith(("http://", "https://", "mailto:"))]
    assert [link for link in local if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_the_files_that_a_page_names_exist(page: Path) -> None:
    """Paths between backticks that begin with a folder of ours are files, folders or patterns that match some."""
    named = re.findall(r"`((?:services|shared|migrations|tests|samples|docs|models)/[\w./*-]*)`", page.read_text())
    assert [path for path in named if not list(ROOT.glob(path.rstrip("/")))] == []


def test_each_decision_has_its_five_parts_and_its_number() -> None:
    pages = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    for page in pages:
        text = page.read_text()
        assert [part for part in PARTS if f"\n## {part}\n" not in text] == [], page.name
        assert len(text.splitlines()) <= 70, f"{page.name} is longer than a page"


def test_the_paths_of_the_api_pages_are_in_the_schema() -> None:
    """Every `/v1/…` path in the pages is one of openapi.json, whatever stands for its parameters."""
    schema = set(re.findall(r'"(/v1/[^"]*)": \{', (ROOT / "openapi.json").read_text()))
    known = {re.sub(r"\{[^}]*\}", "*", path) for path in schema}
    assert known
    for page in PAGES:
        for path in re.findall(r"(?<![\w.])(/v1/[\w/{}$.-]*)", code_of(page)):
            shape = re.sub(r"\{[^}]*\}|\$\w+", "*", path.rstrip("/."))
            assert shape in known, f"{name_of(page)}: {path}"
