"""JSON that the core carries without reading it: a provider's raw usage, a server tool's item, a call's extras.

A state must not change when somebody changes the object that a chunk was made of, so whatever is kept is frozen first:
objects become `FrozenObject`, lists become tuples. Both still serialise with any JSON encoder.
"""

from collections.abc import Mapping
from math import isfinite
from typing import Any, NoReturn, TypeAlias

_LONGEST_NUMBER = 8192
"""Bits of a whole number; Python refuses to print much longer ones."""
_DEEPEST = 256
"""Objects and lists inside each other: as many as every Python freezes however deep its caller is, and writes as JSON.

An empty stack has room for some 480 in Python 3.11; of those that 3.12.1 can freeze, it writes 740 as JSON.
"""

Json: TypeAlias = Any
"""A JSON value, as a decoder gives it or as `freeze` leaves it."""


class FrozenObject(dict[str, Json]):
    """A JSON object that cannot be changed; it equals a dict of the same members, and can be hashed and pickled."""

    __slots__ = ()

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("a FrozenObject of a state or a result cannot be changed; copy it with dict(...)")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[type["FrozenObject"], tuple[dict[str, Json]]]:
        return FrozenObject, (dict(self),)


EMPTY_OBJECT = FrozenObject()
"""The empty object."""


def freeze(value: Json) -> Json:
    """`value` as an immutable value: dicts as `FrozenObject`, lists as tuples, all the way down.

    What is no JSON (an application's own object in a hand-made chunk) is kept by its `repr`, so that a state can
    always be hashed, compared and stored. What is nested too deeply for that is kept by the name of its type.
    """
    try:
        return _freeze(value, _DEEPEST)
    except RecursionError:
        return f"<{type(value).__name__} nested too deeply>"


_AS_IT_IS = frozenset({str, bool, type(None), FrozenObject})
"""The types of most members. Asked for before `_freeze` is called, an item takes seven tenths of the time."""


def _freeze(value: Json, deeper: int) -> Json:
    """The value, if no more than `deeper` objects and lists are inside each other."""
    if type(value) is not dict and type(value) is not list:  # as half of what gets here
        if value is None or isinstance(value, (str, bool, FrozenObject)):
            return value
        if isinstance(value, int):
            return value if value.bit_length() < _LONGEST_NUMBER else "<a number too long>"
        if isinstance(value, float):
            return value if isfinite(value) else None  # no JSON, and not equal to itself
    if not deeper:
        raise RecursionError
    if isinstance(value, (list, tuple)):
        return tuple([one if type(one) in _AS_IT_IS else _freeze(one, deeper - 1) for one in value])
    if isinstance(value, (dict, Mapping)):
        return FrozenObject(
            {
                key if type(key) is str else str(key): one if type(one) in _AS_IT_IS else _freeze(one, deeper - 1)
                for key, one in value.items()
            }
        )
    return repr(value)


def as_object(value: Json) -> Mapping[str, Json]:
    """`value` if it is a JSON object, else the empty object: for reading members of what a provider sent."""
    # Asked for None and `dict` first, since `Mapping` asks by Python code: a fifth of the time.
    if value is None:
        return EMPTY_OBJECT
    return value if isinstance(value, (dict, Mapping)) else EMPTY_OBJECT


def as_list(value: Json) -> "tuple[Json, ...] | list[Json]":
    """`value` if it is a JSON list, else an empty one."""
    return value if isinstance(value, (list, tuple)) else ()


def as_text(value: Json) -> str:
    """`value` if it is a string, else the empty string."""
    return value if isinstance(value, str) else ""


def as_count(value: Json) -> int | None:
    """`value` as a number of tokens, or None if it is none (null, a boolean, a string, a negative or broken number)."""
    if value is None:
        return None
    if type(value) is int:
        return value if value >= 0 else None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < float("inf"):
        return None
    return int(value)
