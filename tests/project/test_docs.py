"""Every example of the manual runs as written, and what is made from the code is up to date."""

import doctest
import re
import runpy
from pathlib import Path

import pytest
from streamfold.reducer.responses.event import RULES

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_examples_of_a_page_run_as_written(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    results = doctest.testfile(str(page), module_relative=False, optionflags=doctest.ELLIPSIS, encoding="utf-8")
    assert results.failed == 0
    assert results.attempted == page.read_text("utf-8").count("\n>>> ")


def test_what_is_made_from_the_code_is_up_to_date() -> None:
    tables = runpy.run_path(str(ROOT / "docs" / "tables.py"))
    for name in tables["PAGES"]:
        assert tables["page_with_table"](name) == (ROOT / "docs" / name).read_text("utf-8")
    page = (ROOT / "docs" / "responses.md").read_text("utf-8")
    assert re.findall(r"^\| `([a-z_.0-9]+)` \|", page, re.MULTILINE)[-len(RULES) :] == list(RULES)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8")):
        assert (page.parent / target).exists(), target
