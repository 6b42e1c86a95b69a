"""What answers a tool call: its output, a refusal to run it, and the decision about an MCP call."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from ...reducer.result import OutputItem, ServerToolPart, ToolCall
from ...reducer.values.json_values import as_object, as_text
from .turns import JsonObject, copied

Output: TypeAlias = str | Sequence[Mapping[str, Any]]
"""What a tool gave: text, or parts of content (text, images, files), as the API has them."""


def tool_message(call: ToolCall, output: Output) -> JsonObject:
    """The answer to a tool call as a message of Chat Completions, of either kind of tool.

    Args:
        call: of a `ChatTurn`.
        output: what the tool gave, an error in words, or a `denial`.
    """
    return {
        "role": "tool",
        "tool_call_id": call.id,
        "content": copied(output),
    }


def tool_output_item(call: ToolCall, output: Output) -> JsonObject:
    """The answer to a tool call as an item of a Responses request: a `function_call_output`, or a custom tool's.

    Args:
        call: of an `InputTurn`. Where a program made the call (`caller`), the answer says so too.
        output: what the tool gave, an error in words, or a `denial`.
    """
    kind = "custom_tool_call_output" if call.kind == "custom" else "function_call_output"
    item = {"type": kind, "call_id": call.id, "output": copied(output)}
    caller = as_object(call.extras.get("caller"))
    return {**item, "caller": copied(caller)} if caller else item


def denial(reason: str = "") -> str:
    """The output of a call that a person did not allow, so that the model knows, and does not wait.

    An allowed call needs no word: run it, and answer with its output.

    Args:
        reason: the person's words, if any.
    """
    return f"The user did not allow this tool call: {reason}" if reason else "The user did not allow this tool call."


def mcp_approval(
    request: OutputItem | Mapping[str, Any] | str, *, approve: bool, reason: str | None = None
) -> JsonObject:
    """The decision about an MCP call that the provider asked for, as an item of a Responses request.

    Args:
        request: the `mcp_approval_request`: of `InputTurn.waiting`, of `Result.output`, or its id.
        approve: whether the provider may call the tool.
        reason: the person's words, if any.

    Raises:
        ValueError: if the request has no id, or is another kind of item.
    """
    if isinstance(request, OutputItem):
        parts = (part.item for part in request.parts if isinstance(part, ServerToolPart))
        request = as_object(next(parts, None))
    if not isinstance(request, str):
        if request.get("type") != "mcp_approval_request":
            raise ValueError(f"an mcp_approval_request is needed, not {request.get('type')!r}")
        request = as_text(request.get("id"))
    if not request:
        raise ValueError("an approval request without an id cannot be answered")
    item: JsonObject = {"type": "mcp_approval_response", "approval_request_id": request, "approve": approve}
    return item if reason is None else {**item, "reason": reason}
