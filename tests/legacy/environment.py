"""Letta, of PyPI, in an environment of its own: made once, and asked over a pipe."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

VERSION = "0.16.8"
CACHE = Path("~/.cache/streamfold-letta")
_NEEDS = (f"letta=={VERSION}", "asyncpg")  # which it imports, and forgets to require
_HERE = Path(__file__).parent


class NotHere(Exception):
    """Letta's environment cannot be made; the text says why."""


def environment(folder: Path) -> Path:
    """The Python of an environment that has Letta, and this checkout; it is made if it is not there.

    Raises:
        NotHere: if it cannot be made.
    """
    home = folder.expanduser().absolute() / f"letta-{VERSION}"
    python, whole = home / "bin" / "python", home / "whole"
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if not whole.exists():
        print(f"making an environment for letta {VERSION} in {home}: some minutes, once", file=sys.stderr, flush=True)
        home.mkdir(parents=True, exist_ok=True)
        _call([sys.executable, "-m", "venv", str(home)])
        _call([*pip, "--upgrade", "pip"])  # the resolver of an older one stumbles over Letta's requirements
        _call([*pip, *_NEEDS])
        _call([*pip, "attrs", "cattrs", "anyio", "msgspec"])  # afterwards: all at once, the resolver takes long
        whole.touch()
    _call([*pip, "--force-reinstall", "--no-deps", str(_HERE.parents[1])])
    return python


def asked(python: Path, cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Both answers to each case, as the worker gives them.

    Raises:
        RuntimeError: if it fails.
    """
    done = subprocess.run(
        [str(python), str(_HERE / "worker.py")],
        input="".join(json.dumps(case) + "\n" for case in cases),
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "HOME": str(python.parents[1])},  # where Letta writes
    )
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    if done.returncode or len(answers) != len(cases):
        raise RuntimeError(f"the worker gave {len(answers)} answers to {len(cases)} cases: {done.stderr[-2000:]}")
    return answers


def _call(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotHere((done.stderr.strip().splitlines() or ["no reason was given"])[-1])
