"""The real clients, as one Node process that reads bodies: the AI SDK's versions 5, 6, 7.0.0 and 7, and AG-UI's."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ASKED = os.environ.get("STREAMFOLD_SCREENS")
"""Whether they are asked for: "1" installs them into a folder of their own, a path is where they are."""


def reason_to_skip() -> str | None:
    """Why the real clients are not asked; None if they are."""
    if not ASKED:
        return "the real clients, which Node runs: asked for by STREAMFOLD_SCREENS=1"
    return None if shutil.which("node") and shutil.which("npm") else "there is no Node"


def install(folder: Path) -> Path:
    """The folder in which the clients are; they are installed into this one, unless they are somewhere already."""
    if ASKED != "1":
        return Path(ASKED or "")
    for name in ("package.json", "read.mjs"):
        shutil.copy(HERE / name, folder)
    quietly = ("--no-audit", "--no-fund", "--loglevel=error", "--ignore-scripts")
    subprocess.run(["npm", "install", *quietly], cwd=folder, check=True, timeout=600)
    return folder


def read(
    folder: Path, bodies: Iterable[tuple[str, bytes]], known: Sequence[dict[str, Any]] = ()
) -> list[dict[str, Any]]:
    """What clients have at the end of bodies, or `error`, if they refused them.

    Args:
        folder: where they are installed.
        bodies: each with the name of its client.
        known: messages that AG-UI's client has already.
    """
    jobs = ({"client": client, "body": body.decode(), "known": list(known)} for client, body in bodies)
    asked = "".join(json.dumps(job) + "\n" for job in jobs)
    process = subprocess.run(
        ["node", "read.mjs"], cwd=folder, input=asked, capture_output=True, text=True, check=True, timeout=600
    )
    return [json.loads(line) for line in process.stdout.strip("\n").split("\n")]


def talk(folder: Path, client: str, url: str, script: str) -> dict[str, Any]:
    """What a client has at the end of a conversation with a server; `talk.mjs` says which scripts there are.

    Raises:
        subprocess.CalledProcessError: if the client raised.
    """
    source, job = (HERE / "talk.mjs").read_text("utf-8"), json.dumps({"client": client, "url": url, "script": script})
    command = ["node", "--input-type=module", "-e", source, job]
    process = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, "talk.mjs", process.stdout, process.stderr)
    said: dict[str, Any] = json.loads(process.stdout)
    return said
