"""`streamfold inspect FILE...`: a recording, or two, as a page that shows every moment of the fold."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..cassette.files import name_of, without_ending
from ..cassette.recording import Recording, read_recording
from ..errors import FileError, UsageError
from ..page import Film, film_of, is_page, page_of
from ..testing.law_report import check_recording
from .complain import complain
from .config_file import config_in

__all__ = ["inspect"]

_PLACES = 16  # prefixes at which the laws are checked


def inspect(options: argparse.Namespace) -> int:
    """Run the command.

    Args:
        options: what the command line says.

    Returns:
        The exit status: 0; the page is written, and its path is on standard output.

    Raises:
        UsageError: if there is nothing to compare that way, no name for the page, or another file of that name.
        FileError, WireError, ConfigError, CassetteError: if something cannot be read or written; the text is one line.
    """
    files, configs = options.files, options.config or []
    if len(files) > 2 or len(configs) > 2 or (len(files) == 2 and len(configs) == 2):
        raise UsageError("inspect shows one recording, two, or one under two configurations")
    if files.count("-") > 1:
        raise UsageError("standard input can be read once")
    target = Path(options.output or _beside(files[0]))
    _refuse_loss(target, files, options.output is not None)
    sources: list[tuple[tuple[str, Mapping[str, Any]], ...]] = [(config_in(path),) for path in configs] or [()]
    pairs = [(file, source) for file in files for source in sources]
    recordings = [read_recording(file, options.wire, *source, limit=options.limit) for file, source in pairs]
    films = [_film(recording, source, options.check) for recording, (_, source) in zip(recordings, pairs, strict=True)]
    try:
        target.write_text(page_of(films), "utf-8", newline="\n")
    except OSError as error:
        raise _file_error(target, error) from None
    sys.stdout.write(f"{target}\n")
    return 0


def _film(recording: Recording, source: tuple[Any, ...], check: bool) -> Film:
    title = recording.name if not source else f"{recording.name} with {source[0][0]}"
    faults = []
    if check:
        broken = check_recording(recording, _PLACES).broken
        if broken is not None:
            faults.append((len(broken.chunks), f"law {broken.law.number} ({broken.law.name}) does not hold"))
            complain(f"{recording.name}: law {broken.law.number} does not hold; the page shows where")
    return film_of(recording, title, faults)


def _beside(path: str) -> str:
    """The page of a file: beside it, under its name."""
    if path == "-":
        raise UsageError("the page of standard input needs a name: -o FILE")
    return f"{without_ending(path)}.html"


def _refuse_loss(target: Path, files: Sequence[str], named: bool) -> None:
    """Refuse to write over a recording that is read or, if the page's name was not given, over what is no page."""
    try:
        if not target.is_file():
            return
        if any(Path(file).exists() and target.samefile(file) for file in files):
            raise UsageError(f"{name_of(str(target))}: the page would take the recording's place; -o names another")
        if not named and not is_page(_beginning(target)):
            raise UsageError(f"{name_of(str(target))} is there and is no page of streamfold; -o writes over it")
    except OSError as error:
        raise _file_error(target, error) from None


def _beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4096)


def _file_error(path: Path, error: OSError) -> FileError:
    return FileError(f"{name_of(str(path))}: {(error.strerror or str(error)).lower()}")
