"""Recorded streams as files: the cassette's format, its recorder, and the reading of any recorded stream.

Modules in this package are internal; import the names below from here.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from ..errors import CassetteError

if TYPE_CHECKING:
    from .format import Cassette, RecordedFrame, async_replay, open_cassette, read_cassette, replay
    from .recorder import Recorder
    from .recording import Recording, as_recording, read_recording, recording_of

__all__ = [
    "Cassette",
    "CassetteError",
    "RecordedFrame",
    "Recorder",
    "Recording",
    "as_recording",
    "async_replay",
    "open_cassette",
    "read_cassette",
    "read_recording",
    "recording_of",
    "replay",
]

_MODULES = {
    "Cassette": "format",
    "RecordedFrame": "format",
    "async_replay": "format",
    "open_cassette": "format",
    "read_cassette": "format",
    "replay": "format",
    "Recorder": "recorder",
    "Recording": "recording",
    "as_recording": "recording",
    "read_recording": "recording",
    "recording_of": "recording",
}


def __getattr__(name: str) -> object:
    # Imported at the first use: who reads a recording need not import what a recorder takes.
    if name in _MODULES:
        return getattr(import_module(f".{_MODULES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
