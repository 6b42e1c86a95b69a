"""Makes an input that shows something small, and tells apart what inputs show."""

import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

from streamfold import adapters, reducer

MOST_TRIES = 4_000

_CHECKS = Path(__file__).parent


def folders_of(*files: str | None) -> tuple[Path, ...]:
    """The folders of some files, where they are imported from and where the files lie that are linked there."""
    paths = [Path(file) for file in files if file]
    return tuple({folder for path in paths for folder in (path.parent, path.resolve().parent)})


_LIBRARY = folders_of(reducer.__file__, adapters.__file__)


def shown(target: Callable[[bytes], None], given: bytes) -> Exception | None:
    """What is wrong with an input; None if nothing is."""
    try:
        target(given)
    except Exception as error:
        return error
    return None


def signature(error: Exception, checks: tuple[Path, ...] = (_CHECKS,), library: tuple[Path, ...] = _LIBRARY) -> str:
    """What an error is and where it came from: two of the same signature are the same finding, most likely."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [*_within(checks, frames)[-1:], *_within(library, frames)[-1:]]
    where = " in ".join(f"{Path(frame.filename).name}:{frame.name}:{frame.lineno}" for frame in places)
    return f"{type(error).__name__} at {where}"


def _within(folders: tuple[Path, ...], frames: traceback.StackSummary) -> list[traceback.FrameSummary]:
    """The frames whose file lies in one of the folders."""
    return [frame for frame in frames if any(Path(frame.filename).is_relative_to(folder) for folder in folders)]


def shrunk(given: bytes, shows: Callable[[bytes], bool], tries: int = MOST_TRIES) -> bytes:
    """A smaller input of which the same is true, found in at most so many tries."""
    left = tries
    smaller = True
    while smaller and left > 0:
        smaller = False
        for candidate in _smaller(given):
            left -= 1
            if left < 0:
                break
            if shows(candidate):
                given, smaller = candidate, True
                break
    return given


def _smaller(given: bytes) -> Iterator[bytes]:
    """Inputs that are a little simpler: without frames, lines, members or bytes, with zeroes for a head."""
    for mark in (b"\n\n", b"\n", b",", b'"'):
        pieces = given.split(mark)
        size = len(pieces) // 2
        while size:
            for at in range(0, len(pieces), size):
                yield mark.join(pieces[:at] + pieces[at + size :])
            size //= 2
    size = min(64, len(given) // 2)
    while size:
        for at in range(0, len(given), size):
            yield given[:at] + given[at + size :]
        size //= 2
    for at, byte in enumerate(given[:8]):
        for plain in range(48, min(byte, 58)):
            yield given[:at] + bytes([plain]) + given[at + 1 :]
