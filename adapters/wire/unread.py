"""The members of a chunk's JSON that no fold reads, at each of its levels."""

from collections.abc import Mapping
from typing import Any

from attrs import fields

from ...reducer.completions.chunk import CallDelta, Choice, Chunk, CustomDelta, Delta, FunctionDelta
from ...reducer.responses.event import Event
from ...reducer.shared.extras import NOT_KEPT, says_something
from .members import members_in

NO_MEMBERS = frozenset({"repairs", "lost", "extras", "content_parts"})
"""Fields of chunks that are not the wire's to say: a member of such a name is one that no fold reads."""

KNOWN: dict[type, frozenset[str]] = {
    cls: frozenset({member.name for member in fields(cls)} - NO_MEMBERS).union(NOT_KEPT.get(level, ()))
    for cls, level in (
        *((Chunk, "chunk"), (Choice, "choice"), (Delta, "delta"), (CallDelta, "call"), (Event, "event")),
        *((FunctionDelta, ""), (CustomDelta, "")),
    )
}
"""The members at each level that are read, or not worth keeping."""


def unread(members: Mapping[str, Any], cls: type, *known: str) -> dict[str, Any] | None:
    """The members that no fold reads and that say something; None if there are none.

    Args:
        members: of a level of the wire's JSON.
        cls: the class that has the other members of that level.
        known: more names that are read.
    """
    names = members.keys() - KNOWN[cls]
    if not names:
        return None
    found = {name: members[name] for name in members if name in names and name not in known}
    return {name: member for name, member in found.items() if says_something(member)} or None


def unread_or_left(members: Mapping[str, Any], made: Any, *known: str) -> dict[str, Any] | None:
    """The members that no fold reads, and those that it would read, had they not been left out for what they are.

    Args:
        members: of a level of the wire's JSON.
        made: what was made of them.
        known: names that are read elsewhere.
    """
    cls = type(made)
    left = {
        name: member
        for name, member in members.items()
        if name in KNOWN[cls]
        and name not in known
        and says_something(member)
        and getattr(made, name, member) in (None, ())
    }
    return {**(unread(members, cls, *known) or {}), **left} or None


def may_hold_arguments(value: Any, depth: int = 4) -> bool:
    """Whether what no chunk can be made of may have a chunk inside, and so a piece of a tool call's arguments."""
    if isinstance(value, str):
        return value.lstrip()[:1] in ("{", "[")
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    if isinstance(value, Mapping) and not _OF_CALLS.isdisjoint(value):
        return True
    return bool(inner) and (not depth or any(may_hold_arguments(one, depth - 1) for one in inner))


_OF_CALLS = frozenset({"choices", "delta", "tool_calls", "function_call", "function", "arguments"})


def with_inner(extras: dict[str, Any] | None, members: Mapping[str, Any], *names: str) -> dict[str, Any] | None:
    """Unread members, with those of a function or a custom tool under its name."""
    classes = {name: CustomDelta if name == "custom" else FunctionDelta for name in names}
    inner = {name: unread(members_in(members.get(name)), cls) for name, cls in classes.items()}
    said = {name: rest for name, rest in inner.items() if rest}
    return {**(extras or {}), **said} if said else extras
