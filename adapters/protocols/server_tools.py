"""The tools that the provider runs, as a client has to be told of them: each begins, is somewhere, and is over once."""

from ...reducer.messages import ServerToolMessage
from ...reducer.values.frozen_value import evolve, value
from ...reducer.values.json_values import Json, as_object
from .acts import Act, ServerToolOver, ServerToolProgress

__all__ = ["ServerTool", "over", "progress"]

_FINAL = frozenset({"completed", "failed", "incomplete", "cancelled"})
_FAILED = "failed"
_UNFINISHED = "The tool did not finish."


@value
class ServerTool:
    """A tool of the provider's.

    Attributes:
        id: its item's id; derived from its run's otid where the provider sent none.
        tool: the kind of item.
        step: in which step it came.
        item: the item as it came last.
        is_over: whether it is over for the client.
    """

    id: str
    tool: str
    step: int = 1
    item: Json = None
    is_over: bool = False


def progress(tool: ServerTool, said: ServerToolMessage) -> tuple[ServerTool, tuple[Act, ...]]:
    """What a message says of a tool that the client knows.

    Args:
        tool: what was known of it.
        said: the message.
    """
    if tool.is_over:
        return tool, ()
    if said.item is not None:
        tool = evolve(tool, item=said.item)
        if said.status in _FINAL:
            return over(tool)
    if said.status is not None or said.delta is not None:
        return tool, (ServerToolProgress(tool.id, tool.tool, said.status, said.delta),)
    return tool, ()


def over(tool: ServerTool) -> tuple[ServerTool, tuple[Act, ...]]:
    """The end of a tool that is not over, with the item as it came last."""
    return evolve(tool, is_over=True), (ServerToolOver(tool.id, tool.tool, tool.item, _error(tool.item)),)


def _error(item: Json) -> str | None:
    """Why a tool failed, or did not finish; None where it did."""
    members = as_object(item)
    error = members.get("error")
    if error:
        message = as_object(error).get("message")
        return message if isinstance(message, str) else error if isinstance(error, str) else "The tool failed."
    status = members.get("status", "completed") if item is not None else None
    return None if status == "completed" else "The tool failed." if status == _FAILED else _UNFINISHED
