"""What each part of the project may import beside itself: the core next to nothing, each room what it is for."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

CORE = frozenset(
    {
        "abc",
        "attrs",
        "collections.abc",
        "enum",
        "itertools",
        "math",
        "re",
        "types",
        "typing",
        "uuid.UUID",
        "uuid.uuid5",
        "zlib",
    }
)
"""What the core imports: nothing here reads a clock, draws a random number or touches anything outside."""

IMPURE = frozenset({"__builtins__", "__import__", "breakpoint", "compile", "eval", "exec", "input", "open", "print"})
"""Built-in functions that could do what the core's imports cannot."""

GENERATED = {("values/frozen_value.py", "exec")}
"""Where the core makes code of its own, from the names of fields."""

EVERYWHERE = frozenset(
    {"abc", "attrs", "collections", "contextlib", "difflib", "enum", "functools", "inspect", "itertools", "json"}
    | {"math", "operator", "re", "textwrap", "types", "typing"}
)
"""What any adapter may import: it touches nothing outside."""

ADAPTERS: Mapping[str, frozenset[str]] = {
    "cassette": frozenset({"base64", "errno", "fcntl", "gzip", "importlib", "io", "logging", "os"})
    | {"pathlib", "platform", "stat", "sys", "threading", "time", "weakref", "zlib"},
    "cassette/faults": frozenset({"random"}),
    "cassette/format": frozenset({"anyio"}),
    "cli": frozenset({"argparse", "importlib.metadata", "io", "os", "pathlib", "rich", "shutil", "signal", "sys"}),
    "cli/record": frozenset({"anyio", "uuid"}),
    "cli/serve": frozenset({"asyncio.CancelledError", "logging", "socket", "uvicorn"}),
    "driver": frozenset({"anyio", "logging", "threading"}),
    "driver/waiting/cut": frozenset({"socket", "time"}),
    "driver/otel": frozenset({"opentelemetry"}),
    "driver/resume/answers": frozenset({"sys"}),
    "driver/run": frozenset({"weakref"}),
    "driver/upstream": frozenset({"sys"}),
    "driver/sync_run": frozenset({"time"}),
    "driver/waiting/loops": frozenset({"asyncio", "contextvars", "sys", "trio"}),
    "laws": frozenset({"pickle", "tracemalloc"}),
    "openai_sdk/by_frames": frozenset({"sys"}),
    "openai_sdk/require_openai": frozenset({"openai"}),
    "openai_sdk/tokens": frozenset({"hashlib", "importlib.import_module", "os", "pathlib", "tempfile", "tiktoken"}),
    "protocols": frozenset({"datetime.datetime"}),
    "protocols/letta_bytes": frozenset({"datetime.UTC", "msgspec"}),
    "protocols/letta_sink": frozenset({"uuid.NAMESPACE_URL", "uuid.uuid5"}),
    "server": frozenset({"anyio", "logging"}),
    "server/foreign_cancel": frozenset({"asyncio.current_task"}),
    "server/asgi": frozenset({"datetime", "starlette"}),
    "server/provider": frozenset({"starlette"}),
    "server/provider/client_protocols": frozenset({"uuid"}),
    "server/provider/shelf": frozenset({"pathlib"}),
    "server/sink_frames": frozenset({"datetime.datetime"}),
    "server/log/cursor": frozenset({"secrets.token_hex"}),
    "server/log/redis_log": frozenset({"asyncio", "importlib.import_module", "redis", "time"}),
    "server/log/sqlite_log": frozenset({"pathlib", "sqlite3", "time"}),
    "server/log/sqlite_store": frozenset({"sqlite3"}),
    "server/log/transactions": frozenset({"pathlib", "sqlite3"}),
    "snapshot": frozenset({"cattrs", "zlib"}),
    "strategies": frozenset({"hypothesis", "random"}),
    "streamfold": frozenset({"importlib"}),
    "page/page": frozenset({"base64", "hashlib", "html.escape", "importlib.resources.files"}),
    "testing": frozenset({"importlib.import_module", "os", "pathlib", "sys", "threading", "time"}),
    "testing/exchange": frozenset({"anyio"}),
    "testing/log_conformance": frozenset({"anyio"}),
    "testing/log_samples": frozenset({"uuid"}),
    "testing/pytest_cassette": frozenset({"pytest"}),
    "testing/pytest_corpus": frozenset({"pytest"}),
    "testing/pytest_pages": frozenset({"pytest"}),
    "testing/pytest_plugin": frozenset({"pytest"}),
    "testing/replay": frozenset({"openai"}),
    "testing/rerecord": frozenset({"openai"}),
    "wire/mending": frozenset({"html.unescape"}),
    "wire/msgspec_decoder": frozenset({"msgspec"}),
    "wire/reading": frozenset({"os.PathLike", "os.path.exists"}),
}
"""What a room, a package or one module alone imports beside that. A room that is not here has nothing of its own."""


