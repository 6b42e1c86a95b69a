"""What the fixture `cassette` gives a test: read off its marker, its options and its name."""

import inspect
import re
from collections.abc import Mapping, Sequence
from itertools import count, takewhile
from pathlib import Path
from typing import Any, Literal, get_args

import pytest
from attrs import frozen

from ..cassette.faults import Fault
from ..cassette.files import SUFFIXES, without_ending
from ..cassette.recording import read_recording
from ..errors import FileError, StreamfoldError, UsageError
from ..visible import visible
from ..wire.machines import wire_named
from .expectation import Expectations
from .replay import Replay
from .rerecord import Rerecording, numbered

__all__ = ["close", "open_for"]

Timing = Literal["off", "real"] | float

_FOLDER = "cassettes"
_FAULTS = get_args(Fault)


@frozen
class _Asked:
    """What the marker asks for."""

    paths: tuple[str, ...]
    wire: str | None
    config: Mapping[str, Any]
    timing: Timing
    faults: tuple[Fault, ...]
    repeat: bool

    @property
    def speed(self) -> float | None:
        if self.timing == "off":
            return None
        # A scale of the times is the inverse of a speed.
        return 1.0 if self.timing == "real" else 1 / float(self.timing)


def open_for(item: pytest.Item, redact: Any = None) -> Replay | Rerecording:
    """The recordings that a test's marker names, to be replayed, or to be recorded where that was asked for.

    Where there is no answer, the test is an error of one line: what is wrong, and where.
    """
    try:
        asked = _asked(item)
        folder = item.path.parent
        expectations = _expectations(item, asked)
        named = asked.paths or (f"{_FOLDER}/{_name_of(item)}",)
        if item.config.getoption("--cassette-record") and not any(_is_written_by_hand(path) for path in named):
            return Rerecording(
                *(_cassette(folder / path) for path in named),
                wire=asked.wire,
                config=asked.config,
                redact=redact,
                expectations=expectations,
                numbered=not asked.paths,
            )
        paths = [_recorded(folder / path) for path in named]
        if not asked.paths:
            further = (numbered(paths[0], number) for number in count(2))
            paths.extend(takewhile(Path.exists, further))
        config = ("the marker's config", asked.config)
        recordings = [read_recording(path, asked.wire, config) for path in paths]
        return Replay(
            *recordings, faults=asked.faults, speed=asked.speed, expectations=expectations, repeat=asked.repeat
        )
    except (StreamfoldError, ValueError) as error:
        where = f"{item.nodeid}: " if item.get_closest_marker("cassette") else ""
        wrong = visible(f"{where}{error}")
    pytest.fail(wrong, pytrace=False)  # out of the `except`, or pytest would show the error itself as well


def close(opened: Replay | Rerecording, passed: bool) -> None:
    """End what a test left open.

    A test that passed is an error of one line where a request had no answer, or an answer could not be recorded, and
    the code under test took no notice.

    Args:
        opened: what the test was given.
        passed: whether it passed; one that failed has said why.
    """
    wrong = ""
    try:
        opened.close()
    except Exception as error:
        wrong = visible(str(error))
    if opened.unanswered:
        wrong = visible(opened.unanswered[0])
    if wrong and passed:
        pytest.fail(wrong, pytrace=False)


def _marker(
    *paths: str,
    wire: str | None = None,
    config: Mapping[str, Any] | None = None,
    timing: Timing = "off",
    faults: Sequence[Fault] | Fault = (),
    repeat: bool = False,
) -> _Asked:
    if not all(isinstance(path, (str, Path)) for path in paths):
        raise ValueError(f"cassette: the paths must be text, not {paths!r}")
    if wire is not None:
        try:
            wire = wire_named(wire)
        except ValueError as error:
            raise ValueError(f"cassette: {error}") from None
    if config is not None and not isinstance(config, Mapping):
        raise ValueError(f"cassette: config must be a mapping of the Config's fields, not {config!r}")
    if timing not in ("off", "real") and (
        isinstance(timing, bool) or not isinstance(timing, (int, float)) or not 0 < timing < float("inf")
    ):
        raise ValueError(f'cassette: timing must be "off", "real", or a scale above zero, not {timing!r}')
    happening = tuple(faults) if isinstance(faults, Sequence) else (faults,)
    for fault in happening:
        if not isinstance(fault, _FAULTS):
            raise ValueError(f"cassette: no fault: {fault!r} (there are {', '.join(one.__name__ for one in _FAULTS)})")
    if not isinstance(repeat, bool):
        raise ValueError(f"cassette: repeat must be true or false, not {repeat!r}")
    return _Asked(tuple(map(str, paths)), wire, dict(config or {}), timing, happening, repeat)


def _asked(item: pytest.Item) -> _Asked:
    marker = item.get_closest_marker("cassette")
    if marker is None:
        return _marker()
    try:
        inspect.signature(_marker).bind(*marker.args, **marker.kwargs)
    except TypeError as error:
        raise ValueError(f"cassette: {error}") from None
    return _marker(*marker.args, **marker.kwargs)


def _name_of(item: pytest.Item) -> str:
    """The test's name as a file's: its class before it, its parameters after it.

    The event library that anyio's plugin runs it on is left out: a test asks the model for the same on any.
    """
    found = getattr(item, "cls", None)
    name, spec = item.name, getattr(item, "callspec", None)
    ids = spec.id.split("-") if spec is not None else []
    if spec is not None and (backend := spec.params.get("anyio_backend")) in ids:
        ids.remove(backend)
        name = f"{getattr(item, 'originalname', None)}[{'-'.join(ids)}]"
    name = re.sub(r"[^\w.-]+", "-", name).strip("-")
    return f"{found.__name__}.{name}" if found is not None else name


def _expectations(item: pytest.Item, asked: _Asked) -> Expectations:
    test = _name_of(item)
    first = item.path.parent / (asked.paths[0] if asked.paths else f"{_FOLDER}/{test}")
    stem = without_ending(first.name)
    return Expectations(
        folder=first.parent,
        name=test if stem == test else f"{stem}.{test}",
        update=item.config.getoption("--cassette-update"),
        how="accept it with --cassette-update",
        colour=item.config.get_terminal_writer().hasmarkup,
    )


def _is_written_by_hand(path: str) -> bool:
    """Whether it is no cassette, which is all that is recorded: such a file stays as it is."""
    return path.endswith((".sse", ".jsonl", ".gz"))


def _cassette(path: Path) -> Path:
    return path if path.suffix == ".cassette" else path.with_name(f"{path.name}.cassette")


def _recorded(path: Path) -> Path:
    if path.exists():
        return _near(path)
    ending = [path.with_name(path.name + suffix + packed) for suffix in SUFFIXES for packed in ("", ".gz")]
    there = [one for one in ending if one.exists()]
    if not there:
        raise FileError(f"{_near(path)}: no such recording; record it with --cassette-record")
    if len(there) > 1:
        raise UsageError(f"{_near(path)}: there are several: {', '.join(one.name for one in there)}")
    return _near(there[0])


def _near(path: Path) -> Path:
    """The same path, as a person at the command line would give it."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
