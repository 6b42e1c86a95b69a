"""Every name in backticks in the manual exists: files, options, and the names of Python and of the wires."""

import ast
import builtins
import keyword
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import attrs
import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
BESIDE = (
    *("", "reducer", "adapters", "reducer/responses"),
    *("tests/mutation", "tests/sample_app", "tests/sample_app/tests", "tests/sample_server"),
)
"""Where the pages' paths begin."""

ELSEWHERE = {
    "of libraries": {
        *(
            "AsyncOpenAI",
            "OpenAI",
            "AzureOpenAI",
            "ChatCompletion",
            "ChatCompletionChunk",
            "Completion",
            "JSONDecodeError",
            "LettaPing",
            "OPENAI_API_KEY",
        ),
        *("OPENAI_BASE_URL", "anyio.sleep"),
        *("httpx.ReadError", "openai.APIConnectionError", "openai.APIStatusError"),
        "openai.types.responses.Response",
        *("pytest.mark.cassette", "responses.create"),
        *("responses.retrieve", "responses.stream", "st.just", "with_raw_response", "with_streaming_response"),
        *("MagicMock", "aiter_lines", "iter_content", "iter_lines", "langfuse.openai", "post"),
    },
    "of the operating system": {"curl", "fsync"},
    "of Letta's legacy interface": {
        *("SimpleOpenAIStreamingInterface", "OpenAIStreamingInterface", "SimpleOpenAIResponsesStreamingInterface"),
        *("is_openai_proxy", "cancellation_event", "process", "get_content", "get_reasoning_content"),
        *("get_tool_call_objects", "get_tool_call_object", "get_usage_statistics", "raw_usage"),
        *("fallback_input_tokens", "fallback_output_tokens", "letta_message_id", "stream_was_cancelled"),
        *("total_events_received", "last_event_type", "final_response", "incomplete_reason"),
    },
    "of jiter": {"partial_mode"},
    "of the client protocols": {"HttpAgent", "addToolApprovalResponse", "onData", "useChat"},
    "of Redis": {"appendonly", "redis.asyncio.from_url"},
    "of the sample application": {"Agent"},
    "of the mutations and what became of them": {"equivalent", "numbering", "percent", "survived"},
    "of what another project emits": {"idid"},
    "of what providers send": {"time_info", "timings"},
    "examples of files": {
        *("live.py", "NAME.jsonl", "NAME.sse", "NAME.sse.gz", "NAME.truth.json", "recordings/monday.cassette::laws"),
        *("test_weather.cassette", "test_weather.2.cassette", "x.2.cassette"),
    },
}
"""Names that this project's code does not have."""


def spans(text: str) -> set[str]:
    """What stands in backticks in a page's prose."""
    prose = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    return set(re.findall(r"(?<!`)`([^`\n]+)`(?!`)", prose))


def asts() -> Iterator[ast.AST]:
    for room in ("reducer", "adapters"):
        for file in sorted((ROOT / room).rglob("*.py")):
            yield from ast.walk(ast.parse(file.read_text("utf-8")))


