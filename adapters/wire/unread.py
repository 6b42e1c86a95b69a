"""The members of a chunk's JSON that no fold reads, at each of its levels."""

from collections.abc import Mapping
from typing import Any

from attrs import fields

from ...reducer.completions.chunk import CallDelta, Choice, Chunk, CustomDelta, Delta, FunctionDelta
from ...reducer.responses.event import Event
from ...reducer.shared.extras import NOT_KEPT, says_something
from .members import Repairs

NO_MEMBERS = frozenset({"repairs", "lost", "extras", "content_parts", "reasoning_source"})
"""Fields of chunks that are not the wire's to say: a member of such a name is one that no fold reads."""

KNOWN: dict[type, frozenset[str]] = {
    cls: frozenset({member.name for member in fields(cls)} - NO_MEMBERS).union(not_kept)
    for cls, not_kept in (
        *((Chunk, NOT_KEPT["chunk"]), (Choice, NOT_KEPT["choice"]), (Delta, NOT_KEPT["delta"])),
        *((CallDelta, NOT_KEPT["call"]), (FunctionDelta, ()), (CustomDelta, ()), (Event, NOT_KEPT["event"])),
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


CALLS_ELSEWHERE = frozenset(
    {
        *("delta", "tool_calls", "tool_call", "tool_use", "toolCalls"),
        *("function_call", "function_calls", "functionCall"),
    }
)
"""Members in which pieces of calls may stand, at the levels of a chunk, a choice and a delta."""


def has_calls_elsewhere(members: Mapping[str, Any], cls: type) -> bool:
    """Whether pieces of calls may stand at a level where they are not read.

    Args:
        members: of that level.
        cls: the class that has those that are read.
    """
    names = CALLS_ELSEWHERE & members.keys() - KNOWN[cls]
    return any(isinstance(members[name], (Mapping, list, str)) and members[name] for name in names)


ELSEWHERE = ("parameters", "input", "args", "params")
"""Where arguments stand in the formats of some models; a server that passes them on means the arguments."""
MAYBE_ELSEWHERE = ("kwargs", "partial_json", "arguments_delta", "delta")
"""Where a piece of them may stand as well, in a form of its own."""


def gives(inner: Any, name: str) -> bool:
    """Whether a function or a custom tool says something in a member: `{}` may hold the place of what it lacks."""
    return isinstance(inner, Mapping) and inner.get(name) not in (None, "", "{}", {})


def look_elsewhere(what: str, members: Mapping[str, Any], more: tuple[str, ...], repairs: Repairs) -> None:
    """Note where what lacks its arguments has other members that may be these."""
    if any(members.get(name) for name in (*ELSEWHERE, *MAYBE_ELSEWHERE, *more)):
        repairs.lose(f"{what} has other members in place of its arguments")


_OF_CALLS = frozenset({"choices", "delta", "tool_calls", "function_call", "function", "arguments"})


def with_inner(
    extras: dict[str, Any] | None, members: Mapping[str, Any], made: Any, *names: str
) -> dict[str, Any] | None:
    """Unread members, with those of a function or a custom tool under its name.

    Args:
        extras: the others.
        members: what has the function.
        made: what was made of that, where something of a function may have been left out.
        names: of the functions and custom tools.
    """
    inner = {name: _of_function(members.get(name), name, getattr(made, name, None)) for name in names}
    said = {name: rest for name, rest in inner.items() if says_something(rest)}
    return {**(extras or {}), **said} if said else extras


def _of_function(function: Any, name: str, made: Any) -> Any:
    if not isinstance(function, Mapping):
        return function
    return (
        unread(function, CustomDelta if name == "custom" else FunctionDelta)
        if made is None
        else unread_or_left(function, made)
    )


def odd_entries(members: Mapping[str, Any], name: str) -> dict[str, Any]:
    """What stands in the place of a list of objects, or in that list, and is no object; under the list's name."""
    entries = members.get(name)
    if not isinstance(entries, list):
        return {name: entries} if says_something(entries) else {}
    odd = [entry for entry in entries if not isinstance(entry, Mapping) and says_something(entry)]
    return {name: odd} if odd else {}
