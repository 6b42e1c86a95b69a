"""`streamfold check FILE...`: the laws over recorded streams, file by file, as a table that grows while it runs."""

import argparse
import os
import shutil
import sys
from typing import TextIO

from attrs import frozen

from ..cassette.files import name_of
from ..cassette.recording import read_recording, recorded_files
from ..errors import StreamfoldError
from ..json_text import dumps
from ..testing.law_report import Checked, as_json, check_recording, count_chunks, explained
from .complain import complain, is_open
from .config_file import config_in

__all__ = ["check"]

_COLOURS = {"holds": "32", "broken": "31", "unreadable": "33"}
_WIDEST_TEXT = 100
_NARROWEST_NAME = 12


def check(options: argparse.Namespace) -> int:
    """Run the command.

    Args:
        options: what the command line says.

    Returns:
        The exit status: 0 every law holds; 1 one does not; 2 a file could not be read, and the laws hold for the rest.

    Raises:
        FileError, ConfigError: if the configuration cannot be used; the text is one line.
        UsageError: if a folder has no recorded streams; likewise.
    """
    config = () if options.config is None else (config_in(options.config),)
    files = list(recorded_files(options.files))
    detect_wire = _Json() if options.json else _Table(files)
    checked: list[Checked] = []
    unreadable = 0
    for number, file in enumerate(files, 1):
        with detect_wire.looking(number, file):
            found: Checked | StreamfoldError
            try:
                recording = read_recording(file, options.wire, *config, limit=options.limit)
                found = check_recording(recording, options.places)
            except StreamfoldError as error:
                found = error
        detect_wire.row(file, found)
        if isinstance(found, StreamfoldError):
            unreadable += 1
            complain(found)
        else:
            checked.append(found)
    detect_wire.conclude(checked, unreadable)
    if any(one.broken is not None for one in checked):
        return 1
    return 2 if unreadable else 0


def places(text: str) -> int | None:
    """How many prefixes of a stream to check, as the command line says it."""
    if text == "all":
        return None
    if not text.isascii() or not text.isdigit() or int(text) < 2:
        raise argparse.ArgumentTypeError(f'must be a number of places from 2 on, or "all", not {text!r}')
    return int(text)


def _outcome(found: Checked | StreamfoldError) -> str:
    if isinstance(found, StreamfoldError):
        return "unreadable"
    return "holds" if found.broken is None else "broken"


class _Json:
    """One JSON object a line, for each file and then for all."""

    def looking(self, number: int, file: str) -> "_Progress":
        return _Progress(None, "")

    def row(self, file: str, found: Checked | StreamfoldError) -> None:
        if isinstance(found, StreamfoldError):
            _say(dumps({"file": file, "outcome": "unreadable", "error": str(found)}))
        else:
            _say(dumps(as_json(found)))

    def conclude(self, checked: list[Checked], unreadable: int) -> None:
        _say(
            dumps(
                {
                    "files": len(checked) + unreadable,
                    "chunks": sum(count_chunks(one.recording.chunks) for one in checked),
                    "checks": sum(sum(one.checks.values()) for one in checked),
                    "broken": sum(one.broken is not None for one in checked),
                    "unreadable": unreadable,
                }
            )
        )


class _Table:
    """A table for a person: a row for each file as soon as it was checked, and what is wrong under it."""

    def __init__(self, files: list[str]) -> None:
        self._count = len(files)
        self._coloured = _is_terminal(sys.stdout) and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
        self._width = shutil.get_terminal_size().columns if _is_terminal(sys.stdout) else None
        rest = len(self._line("", "", "", "", "law 12 broken"))
        longest = max(len(name_of(file)) for file in files)
        room = longest if self._width is None else max(_NARROWEST_NAME, self._width - 1 - rest)
        self._name = min(longest, room)
        _say(self._line(f"{'file':<{self._name}}", "wire", "chunks", "checks", "outcome"))

    def looking(self, number: int, file: str) -> "_Progress":
        text = f"{number}/{self._count}  {name_of(file)}"
        # On the terminal that the table is on, or it would be in the middle of somebody's file.
        return _Progress(sys.stderr if _is_terminal(sys.stderr) else None, text)

    def row(self, file: str, found: Checked | StreamfoldError) -> None:
        name = f"{shortened(name_of(file), self._name):<{self._name}}"
        outcome = _outcome(found)
        if isinstance(found, StreamfoldError):
            _say(self._line(name, "-", "-", "-", self._colour("cannot be read", outcome)))
            return
        checks = sum(found.checks.values())
        said = outcome if found.broken is None else f"law {found.broken.law.number} broken"
        chunks = f"{count_chunks(found.recording.chunks):,}"
        count = f"{checks:,}" if found.broken is None else "-"
        _say(self._line(name, found.recording.wire, chunks, count, self._colour(said, outcome)))

    def conclude(self, checked: list[Checked], unreadable: int) -> None:
        width = min(_WIDEST_TEXT, self._width or _WIDEST_TEXT)
        broken = [one for one in checked if one.broken is not None]
        for one in broken:
            first, *more = explained(one, width)
            _say("")
            _say(self._colour(first, "broken"))
            for line in more:
                _say(line)
        chunks = sum(count_chunks(one.recording.chunks) for one in checked)
        checks = sum(sum(one.checks.values()) for one in checked)
        files = f"{self._count} file{'' if self._count == 1 else 's'}"
        said = [f"a law is broken in {len(broken)}" if broken else "every law holds"] if checked else []
        said += [f"{unreadable} cannot be read"] if unreadable else []
        worst = "broken" if broken else "unreadable" if unreadable else "holds"
        _say("")
        _say(f"{files}, {chunks:,} chunks, {checks:,} checks: {self._colour(', '.join(said), worst)}")

    def _line(self, name: str, wire: str, chunks: str, checks: str, outcome: str) -> str:
        return f"{name}  {wire:<14}  {chunks:>6}  {checks:>7}  {outcome}"

    def _colour(self, text: str, outcome: str) -> str:
        return f"\x1b[{_COLOURS[outcome]}m{text}\x1b[0m" if self._coloured else text


@frozen
class _Progress:
    """A line that says what is being checked, and is gone afterwards."""

    terminal: TextIO | None
    text: str

    def __enter__(self) -> None:
        if self.terminal is not None:
            width = shutil.get_terminal_size().columns
            self.terminal.write(f"\r\x1b[K{shortened(self.text, width - 1)}")
            self.terminal.flush()

    def __exit__(self, *_: object) -> None:
        if self.terminal is not None:
            self.terminal.write("\r\x1b[K")
            self.terminal.flush()


def _is_terminal(stream: TextIO | None) -> bool:
    return is_open(stream) and stream is not None and stream.isatty()


def shortened(text: str, width: int) -> str:
    """A name with its middle left out, where it is too long: what tells it from others is at its end."""
    if len(text) <= width:
        return text
    head = max(0, (width - 1) // 3)
    return f"{text[:head]}…{text[len(text) - (width - 1 - head) :]}"


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