@cache
def words() -> frozenset[str]:
    """What the code defines, takes as an argument, or reads of the wire as text."""
    found = {part for room in ("reducer", "adapters") for file in (ROOT / room).rglob("*.py") for part in file.parts}
    found = {part.removesuffix(".py") for part in found} | set(keyword.kwlist) | sys.stdlib_module_names
    found |= set(tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"])
    for file in (ROOT / "tests").rglob("*.py"):
        found |= set(re.findall(r"""environ(?:\.get\(|\[)"([A-Z_]+)""", file.read_text("utf-8")))
    for node in asts():
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            found.add(node.name)
        elif isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            found.add(node.attr)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and not node.value.count("\n"):
            found |= {node.value} if " " in node.value else set(node.value.split("."))
    return frozenset(found)


@cache
def classes() -> dict[str, list[Any]]:
    """The classes and aliases of the package's modules, by name."""
    found: dict[str, list[Any]] = {}
    for room in ("reducer", "adapters"):
        for file in sorted((ROOT / room).rglob("*.py")):
            module = ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            if file.stem == "__main__" or module == "adapters.streamfold":
                continue
            for name, value in vars(import_module(f"streamfold.{module}")).items():
                found.setdefault(name, []).append(value)
    return found


@cache
def options() -> frozenset[str]:
    """The options of the command, of the pytest plugin, and of the programs of the tests."""
    files = {file for folder in ("adapters", "tests", "docs") for file in (ROOT / folder).rglob("*.py")}
    files.remove(Path(__file__))
    return frozenset(option for file in files for option in re.findall(r'"(--[a-z-]+)"', file.read_text("utf-8")))


def has(value: Any, name: str) -> bool:
    fields = [field.name for field in attrs.fields(value)] if isinstance(value, type) and attrs.has(value) else []
    return hasattr(value, name) or name in fields or name in getattr(value, "__annotations__", {})


def is_file(span: str) -> bool:
    path, _, test = span.partition("::")
    found = [ROOT / folder / path for folder in BESIDE if (ROOT / folder / path).exists()]
    return bool(found) and (not test or f"def {test}(" in found[0].read_text("utf-8"))


def is_name(name: str) -> bool:
    first, *rest = name.split(".")
    if first == "streamfold":
        value: Any = import_module("streamfold")
        for at, part in enumerate(rest, 2):
            if not has(value, part):
                try:
                    value = import_module(".".join(name.split(".")[:at]))
                except ImportError:
                    return False
            else:
                value = getattr(value, part, None)
        return True
    if re.match(r"_*[A-Z]\w*[a-z]", first):
        known = classes().get(first, [])
        return hasattr(builtins, first) or any(all(has(value, part) for part in rest[:1]) for value in known)
    if first in import_module("streamfold").__all__ and rest:
        return has(getattr(import_module("streamfold"), first), rest[0])
    return all(part in words() or hasattr(builtins, part) for part in (first, *rest) if part)


def unknown(span: str) -> list[str]:
    """What in a span should exist, and does not."""
    if re.fullmatch(r"[\w.-]*/[\w./-]*(::\w+)?|[\w-]*\.(?:py|toml|md|importlinter)", span):
        return [] if is_file(span) else [span]
    if option := re.match(r"--[a-z][a-z-]*", span):
        return [] if option[0] in options() else [option[0]]
    named = re.match(r"@?([A-Za-z_.][\w.]*)(?=$|\(|=)", span.removeprefix("await "))
    return [named[1]] if named and not is_name(named[1]) else []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_name_in_backticks_exists(page: Path) -> None:
    found = {name for span in spans(page.read_text("utf-8")) for name in unknown(span)}
    assert sorted(found - set().union(*ELSEWHERE.values())) == []


def test_every_exception_is_in_use() -> None:
    found = {name for page in PAGES for span in spans(page.read_text("utf-8")) for name in unknown(span)}
    assert {name for names in ELSEWHERE.values() for name in names} <= found


@pytest.mark.parametrize(
    "span",
    [
        *(
            "Misreading",
            "Misreading(1)",
            "CompletionsConfiguration",
            "Result.contents",
            "chat.stop",
            "no_such_option=1",
        ),
        *(
            "streamfold.adapters.laws.Nothing",
            "streamfold.Nothing",
            "adapters/driver/otel",
            "reducer/none.py",
            "none.py",
        ),
        *("none.py", "tests/project/test_docs.py::test_nothing", "--nothing", "--nothing FILE"),
    ],
)
def test_what_does_not_exist_is_told(span: str) -> None:
    assert unknown(span) != []


@pytest.mark.parametrize(
    "span",
    [
        *("Result.content", "chat.step", "responses.State.highest", "hides_reasoning=None", "ValueError", "async with"),
        *("streamfold.adapters.driver.otel.SpanObserver(span)", "adapters/wire/", "wire/sse.py", "--corpus DIR"),
    ],
)
def test_what_exists_is_known(span: str) -> None:
    assert unknown(span) == []
