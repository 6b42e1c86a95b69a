"""What is wrong with a value, and where, in one line; and the check that refuses a value of another type."""

from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

from cattrs import errors

from ...reducer.values.json_values import Json

_LONGEST = 300  # characters of an error
_LONGEST_SHOWN = 60  # of a value in it


def expect(value: Json, of: Any, words: str) -> Any:
    """The value itself, if it is of this type.

    Raises:
        ValueError: if it is not; the text names what it must be.
    """
    if isinstance(value, of) and (of is bool or not isinstance(value, bool)):
        return value
    return refuse(value, words)


def refuse(value: Json, words: str) -> NoReturn:
    """Raise a ValueError that names what the value must be, and what it is."""
    raise ValueError(f"must be {words}, not {shown(value)}")


def located(error: Exception) -> tuple[str, str]:
    """Where in the snapshot the first thing is wrong, and what."""
    path = "value"
    while isinstance(error, errors.BaseValidationError):
        error = error.exceptions[0]
        for note in getattr(error, "__notes__", ()):
            if isinstance(note, errors.AttributeValidationNote):
                path += f".{note.name}"
            elif isinstance(note, errors.IterableValidationNote):
                path += f"[{note.index}]"
    return path, "is missing" if isinstance(error, KeyError) else why(error)


def why(error: Exception) -> str:
    """An error's reason in a few words."""
    if isinstance(error, errors.ForbiddenExtraKeysError):
        return f"unknown {listed(error.extra_fields)}"
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)


def listed(names: Iterable[object]) -> str:
    """Names in order, quoted, with commas between."""
    return ", ".join(sorted(map(repr, names)))


def shown(value: object) -> str:
    """A value in an error: short, on one line."""
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, (list, tuple)):
        return "a list"
    if isinstance(value, int) and value.bit_length() > _LONGEST:
        return "a long number"  # Python refuses to print the longest
    shown = "null" if value is None else repr(value)
    return shown if len(shown) <= _LONGEST_SHOWN else f"{shown[:_LONGEST_SHOWN]}…"


def one_line(words: str) -> str:
    """Words as one line of bounded length."""
    line = " ".join(words.split())
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 1]}…"
