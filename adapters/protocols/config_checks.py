"""How the sinks' configurations are checked, as the wires' are: a wrong value raises at once, and names its field."""

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import Attribute

from ...reducer.values.json_values import FrozenObject, freeze
from ..short_repr import short_repr

__all__ = ["from_number", "messages_of", "names_of", "one_of"]


def names_of(value: Any) -> frozenset[str]:
    """A converter to a set of names.

    Raises:
        TypeError: if it is none. One text is refused as well: it would be the set of its letters.
    """
    listed = tuple(value) if isinstance(value, Iterable) and not isinstance(value, (str, bytes)) else (None,)
    if not all(isinstance(name, str) for name in listed):
        raise TypeError(f"custom_tools must be a set of names, not {short_repr(value):.80}")
    return frozenset(listed)


def messages_of(value: Any) -> tuple[FrozenObject, ...] | None:
    """A converter to messages in AG-UI's JSON, or None.

    Raises:
        TypeError: if it is neither, or one of them is no object with an id and a role.
    """
    if value is None:
        return None
    if not isinstance(value, Iterable) or isinstance(value, (str, bytes, Mapping)):
        raise TypeError(f"history must be a sequence of messages, or None, not {short_repr(value):.80}")
    messages = tuple(value)
    for at, one in enumerate(messages):
        if not isinstance(one, Mapping) or not all(isinstance(one.get(name), str) for name in ("id", "role")):
            raise TypeError(f"history[{at}] must be a message with an id and a role, not {short_repr(one):.80}")
    return tuple([FrozenObject({name: freeze(member) for name, member in one.items()}) for one in messages])


def one_of(*known: int) -> Any:
    """A validator: the value must be one of these numbers."""

    def check(_: object, attribute: "Attribute[int]", value: object) -> None:
        if isinstance(value, bool) or value not in known:
            numbers = ", ".join(map(str, known))
            raise ValueError(f"{attribute.name} must be one of {numbers}, not {short_repr(value):.80}")

    return check


def from_number(least: int) -> Any:
    """A validator: the value must be a whole number, and at least this."""

    def check(_: object, attribute: "Attribute[int]", value: object) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"{attribute.name} must be a whole number, not {short_repr(value):.80}")
        if value < least:
            raise ValueError(f"{attribute.name} must be at least {least}, not {value}")

    return check
