"""docs/stability.md promises what a test holds, and the manual shows nothing else than what it promises."""

import re
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest
from streamfold.adapters.cassette import read_recording

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
STABILITY = (DOCS / "stability.md").read_text("utf-8")
PAGES = [ROOT / "README.md", *sorted(DOCS.glob("*.md"))]
CASSETTES = sorted((ROOT / "tests" / "fuzz" / "corpus" / "cassette").iterdir())


def test_every_test_that_holds_a_promise_exists() -> None:
    named = re.findall(r"`(tests/[\w/]+(?:\.py)?)?(?:::(\w+))?`", STABILITY)
    named = [(path, test) for path, test in named if path or test]
    assert len(named) >= 16
    for at, (path, test) in enumerate(named):
        file = path or next(known for known, _ in reversed(named[:at]) if known)
        assert f"def {test}(" in (ROOT / file).read_text("utf-8") if test else (ROOT / file).exists(), (file, test)


def test_every_row_of_what_is_covered_names_a_test() -> None:
    rows = re.findall(r"^\| \*\*.*\|$", STABILITY, re.MULTILINE)
    assert rows
    assert all("tests/" in row.rpartition(" | ")[2] for row in rows)


@pytest.mark.parametrize("cassette", CASSETTES, ids=lambda path: path.name)
def test_cassettes_of_version_1_are_read(cassette: Path) -> None:
    assert cassette.read_bytes().startswith(b'{"streamfold_cassette":1,')
    assert read_recording(str(cassette)).chunks


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_manual_imports_public_names_only(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(DOCS))
    public: ModuleType = import_module("reference")
    imports = re.findall(
        r"^(?:>>> |\.\.\. )? *from (streamfold[\w.]*) import (.+)$", page.read_text("utf-8"), re.MULTILINE
    )
    for module, names in imports:
        for name in re.split(r", *", names.partition("  #")[0].strip("() ")):
            known = module in public.MODULES and name in import_module(module).__all__
            assert known or f"{module}.{name}" in public.MODULES, f"{module}.{name}"
