"""`import streamfold` is the one door: the pure names at once, the rest when it is asked for."""

import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest
import streamfold

ROOT = Path(__file__).parents[3]


def python(*arguments: str) -> str:
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_every_name_is_there() -> None:
    assert set(dir(streamfold)) == {*streamfold.__all__, "adapters", "reducer"}
    assert all(getattr(streamfold, name) is not None for name in streamfold.__all__)
    assert isinstance(streamfold.otid(f"message-{UUID(int=1)}", 0), str)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        streamfold.__getattr__("nothing")


def test_the_import_brings_nothing_but_attrs() -> None:
    code = """
import sys
before = set(sys.modules)
import streamfold
streamfold.chat, streamfold.StreamfoldError
new = {name.partition(".")[0] for name in set(sys.modules) - before}
print(*sorted(new - set(sys.stdlib_module_names)))
"""
    assert set(python("-c", code).split()) <= {"attr", "attrs", "streamfold"}


@pytest.mark.parametrize("path", ["reducer.fold", "adapters.__name__"])
def test_the_packages_are_there_without_an_import_of_their_own(path: str) -> None:
    assert python("-c", f"import streamfold; print(streamfold.{path})")


def test_the_version_is_said() -> None:
    assert python("-m", "streamfold", "--version") == f"streamfold {streamfold.__version__}"
