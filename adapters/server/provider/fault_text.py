"""Faults as text, as an option and a header have them: `stall:after=3,seconds=2; drop:after=9`."""

from collections.abc import Callable, Mapping
from typing import Any

from attrs import NOTHING

from ...cassette.faults import Cut, Drop, Error, Fault, Garbage, Recut, Repeat, Slow, Stall
from ...errors import UsageError

__all__ = ["faults_in"]

_KINDS: Mapping[str, type[Any]] = {
    "stall": Stall,
    "drop": Drop,
    "cut": Cut,
    "error": Error,
    "garbage": Garbage,
    "slow": Slow,
    "recut": Recut,
    "repeat": Repeat,
}
_VALUES: Mapping[str, Callable[[str], object]] = {
    **dict.fromkeys(("after", "more", "count", "size", "seed", "status", "request"), int),
    "seconds": float,
    "message": str,
    "code": str,
    "data": str.encode,
}


def faults_in(text: str) -> tuple[Fault, ...]:
    """The faults that a text asks for.

    Args:
        text: for each fault its name in lower case, then `:` and its fields; faults are set apart by `;`.

    Raises:
        UsageError: if it asks for what is no fault; its text is one line.
    """
    return tuple(_fault(part.strip()) for part in text.split(";") if part.strip())


def _fault(text: str) -> Fault:
    name, _, rest = text.partition(":")
    kind = _KINDS.get(name.strip())
    if kind is None:
        raise UsageError(f"{text!r:.80}: no such fault (there are {', '.join(_KINDS)})")
    fields: dict[str, object] = {}
    for pair in filter(None, map(str.strip, rest.split(","))):
        field, _, value = pair.partition("=")
        known = [one.name for one in kind.__attrs_attrs__]
        if field not in _VALUES or field not in known:
            fitting = ", ".join(one for one in known if one in _VALUES)
            raise UsageError(f"{text!r:.80}: {name} has no {field!r:.40} (it has {fitting})")
        try:
            fields[field] = _VALUES[field](value)
        except ValueError:
            raise UsageError(f"{text!r:.80}: {field} must be a number, not {value!r:.40}") from None
    missing = [one.name for one in kind.__attrs_attrs__ if one.name not in fields and _is_required(one)]
    if missing:
        raise UsageError(f"{text!r:.80}: {name} needs {missing[0]}, as in '{name}:{missing[0]}=3'")
    try:
        fault: Fault = kind(**fields)
    except ValueError as error:
        raise UsageError(f"{text!r:.80}: {error}") from None
    return fault


def _is_required(field: Any) -> bool:
    return bool(field.default is NOTHING)
