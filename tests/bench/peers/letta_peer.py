"""Letta's legacy streaming interface, of PyPI, in an environment of its own: made once, and driven over a pipe."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import Any

from workloads import Heard, Stream

LETTA = "letta==0.16.4"
NEEDS = (LETTA, "asyncpg")  # which it imports, and forgets to require
NAMES = {
    "objects": "Letta's legacy interface",
    "bytes": "SDK's decode + Letta's legacy interface",
    "json": "Letta's messages to JSON",
}
"""What the worker can do: from ready SDK objects; from bytes, by the SDK of its environment; and afterwards."""
_BENCH = Path(__file__).parents[1]


class NotHere(Exception):
    """Letta's environment cannot be made, or does not work; the text says why."""


def environment(folder: Path, tell: Callable[[str], None]) -> Path:
    """The Python of an environment that has Letta; it is made if it is not there.

    Raises:
        NotHere: if it cannot be made.
    """
    home = folder / LETTA.replace("==", "-")
    python, whole = home / "bin" / "python", home / "whole"
    if whole.exists():
        return python
    tell(f"making an environment for {LETTA} in {home}: some minutes, once")
    home.mkdir(parents=True, exist_ok=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    # The resolver of an older pip stumbles over one of Letta's requirements.
    for command in ([sys.executable, "-m", "venv", str(home)], [*pip, "--upgrade", "pip"], [*pip, *NEEDS]):
        made = subprocess.run(command, capture_output=True, text=True, check=False)
        if made.returncode:
            raise NotHere((made.stderr.strip().splitlines() or ["no reason was given"])[-1])
    whole.touch()
    return python


class Letta(AbstractContextManager["Letta"]):
    """The worker, while it is up."""

    def __init__(self, python: Path) -> None:
        self._loaded: tuple[str, int] | None = None
        own = {"HOME": str(python.parent.parent), "PYTHONHASHSEED": "0", "PATH": os.defpath}
        command = [str(python), "-m", "peers.letta_worker"]
        self._worker = subprocess.Popen(
            command,
            cwd=_BENCH,
            env=own,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._worker.communicate()  # its input ends, and so does it

    def ask(self, do: str, **wanted: Any) -> Any:
        """What the worker answers.

        Raises:
            NotHere: if it does not answer, or with an exception.
        """
        assert self._worker.stdin is not None
        assert self._worker.stdout is not None
        try:
            print(json.dumps({"do": do, **wanted}), file=self._worker.stdin, flush=True)
            answer = json.loads(self._worker.stdout.readline() or '{"raised": "the worker is gone"}')
        except OSError as error:
            raise NotHere(str(error)) from None
        if "raised" in answer:
            raise NotHere(answer["raised"])
        return answer["answer"]

    def load(self, stream: Stream) -> None:
        """Have it make the same stream.

        Raises:
            NotHere: if it does not.
        """
        key = (stream.workload.name, stream.count)
        if self._loaded == key:
            return
        digest = self.ask("load", workload=key[0], count=key[1])
        if digest != stream.digest:
            raise NotHere("its stream is another one")
        self._loaded = key

    def heard(self, stream: Stream) -> Heard:
        """What it makes of a stream."""
        self.load(stream)
        said = self.ask("heard")
        return Heard(said["text"], said["reasoning"], tuple(said["arguments"]))


class Remote:
    """A contestant of the worker's; `form` is one of `NAMES`."""

    def __init__(self, letta: Letta, form: str, stream: Stream) -> None:
        self.name = NAMES[form]
        self.count = stream.count
        self._letta, self._form, self._stream = letta, form, stream
        letta.load(stream)
        if form == "json":
            self.count = max(1, letta.ask("messages"))

    def seconds(self, repeats: int) -> float:
        self._letta.load(self._stream)
        return float(self._letta.ask("seconds", form=self._form, repeats=repeats))
