"""What becomes of a result in a history: the turn, the calls in it that wait for an answer, and what is not in it."""

from typing import Any, TypeAlias

from attrs import frozen

from ...reducer.result import OutputItem, ToolCall
from ...reducer.values.json_values import Json

JsonObject: TypeAlias = dict[str, Any]
"""A JSON object of a request."""

DOUBTFUL = "the call is not complete"
UNFINISHED = "it was not finished"
EMPTY = "it says nothing"
REPEATED = "its id came before"
"""Why items are left out of either API's turns."""


@frozen
class LeftOut:
    """An item of the answer that does not go back.

    Attributes:
        item: the item.
        reason: why not, in words.
    """

    item: OutputItem
    reason: str


@frozen
class ChatTurn:
    """The model's turn in a history of Chat Completions.

    Attributes:
        message: the assistant message; None where nothing of the answer can go back.
        calls: the tool calls in it, in order. Each needs a `tool_message` before the next request.
        left_out: what is not in it.
    """

    message: JsonObject | None
    calls: tuple[ToolCall, ...] = ()
    left_out: tuple[LeftOut, ...] = ()

    @property
    def messages(self) -> list[JsonObject]:
        """The message as a list of one, or of none, for `messages += turn.messages`."""
        return [] if self.message is None else [self.message]


@frozen
class InputTurn:
    """The model's turn in the input of a Responses request.

    Attributes:
        items: the items, for `input += turn.items`.
        calls: the tool calls in it, in order. Each needs a `tool_output_item` before the next request.
        waiting: the other items in it that the caller has to answer: MCP approval requests (`mcp_approval`), and calls
            of the API's own tools that run at the caller's (a computer, a shell, patches, a search for tools).
        left_out: what is not in it.
    """

    items: list[JsonObject]
    calls: tuple[ToolCall, ...] = ()
    waiting: tuple[JsonObject, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


def copied(value: Json) -> Any:
    """A JSON value of its own that can be sent: dicts and lists, whatever it was frozen as.

    A request is UTF-8, which has no half of a surrogate pair; clients raise for one. Halves that belong together become
    their character, and one that stays alone U+FFFD.
    """
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, dict):
        return {copied(name): copied(member) for name, member in value.items()}
    return [copied(entry) for entry in value] if isinstance(value, (list, tuple)) else value
