"""Makes an input that shows something small, and tells apart what inputs show."""

import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

MOST_TRIES = 4_000

_HERE = str(Path(__file__).parent)


def shown(target: Callable[[bytes], None], given: bytes) -> Exception | None:
    """What is wrong with an input; None if nothing is."""
    try:
        target(given)
    except Exception as error:
        return error
    return None


def signature(error: Exception) -> str:
    """What an error is and where it came from: two of the same signature are the same finding, most likely."""
    frames = traceback.extract_tb(error.__traceback__)
    checks = [frame for frame in frames if frame.filename.startswith(_HERE)]
    others = [frame for frame in frames if "/streamfold/" in frame.filename]
    places = [*checks[-1:], *others[-1:]]
    where = " in ".join(f"{Path(frame.filename).name}:{frame.name}:{frame.lineno}" for frame in places)
    return f"{type(error).__name__} at {where}"


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
