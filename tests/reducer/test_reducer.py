"""The package's own namespace: each machine is imported when it is first asked for."""

import subprocess
import sys

import pytest
from streamfold import reducer

MACHINES = ("chat", "inner_thoughts", "responses")


def loaded_by(code: str) -> set[str]:
    """The machines that a Python of its own has loaded after a program."""
    code += "\nimport sys\nprint(*[name.rpartition('.')[2] for name in sys.modules if name.startswith('streamfold.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return {*done.stdout.split()}.intersection({*MACHINES, "completions"})


def test_every_name_is_there() -> None:
    assert set(reducer.__all__) <= set(dir(reducer))
    assert all(getattr(reducer, name) is not None for name in reducer.__all__)
    for name in MACHINES:
        assert getattr(reducer, name) is sys.modules[f"streamfold.reducer.{name}"] is reducer.__getattr__(name)
    with pytest.raises(AttributeError, match=r"module 'streamfold\.reducer' has no attribute 'nothing'"):
        reducer.nothing  # type: ignore[attr-defined]  # noqa: B018


@pytest.mark.parametrize(
    ("code", "machines"),
    [
        ("import streamfold.reducer", set()),
        ("from streamfold.reducer import fold, Result, otid", set()),
        ("from streamfold.reducer import chat; chat.step", {"chat", "completions"}),
        ("import streamfold; streamfold.chat.step", {"chat", "completions"}),
        ("import streamfold.reducer; streamfold.reducer.responses.step", {"responses"}),
        ("import streamfold.reducer as core; core.__getattr__('inner_thoughts')", {"inner_thoughts", "completions"}),
        ("from streamfold.reducer import *; chat.step, responses.step", {*MACHINES, "completions"}),
    ],
)
def test_a_program_loads_the_machines_that_it_uses(code: str, machines: set[str]) -> None:
    assert loaded_by(code) == machines
