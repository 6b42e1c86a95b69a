"""What the manual sets as code exists: a name in some source, a module, a file."""

import ast
import builtins
import keyword
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
SOURCES = ("adapters", "reducer", "tests", "docs")
FOLDERS = (ROOT, *(ROOT / folder for folder in ("docs", "adapters", "reducer", "tests/sample_app/tests")))
"""Where a page's paths begin."""

OTHERS = frozenset(
    {"AzureOpenAI", "JSONDecodeError", "call_soon_threadsafe", "curl", "fsync", "idid", "loop", "numbering"}
)
"""Names that are nobody's here: of other libraries, programs and providers, and words of other projects' code."""

FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
NAME = re.compile(r"([A-Za-z_][\w.]*)(\(.*\))?")
PATH = re.compile(r"[\w.-]+/[\w./-]*")


@cache
def known() -> frozenset[str]:
    """Every name in the sources, and every text in them that is one."""
    names = {*dir(builtins), *keyword.kwlist}
    for folder in SOURCES:
        for file in (ROOT / folder).rglob("*.py"):
            if file == Path(__file__):
                continue  # it names what does not exist
            names.add(file.stem)
            names.add(file.parent.name)
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                names.update(names_of(node))
    return frozenset(names)


def names_of(node: ast.AST) -> set[str]:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name) | ast.keyword(arg=str() as name):
            return {name}
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.alias(name=name, asname=alias):
            return {*name.split("."), alias or ""}
        case ast.Constant(value=str() as text) if NAME.fullmatch(text):
            return {*text.split(".")}
    return set()


def unknown(text: str) -> list[str]:
    """What a page sets as code and is found nowhere."""
    found = []
    for span in SPAN.findall(FENCE.sub("", text)):
        name = NAME.fullmatch(span)
        if name is not None:
            parts = {part for part in name[1].split(".") if part}
            found += [span] if parts - known() - OTHERS else []
        elif PATH.fullmatch(span) and not any((folder / span).exists() for folder in FOLDERS):
            found.append(span)
    return found


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_is_set_as_code_exists(page: Path) -> None:
    assert unknown(page.read_text("utf-8")) == []


def test_what_does_not_exist_is_told() -> None:
    text = "A `Reading`, `chat.stepper(…)`, `adapters/driver/otel` and `reducer/none.py`; `chat.step`, `a b`, `docs/`."
    assert unknown(text) == ["Reading", "chat.stepper(…)", "adapters/driver/otel", "reducer/none.py"]
    assert unknown("```python\n`Reading`\n```\n") == []
