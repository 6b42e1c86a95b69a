"""A recording in the model's place, for an application's own tests.

pytest loads this package in every suite where streamfold is installed, so each name is imported when it is asked for.

Modules in this package are internal; import the names below from here.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..cassette.faults import Cut, Drop, Error, Garbage, Recut, Repeat, Slow, Stall
    from ..errors import Unexpected
    from .law_report import check_recording
    from .replay import Replay
    from .rerecord import Rerecording

__all__ = [
    "Cut",
    "Drop",
    "Error",
    "Garbage",
    "Recut",
    "Repeat",
    "Replay",
    "Rerecording",
    "Slow",
    "Stall",
    "Unexpected",
    "check_recording",
]

_MODULES = {
    "Replay": "replay",
    "Rerecording": "rerecord",
    "Unexpected": ".errors",
    "check_recording": "law_report",
} | dict.fromkeys(("Cut", "Drop", "Error", "Garbage", "Recut", "Repeat", "Slow", "Stall"), ".cassette.faults")


def __getattr__(name: str) -> Any:
    """A public name, imported when it is asked for.

    Raises:
        AttributeError: if there is no such name.
    """
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    found = getattr(import_module(f".{_MODULES[name]}", __name__), name)
    globals()[name] = found
    return found
