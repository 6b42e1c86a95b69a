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
    """Letta's environment cannot be made, or its worker failed; the text says why."""


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
        _call([*pip, *_NEEDS, "attrs", "cattrs", "anyio", "msgspec"])
        whole.touch()
    _call([*pip, "--force-reinstall", "--no-deps", str(_HERE.parents[1])])
    return python


def asked(python: Path, cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Both answers to each case, as the worker gives them.

    Raises:
        NotHere: if it fails.
    """
    lines = _call([str(python), str(_HERE / "worker.py")], "".join(json.dumps(case) + "\n" for case in cases))
    answers = [json.loads(line) for line in lines.splitlines()]
    if len(answers) != len(cases):
        raise NotHere(f"the worker gave {len(answers)} answers to {len(cases)} cases")
    return answers


def _call(command: list[str], given: str = "") -> str:
    home = str(Path(command[0]).parents[1])
    env = {**os.environ, "HOME": home} if given else None
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False, env=env)
    if done.returncode:
        raise NotHere((done.stderr.strip().splitlines() or ["no reason was given"])[-1])
    return done.stdout
