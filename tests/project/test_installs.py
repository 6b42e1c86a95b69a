"""`import streamfold` from a wheel and from both editable installs, each in an environment of its own.

This builds three environments from the registry, so it is run when it is asked for, by STREAMFOLD_WHEEL=1.
"""

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(
    not os.environ.get("STREAMFOLD_WHEEL"), reason="builds environments: asked for by STREAMFOLD_WHEEL=1"
)
KINDS = {
    "wheel": ("install",),
    "editable": ("install", "-e"),
    "strict editable": ("install", "-C", "editable_mode=strict", "-e"),
}
TYPED = """\
from collections.abc import AsyncIterable
from typing import assert_type

import streamfold
from streamfold import Ended, chat, decoder, drive, drive_sync, otid, read
from streamfold.adapters.errors import StreamfoldError
from streamfold.reducer import Message

assert_type(streamfold.__version__, str)
assert_type(otid("message-1", 0), str)
config = chat.Config(message_id="message-1")
state, messages = chat.finish(chat.start(config)[0], Ended())
assert_type(state, chat.State)
assert_type(messages, tuple[Message, ...])
assert_type(chat.result(state).tool_calls, tuple[streamfold.ToolCall, ...])
decoder("chat"), drive_sync, read("chat", [b""])
wrong: int = otid("message-1", 0)  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
assert issubclass(StreamfoldError, Exception)


async def driven(upstream: AsyncIterable[object]) -> None:
    async with drive(chat, config, upstream) as run:
        async for message in run:
            assert_type(message, Message)
"""


def run(*command: object, cwd: Path | None = None) -> str:
    """What a command prints, if it succeeds."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(
        [str(one) for one in command], capture_output=True, text=True, check=False, timeout=900, env=clean, cwd=cwd
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip()


def test_the_sdist_has_all_that_the_repository_has(tmp_path: Path) -> None:
    source = tmp_path / "source"
    run(ROOT / ".ci" / "copy", source)
    there = {path.relative_to(source).as_posix() for path in source.rglob("*") if path.is_file()}
    assert {"pyproject.toml", "README.md", "reducer/chat.py"} <= there
    run(sys.executable, "-m", "build", "-q", "--sdist", "-o", tmp_path / "dist", source)
    (archive,) = (tmp_path / "dist").iterdir()
    with tarfile.open(archive) as packed:
        found = {member.name.partition("/")[2] for member in packed if member.isfile()}
    assert there - found == {".gitignore"}
    made = {"PKG-INFO", "setup.cfg"}
    assert {name for name in found - there - made if "egg-info" not in name} == set()


@pytest.fixture(scope="module", params=KINDS)
def python(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment that has the package, installed in one way, and what it requires."""
    folder = tmp_path_factory.mktemp(request.param.replace(" ", "-"))
    source = folder / "source"  # a build leaves things beside what it builds
    for name in ("reducer", "adapters"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    run(sys.executable, "-m", "venv", folder / "venv")
    python = folder / "venv" / "bin" / "python"
    run(python, "-m", "pip", "--disable-pip-version-check", "-q", *KINDS[request.param], source)
    return python


def test_every_public_name_resolves(python: Path) -> None:
    code = "import streamfold; print(all(getattr(streamfold, name) is not None for name in streamfold.__all__))"
    assert run(python, "-c", code) == "True"


def test_nothing_is_imported_before_a_name_is_asked_for(python: Path, tmp_path: Path) -> None:
    code = """
import sys
def added():
    names = {name.partition(".")[0] for name in set(sys.modules) - before}
    return sorted(names - set(sys.stdlib_module_names))
before = set(sys.modules)
import streamfold
print(*added())
streamfold.chat, streamfold.fold, streamfold.Usage
print(*added())
streamfold.drive
print("anyio" in sys.modules)
"""
    first, core, driven = run(python, "-c", code, cwd=tmp_path).splitlines()
    assert set(first.split()) == {"streamfold"}
    assert set(core.split()) == {"attr", "attrs", "streamfold"}
    assert driven == "True"


def test_the_command_says_its_version(python: Path, tmp_path: Path) -> None:
    said = run(python, "-m", "streamfold", "--version", cwd=tmp_path)
    assert said == run(python.parent / "streamfold", "--version", cwd=tmp_path)
    assert said == "streamfold " + run(python, "-c", "import streamfold; print(streamfold.__version__)", cwd=tmp_path)


def test_type_checkers_see_the_types(python: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    if request.node.callspec.params["python"] == "editable":
        pytest.skip("no type checker follows the import hook of a plain editable install; a strict one has files")
    page = tmp_path / "typed.py"
    page.write_text(TYPED)
    run(sys.executable, "-m", "mypy", "--strict", "--python-executable", python, page, cwd=tmp_path)
    run(sys.executable, "-m", "pyright", "--pythonpath", python, page, cwd=tmp_path)
