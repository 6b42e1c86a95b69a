"""What is read of the objects in an event, and as what; a member of another type is kept as one that is not read."""

from collections.abc import Mapping
from typing import TypeAlias

from ..shared.extras import NOT_KEPT, says_something
from ..values.json_values import Json

Places: TypeAlias = Mapping[str, type | tuple[type, ...]]
"""The members that are read of an object, by name: the Python types of the JSON that each is read as."""

_LIST = (list, tuple)
_READ_AT_END: Places = {
    "output": _LIST,
    "output_text": str,
    "status": str,
    "error": object,
    "incomplete_details": Mapping,
}
_GOING_ON: Places = {
    **dict.fromkeys(NOT_KEPT["response"], object),
    **dict.fromkeys(("text", "reasoning"), Mapping),  # as settings, which the request has
    "id": str,
    "model": str,
    "usage": Mapping,
}
OF_RESPONSE: Places = {**_GOING_ON, "output": _LIST, **dict.fromkeys(("status", "error"), object)}
"""Of a response that goes on. What is not worth keeping may be of any type."""
AT_END: Places = {**_GOING_ON, **_READ_AT_END}
"""Of a response that ended."""
OF_PART: Places = {"type": object, "text": str, "refusal": str, "annotations": _LIST}


def unread_of(members: Mapping[str, Json], read: Places) -> dict[str, Json]:
    """The members of an object that say something, and that nothing reads, or nothing of their type."""
    return {
        name: of
        for name, of in members.items()
        if not (name in read and isinstance(of, read[name])) and says_something(of)
    }
