"""The wheel, as users have it: a sample application's tests find nothing wrong with it, and each of four bugs.

This builds the wheel, and an environment of its own from the registry: a minute or two, so it is run when it is asked
for, by STREAMFOLD_WHEEL=1.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(
    not os.environ.get("STREAMFOLD_WHEEL"), reason="builds an environment: asked for by STREAMFOLD_WHEEL=1"
)

CAUGHT = {
    "LosesTheLastDelta": {
        "test_a_cancelled_run_keeps_all_that_came",
        "test_a_run_that_is_cancelled_anywhere_keeps_all_that_came",
    },
    "KeysCallsByPosition": {
        "test_calls_that_come_interleaved_stay_apart",
        "test_the_transcript_says_what_the_stream_says",
    },
    "JoinsRuns": {"test_text_on_both_sides_of_a_call_is_two_entries"},
    "DoublesOnResume": {"test_a_client_that_comes_back_gets_each_row_once"},
}


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment's interpreter: nothing in it but the wheel, with its extra for tests."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"  # a build leaves things beside what it builds
    for name in ("reducer", "adapters"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    run(sys.executable, "-m", "venv", folder / "venv")
    python = folder / "venv" / "bin" / "python"
    pip = (python, "-m", "pip", "--disable-pip-version-check", "-q")
    run(*pip, "wheel", "--no-deps", "-w", folder, source)
    (wheel,) = folder.glob("streamfold-*.whl")
    run(*pip, "install", f"{wheel}[test]")
    return python


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """The sample application, in a folder of its own."""
    copied = tmp_path / "app"
    shutil.copytree(ROOT / "tests" / "sample_app", copied, ignore=shutil.ignore_patterns("__pycache__"))
    return copied


def run(*command: object) -> str:
    """What a command prints, if it succeeds."""
    done = subprocess.run([str(one) for one in command], capture_output=True, text=True, check=False, timeout=900)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def suite_of(python: Path, app: Path, *arguments: str, **environment: str) -> tuple[int, str]:
    """The exit status and the output of the application's suite."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST"))}
    command = [str(python), "-m", "pytest", "-rf", "-p", "no:cacheprovider", *arguments]
    done = subprocess.run(
        command,
        cwd=app,
        env={**clean, "HYPOTHESIS_PROFILE": "gate", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    return done.returncode, done.stdout


def test_the_sample_application_passes_with_the_wheel_alone(python: Path, app: Path) -> None:
    status, out = suite_of(python, app)
    assert status == 0, out
    assert re.search(r"\b15 passed\b", out)


@pytest.mark.parametrize("bug", CAUGHT)
def test_each_bug_makes_the_tests_red_that_are_about_it(python: Path, app: Path, bug: str) -> None:
    status, out = suite_of(python, app, TRANSCRIPT=bug)
    assert status == 1, out
    assert set(re.findall(r"(?m)^FAILED \S+::(\w+)", out)) == CAUGHT[bug]


def test_the_laws_hold_for_the_application_s_recordings(python: Path, app: Path) -> None:
    status, out = suite_of(python, app, "--corpus", "tests/cassettes", "-k", "laws")
    assert status == 0, out
    assert "1 passed, 15 deselected" in out


def test_the_command_is_there(python: Path, app: Path) -> None:
    out = run(python.parent / "streamfold", "check", app / "tests" / "cassettes")
    assert out.splitlines()[-1].endswith("every law holds")
