"""An environment for each client, made from PyPI, with this checkout in it."""

import os
import subprocess
import sys
from pathlib import Path

REQUIRED = {
    "openai": ["openai"],
    "openai-oldest": ["openai==1.99.1"],
    "groq": ["groq"],
    "mistralai": ["mistralai"],
    "huggingface_hub": ["huggingface_hub"],
    "litellm": ["litellm"],
    "openrouter": ["openrouter"],
    "aiohttp": ["aiohttp"],
    "requests": ["requests", "sseclient-py"],
    "httpx-sse": ["httpx", "httpx-sse"],
    "langfuse": ["langfuse", "openai"],
    "otel": ["opentelemetry-instrumentation-openai", "openai", "opentelemetry-sdk"],
    "otel-v2": [
        *(
            "opentelemetry-instrumentation-openai-v2==2.4b0",
            "opentelemetry-util-genai==1.0b0",
        ),  # it stumbles over a newer one
        *("openai", "opentelemetry-sdk", "httpx"),
    ],
}
"""By the name of each that is tried: what is installed for it, httpx where one forgets to require it."""
UNTOLD = ("opentelemetry-sdk", "opentelemetry-util-genai==1.0b0", "httpx")
"""What no version is told of."""

_ROOT = Path(__file__).parents[2]
_PATIENCE = 300.0


class Failed(Exception):
    """An environment cannot be made, or its worker failed; the text says why."""


def made(name: str, folder: Path, fresh: bool = False) -> Path:
    """The Python of the environment of this name; it is made if it is not there.

    Raises:
        Failed: if it cannot be made.
    """
    home = folder / name
    python, whole = home / "bin" / "python", home / "whole"
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    if fresh or not whole.exists():
        print(f"making an environment for {name} in {home}", file=sys.stderr, flush=True)
        home.mkdir(parents=True, exist_ok=True)
        _call([sys.executable, "-m", "venv", str(home)])
        _call([*pip, "--upgrade", *REQUIRED[name], "attrs", "cattrs", "anyio", "msgspec"])
        whole.touch()
    _call([*pip, "--force-reinstall", "--no-deps", str(_ROOT)])
    return python


def run(python: Path, name: str) -> str:
    """What the worker of this name prints.

    Raises:
        Failed: if it fails, or takes too long.
    """
    own = {"HOME": str(python.parents[1]), "PATH": os.defpath, "PYTHONPATH": str(_ROOT / "tests")}
    return _call([str(python), str(Path(__file__).with_name("worker.py")), name], own)


def _call(command: list[str], env: dict[str, str] | None = None) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=env, timeout=_PATIENCE)
    except subprocess.TimeoutExpired:
        raise Failed(f"nothing after {_PATIENCE:g} seconds") from None
    if done.returncode:
        raise Failed((done.stderr.strip().splitlines() or ["no reason was given"])[-1])
    return done.stdout
