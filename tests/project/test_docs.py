"""Every example of the manual runs as written, and what is made from the code is up to date."""

import doctest
import re
from collections import Counter
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from streamfold.reducer.responses.table import RULES
from streamfold.reducer.values.json_scan import PHASES

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
_LONG = {"fuzzing.md", "testing.md"}
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md"))]


def _with_care(page: Path) -> Any:
    """A page as a parameter; its examples wait for the gate if they take long."""
    return pytest.param(page, marks=pytest.mark.deep) if page.name in _LONG else page


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(DOCS))
    return import_module("tables")


@pytest.mark.usefixtures("hypothesis_as_installed")
@pytest.mark.parametrize("page", [_with_care(page) for page in PAGES], ids=lambda page: page.name)
def test_examples_run_as_written(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    results = doctest.testfile(str(page), module_relative=False, optionflags=doctest.ELLIPSIS, encoding="utf-8")
    assert results.failed == 0
    assert results.attempted == page.read_text("utf-8").count("\n>>> ")


def test_generated_blocks_are_up_to_date(tables: ModuleType) -> None:
    assert {page.name for page in tables.pages()} == {
        *("architecture.md", "extras.md", "laws.md", "reference.md", "responses.md"),
    }
    for page in tables.pages():
        assert tables.page_as_made(page) == page.read_text("utf-8"), "run: python docs/tables.py --write"


def test_events_page_lists_every_rule() -> None:
    page = (DOCS / "responses.md").read_text("utf-8")
    assert re.findall(r"^\| `([a-z_.0-9]+)` \|", page, re.MULTILINE)[-len(RULES) :] == list(RULES)


def test_drawn_phases_are_those_that_the_source_names(tables: ModuleType) -> None:
    diagrams = tables.diagrams
    for function in {function.__name__ for function in PHASES.values()}:
        drawn = {there for here, there in diagrams.scan_arrows() if PHASES[here].__name__ == function}
        assert drawn == diagrams.written_phases(function), function


def test_architecture_names_every_room_in_import_order(tables: ModuleType) -> None:
    rooms, alone = tables.diagrams.ROOMS, import_module("rooms").ALONE
    assert sorted(rooms) == sorted(path.parent.name for path in (ROOT / "adapters").glob("*/__init__.py"))
    page = (DOCS / "architecture.md").read_text("utf-8")
    assert [room for room in re.findall(r"^\| `(\w+)/` \|", page, re.MULTILINE) if room in rooms] == list(rooms)
    assert re.findall(r"`(\w+)`", page.partition("| in `adapters/` |")[2].splitlines()[2].split("|")[1]) == alone
    for room, imported in tables.diagrams.room_imports().items():
        assert all(rooms.index(other) < rooms.index(room) for other in imported), (room, imported)


def test_every_public_name_is_described_once(tables: ModuleType) -> None:
    headings = Counter(re.findall(r"^### `([\w.]+)`$", (DOCS / "reference.md").read_text("utf-8"), re.MULTILINE))
    homes = tables.reference.homes()
    assert headings == Counter(f"{module}.{name}" for module, names in homes.items() for name in names)
    assert set(homes["streamfold"]) == set(import_module("streamfold").__all__)
    described = [(name, id(value)) for names in homes.values() for name, value in names.items()]
    for module in tables.reference.MODULES:
        for name in import_module(module).__all__:
            assert described.count((name, id(getattr(import_module(module), name)))) == 1, f"{module}.{name}"


def test_reference_has_words_of_its_own_for_every_field() -> None:
    fields = re.findall(r"^\| `(\w+)` \| .* \|(.*) \|$", (DOCS / "reference.md").read_text("utf-8"), re.MULTILINE)
    assert len(fields) > 250
    assert [name for name, words in fields if not words.strip()] == []
    assert [name for name, words in fields if re.search(r"; [a-z]\w*: |likewise", words)] == []


def test_reference_knows_every_room(tables: ModuleType) -> None:
    packages = {
        f"streamfold.adapters.{room}"
        for room in tables.diagrams.ROOMS
        if room not in ("protocols", "server", "streamfold")
    }
    assert packages <= set(tables.reference.MODULES)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)", page.read_text("utf-8")):
        file = page.parent / target if target else page
        assert file.exists(), target
        if anchor:
            assert anchor in _anchors(file), f"{target}#{anchor}"


def test_pictures_are_described_small_and_all_shown() -> None:
    shown = set[Path]()
    for page in PAGES:
        text = page.read_text("utf-8")
        references = dict(re.findall(r"^\[([^\]]+)\]: (\S+)$", text, re.MULTILINE))
        for described, target, name in re.findall(r"!\[([^\]]*)\](?:\(([^)]*)\)|\[([^\]]*)\])", text):
            assert len(described) > 20
            shown.add((page.parent / (target or references[name])).resolve())
    assert shown == set((DOCS / "images").iterdir())
    assert [file.name for file in shown if file.stat().st_size > 150_000] == []


@pytest.mark.parametrize("page", PAGES[:2], ids=lambda page: page.name)
def test_lines_fit_where_markdown_lets_them(page: Path) -> None:
    lines = page.read_text("utf-8").splitlines()
    assert [line for line in lines if len(line) > 120 and not line.startswith("|")] == []


def _anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
