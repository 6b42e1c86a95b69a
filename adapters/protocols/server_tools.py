"""The tools that the provider runs, as a client has to be told of them: each begins, is somewhere, and is over once."""

from ...reducer.messages import ServerToolMessage
from ...reducer.values.frozen_value import evolve, value
from ...reducer.values.json_values import Json, as_object
from .acts import Act, ServerToolOpened, ServerToolOver, ServerToolProgress

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
        item: the item as it came last.
        is_over: whether it is over for the client.
    """

    id: str
    tool: str
    item: Json = None
    is_over: bool = False


def progress(before: ServerTool | None, said: ServerToolMessage) -> tuple[ServerTool, tuple[Act, ...]]:
    """What a message says of a tool.

    Args:
        before: what was known of it; None at its first message.
        said: the message.
    """
    acts: tuple[Act, ...] = ()
    tool = before
    if tool is None:
        tool = ServerTool(said.item_id or said.otid, said.tool)
        acts = (ServerToolOpened(tool.id, tool.tool),)
    if tool.is_over:
        return tool, acts
    if said.item is not None:
        tool = evolve(tool, item=said.item)
        if said.status in _FINAL:
            tool, last = over(tool)
            return tool, acts + last
    if said.status is not None or said.delta is not None:
        acts += (ServerToolProgress(tool.id, tool.tool, said.status, said.delta),)
    return tool, acts


def over(tool: ServerTool) -> tuple[ServerTool, tuple[Act, ...]]:
    """The end of a tool that is not over, with the item as it came last."""
    return evolve(tool, is_over=True), (ServerToolOver(tool.id, tool.tool, tool.item, _error(tool.item)),)


def _error(item: Json) -> str | None:
    """Why a tool failed; None where it did not."""
    members = as_object(item)
    error = members.get("error")
    if error:
        message = as_object(error).get("message")
        return message if isinstance(message, str) else error if isinstance(error, str) else "The tool failed."
    status = members.get("status")
    if status == _FAILED:
        return "The tool failed."
    return None if status is None or status in _FINAL else _UNFINISHED
