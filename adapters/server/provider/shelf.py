"""The recordings that a provider plays, by the names of its models."""

from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Any

from attrs import evolve

from ...cassette.files import FILE_LIMIT, name_of
from ...cassette.recording import SUFFIXES, Recording, read_recording, recorded_files
from ...errors import UsageError

__all__ = ["CHAT", "RESPONSES", "Shelf", "shelf_of"]

CHAT = frozenset({"chat", "inner-thoughts"})
"""The wires of Chat Completions."""
RESPONSES = frozenset({"responses"})
"""The wire of the Responses API."""


class Shelf:
    """Recordings by name, and which of them is next where a request names none.

    Args:
        recordings: each under the name of the model that it answers for.
    """

    def __init__(self, recordings: Mapping[str, Recording]) -> None:
        self.recordings = dict(recordings)
        self._turns: dict[frozenset[str], int] = {}

    def names(self, wires: frozenset[str]) -> list[str]:
        """The names of the recordings of these wires, in order."""
        return [name for name, recording in self.recordings.items() if recording.wire in wires]

    def choose(self, model: object, wires: frozenset[str]) -> str | None:
        """Which recording answers a request.

        Args:
            model: the name that the request has. One of a recording's gets that; for any other, recordings come in
                turn, the first again after the last.
            wires: of which wires it may be.

        Returns:
            Its name; None if there is none of these wires, or the named one is of another.
        """
        names = self.names(wires)
        if isinstance(model, str) and model in self.recordings:
            return model if model in names else None
        return names[self._turns.get(wires, 0) % len(names)] if names else None

    def answered(self, model: object, wires: frozenset[str]) -> None:
        """A request was answered, so that the next in turn is the next recording's."""
        if not (isinstance(model, str) and model in self.recordings):
            self._turns[wires] = self._turns.get(wires, 0) + 1


def shelf_of(
    paths: Iterable[str],
    wire: str | None = None,
    *sources: tuple[str, Mapping[str, Any]],
    chunk_delay: float | None = None,
    limit: int = FILE_LIMIT,
) -> Shelf:
    """Read recordings; each answers for the model that is called as its file is, without the ending.

    Args:
        paths: files, and folders for all in them.
        wire: as for `read_recording`.
        sources: as for `read_recording`.
        chunk_delay: seconds before each frame, in place of recorded times.
        limit: as for `read_recording`.

    Raises:
        UsageError: if two files have one name, or there are no recorded streams in a folder.
        FileError, FileTooLong, FrameTooLong, CassetteError, WireError, ConfigError: as `read_recording`.
    """
    found: dict[str, Recording] = {}
    for path in recorded_files(paths):
        recording = read_recording(path, wire, *sources, limit=limit)
        name = _stem(path)
        if name in found:
            raise UsageError(f"{recording.name}: {found[name].name} answers for the model {name!r} already: rename one")
        found[name] = recording if chunk_delay is None else _paced(recording, chunk_delay)
    return Shelf(found)


def _stem(path: str) -> str:
    if path == "-":
        return name_of(path).replace(" ", "-")
    name = PurePath(path).name.removesuffix(".gz")
    return name.removesuffix(next((suffix for suffix in SUFFIXES if name.endswith(suffix)), PurePath(name).suffix))


def _paced(recording: Recording, delay: float) -> Recording:
    times = tuple(delay * number for number in range(1, len(recording.frames) + 1))
    return evolve(recording, times=times, ended_at=None)