def imported(tree: ast.AST) -> Iterator[str]:
    """The full names that a module imports from elsewhere, those that it asks for as text among them."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in ("import_module", "__import__"):
                yield str(node.args[0].value)


def beyond(name: str, allowed: frozenset[str]) -> bool:
    return not any(name == one or name.startswith(f"{one}.") for one in allowed)


def impure(tree: ast.AST, file: str) -> list[str]:
    """What a module of the core imports or calls although it must not."""
    named = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    called = {name for name in named & IMPURE if (file, name) not in GENERATED}
    return sorted(called | {name for name in imported(tree) if beyond(name, CORE)})


def foreign(tree: ast.AST, module: str) -> list[str]:
    """What a module of the adapters imports although it is not of its room."""
    parts = module.split("/")
    places = ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
    allowed = EVERYWHERE.union(*(ADAPTERS.get(place, frozenset()) for place in places))
    return sorted({name for name in imported(tree) if beyond(name, allowed)})


def trees(folder: str) -> Iterator[tuple[str, ast.Module]]:
    for file in sorted((ROOT / folder).rglob("*.py")):
        yield file.relative_to(ROOT / folder).as_posix(), ast.parse(file.read_text("utf-8"))


def test_the_core_imports_attrs_and_a_little_of_the_library() -> None:
    assert {file: found for file, tree in trees("reducer") if (found := impure(tree, file))} == {}


def test_each_room_imports_what_it_is_for() -> None:
    found = {file: foreign(tree, file.removesuffix(".py")) for file, tree in trees("adapters")}
    assert {file: names for file, names in found.items() if names} == {}


def test_no_room_may_import_what_it_does_not() -> None:
    modules = {file.removesuffix(".py"): set(imported(tree)) for file, tree in trees("adapters")}
    unused = [
        (place, one)
        for place, allowed in ADAPTERS.items()
        for one in sorted(allowed)
        if all(
            beyond(name, frozenset({one}))
            for module, names in modules.items()
            if module == place or module.startswith(f"{place}/")
            for name in names
        )
    ]
    assert unused == []


# A rule that cannot be broken says nothing


@pytest.mark.parametrize(
    "line",
    [
        "import httpx",
        "import tiktoken",
        "import sqlite3",
        "import ctypes",
        "import select",
        "import hashlib",
        "import gzip",
        "import json",
        "import os.path",
        "import collections",
        "import uuid",
        "from uuid import uuid4",
        "from uuid import uuid1 as uuid5",
        "from time import time",
        "def step():\n    import random",
        "__import__('time')",
        "step = __import__",
        "open('file')",
        "exec('import time')",
        "print()",
    ],
)
def test_what_is_not_of_the_core_is_told(line: str) -> None:
    assert impure(ast.parse(line), "values/text.py") != []


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("wire/sse", "import httpx"),
        ("wire/sse", "import tiktoken"),
        ("wire/sse", "import msgspec"),
        ("openai_sdk/tokens", "import_module('msgspec')"),
        ("laws/statements", "from urllib.request import urlopen"),
        ("laws/statements", "import datetime"),
        ("laws/statements", "import subprocess"),
        ("laws/statements", "import ssl"),
        ("laws/statements", "from http.client import HTTPConnection"),
        ("laws/statements", "import time"),
        ("protocols/letta", "from datetime import timezone"),
        ("driver/run", "import openai"),
        ("driver/run", "import asyncio"),
        ("driver/sync_run", "from opentelemetry import trace"),
        ("cassette/timeline", "import pytest"),
        ("cassette/timeline", "from anyio import sleep"),
        ("cassette/timeline", "from hypothesis import given"),
        ("cassette/timeline", "import rich.console"),
        ("cli/check", "import openai"),
        ("cassette/recorder", "import anyio"),
        ("driver/run", "import trio"),
        ("openai_sdk/chunks", "import pydantic"),
        ("server/sink_frames", "import starlette"),
        ("short_repr", "import os"),
    ],
)
def test_what_is_not_of_a_room_is_told(module: str, line: str) -> None:
    assert foreign(ast.parse(line), module) != []
