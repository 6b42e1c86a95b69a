"""Objects of any client's classes back into the JSON that they were made of: the openai SDK's, and those of others.

No library is imported: a class is told by what it offers. What an object may cost is bounded, since it may be anything.
"""

import functools
from collections.abc import Iterator, Mapping
from enum import Enum
from types import ModuleType
from typing import Any

__all__ = ["Unreadable", "as_json", "wire_names"]

_PARSED = frozenset({"parsed", "parsed_arguments", "snapshot"})  # members of the SDK's own making, which no wire has
_ABSENT = frozenset({"Unset", "UnsetType", "NotGiven", "Omit"})  # what stands for a member that was not sent
_VALUES = frozenset({"ipaddress", "uuid"})  # modules: what they have is a value, whatever attributes it has
_DUMPS = ("to_dict", "model_dump", "dict", "as_dict")
_NOBODYS = "streamfold_asks_for_no_such_member"
MOST_VALUES = 1 << 22
"""Values that are read of one object: twice those of a long answer with all its log probabilities."""


class Unreadable(ValueError):
    """An object that cannot be read as JSON; the text says why."""


def as_json(obj: Any) -> Any:
    """The JSON that an SDK object was made of: the members that were sent, by the wire's names, all the way down.

    Pydantic's own dump goes by the declared types. An object in the place of another, as the SDK makes them of what it
    does not know, loses members there, or is warned about. Other classes are read by their own dump, where they have
    one, else by their fields (attrs, dataclasses, msgspec, named tuples, plain ones). What is no object of this kind is
    given as it is.

    Raises:
        ValueError: if it has more than four million values, or gives any member that it is asked for, as mocks do.
        RecursionError: if it is nested too deeply.
    """
    return _Reading().json_of(obj)


class _Reading:
    def __init__(self) -> None:
        self._left = MOST_VALUES

    def json_of(self, obj: Any) -> Any:
        if obj is None or isinstance(obj, (str, int, float)):
            return obj.value if isinstance(obj, Enum) else obj
        if isinstance(obj, dict) and not hasattr(obj, "__dataclass_fields__"):
            return self._object(obj.items())
        if isinstance(obj, (list, tuple)) and not hasattr(obj, "_fields"):
            self._take(len(obj))
            return [self.json_of(value) for value in obj]
        if isinstance(obj, type):
            return obj
        members = _members_of(obj)
        if members is None:
            return self.json_of(obj.value) if isinstance(obj, Enum) else obj
        return self._object(members) if isinstance(members, Iterator) else self.json_of(members)

    def _object(self, members: Any) -> dict[Any, Any]:
        found = {name: self.json_of(value) for name, value in members if type(value).__name__ not in _ABSENT}
        self._take(len(found))
        return found

    def _take(self, count: int) -> None:
        self._left -= count
        if self._left < 0:
            raise Unreadable(f"more than {MOST_VALUES:,} values")


def _members_of(obj: Any) -> Any:
    """The members of an object, as pairs; what is to be read in its place; or None if it is none."""
    sent = getattr(obj, "__pydantic_fields_set__", None)
    if sent is not None:
        return _of_pydantic(obj, sent)
    if isinstance(obj, (ModuleType, Enum)) or type(obj).__module__ in _VALUES:
        return None
    if hasattr(obj, _NOBODYS):
        raise Unreadable("which gives any member that it is asked for, as mocks do")
    cls = type(obj)
    if hasattr(cls, "__struct_fields__"):
        return _of_msgspec(obj, cls)
    for name in _DUMPS:  # before its fields: such a dump has the wire's names
        dump = getattr(obj, name, None)
        if callable(dump):
            return dump()
    if hasattr(cls, "__dataclass_fields__"):
        # Those of huggingface_hub are dicts as well, which lack what the nested ones have beside their fields.
        inside = {**(obj if isinstance(obj, dict) else {}), **_attributes(obj)}
        return iter(inside.items())
    if isinstance(obj, tuple):
        return iter(zip(obj._fields, obj, strict=True))  # type: ignore[attr-defined]
    if isinstance(obj, Mapping):
        return iter([(name, obj[name]) for name in obj])
    return None if callable(obj) else (iter(found.items()) if (found := _attributes(obj)) else None)


def _of_pydantic(obj: Any, sent: Any) -> Any:
    members = vars(obj)
    if members.get("type") == "UNKNOWN" and "raw" in members:  # OpenRouter's SDK, of an event that it does not know
        return members["raw"]
    model: Any = type(obj)
    names = wire_names(model)
    found = [(names[name], value) for name, value in members.items() if name in sent and name in names]
    return iter([*found, *(obj.__pydantic_extra__ or {}).items()])


def _of_msgspec(obj: Any, cls: Any) -> Iterator[tuple[str, Any]]:
    config = cls.__struct_config__
    if config.tag is not None:
        yield config.tag_field, config.tag
    for name, wire in zip(cls.__struct_fields__, cls.__struct_encode_fields__, strict=True):
        yield wire, getattr(obj, name)


def _attributes(obj: Any) -> dict[str, Any]:
    """What a plain object holds, but for what is its own business."""
    slots: list[str] = []
    for cls in type(obj).__mro__:
        names = vars(cls).get("__slots__", ())
        slots += [names] if isinstance(names, str) else names
    held = {name: getattr(obj, name) for name in slots if hasattr(obj, name)}
    return {name: value for name, value in {**held, **getattr(obj, "__dict__", {})}.items() if name[:1] != "_"}


@functools.cache
def wire_names(model: Any) -> dict[str, str]:
    """By the name of each declared field: what the wire calls it."""
    fields: Mapping[str, Any] = model.model_fields
    return {name: field.alias or name for name, field in fields.items() if name not in _PARSED}
