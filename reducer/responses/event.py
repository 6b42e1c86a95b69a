"""The events of the Responses API: the chunk that carries one, and the table that says what each is for."""

from typing import Literal, NamedTuple, TypeAlias

from ..values.frozen_value import value
from ..values.json_values import Json


@value(kw_only=True)
class Event:
    """One event of a Responses stream: what the fold reads of it, by the wire's own names.

    Attributes:
        type: "response.output_text.delta", …
        sequence_number: the event's number in the stream, where the provider numbers them.
        output_index: which output item it is about; item_id: likewise.
        content_index: which part of that item; summary_index: which part of its summary; command_index: which command
            of a shell call; annotation_index: which citation of a part.
        delta: a piece of text; a shell call's is an object.
        text: the whole text of a part that is done; refusal, arguments, input: likewise.
        partial_image_b64: an image so far.
        item: a whole output item; part: a whole part of one; response: the whole response.
        code: an error's code; message: its message; error: the same where the provider nests them.
        repairs: what the adapter had to mend to make this chunk, in words.
    """

    type: str
    sequence_number: int | None = None
    output_index: int | None = None
    item_id: str | None = None
    content_index: int | None = None
    summary_index: int | None = None
    command_index: int | None = None
    annotation_index: int | None = None
    delta: Json = None
    text: str | None = None
    refusal: str | None = None
    arguments: str | None = None
    input: str | None = None
    partial_image_b64: str | None = None
    item: Json = None
    part: Json = None
    annotation: Json = None
    response: Json = None
    code: Json = None
    message: str | None = None
    error: Json = None
    repairs: tuple[str, ...] = ()


Effect: TypeAlias = Literal["message", "state", "nothing"]
"""Whether an event can say something, changes the state at most, or is for no one."""

Act: TypeAlias = Literal[
    "delta",  # a piece of a part's text
    "whole",  # that whole text
    "part",  # a whole part
    "item",  # a whole item, begun
    "item done",  # a whole item, done
    "annotation",  # a citation
    "progress",  # a server tool's status
    "piece",  # a piece of what a server tool is given or gives
    "response",  # the response as it stands
    "terminal",  # the response as it ended
    "error",  # the end, in failure
    "none",
]


class Rule(NamedTuple):
    """What an event does.

    Attributes:
        act: see `Act`.
        effect: see `Effect`.
        item: the type of output item that the event is about, where its name tells.
        channel: for text: what it belongs to within the item, or a server tool's member that it is a piece of.
    """

    act: Act
    effect: Effect
    item: str = ""
    channel: str = ""


_NOTHING = Rule("none", "nothing")


def _progress(item: str, *stages: str) -> dict[str, Rule]:
    return {f"response.{item}.{stage}": Rule("progress", "message", item) for stage in stages}


def _pieces(name: str, item: str, channel: str, *stages: str) -> dict[str, Rule]:
    repeated = {f"response.{name}.{stage}": _NOTHING for stage in stages}  # by the item's own end
    return repeated | {f"response.{name}.delta": Rule("piece", "message", item, channel)}


RULES: dict[str, Rule] = {
    "response.created": Rule("response", "state"),
    "response.queued": Rule("response", "state"),
    "response.in_progress": Rule("response", "state"),
    "response.completed": Rule("terminal", "message"),
    "response.incomplete": Rule("terminal", "message"),
    "response.failed": Rule("terminal", "message"),
    "error": Rule("error", "message"),
    "response.output_item.added": Rule("item", "message"),
    "response.output_item.done": Rule("item done", "message"),
    "response.content_part.added": Rule("part", "message"),
    "response.content_part.done": Rule("part", "message"),
    "response.output_text.delta": Rule("delta", "message", "message", "text"),
    "response.output_text.done": Rule("whole", "message", "message", "text"),
    "response.output_text.annotation.added": Rule("annotation", "message", "message", "text"),
    "response.refusal.delta": Rule("delta", "message", "message", "refusal"),
    "response.refusal.done": Rule("whole", "message", "message", "refusal"),
    "response.reasoning_text.delta": Rule("delta", "message", "reasoning", "reasoning"),
    "response.reasoning_text.done": Rule("whole", "message", "reasoning", "reasoning"),
    "response.reasoning_summary_part.added": Rule("part", "message", "reasoning", "summary"),
    "response.reasoning_summary_part.done": Rule("part", "message", "reasoning", "summary"),
    "response.reasoning_summary_text.delta": Rule("delta", "message", "reasoning", "summary"),
    "response.reasoning_summary_text.done": Rule("whole", "message", "reasoning", "summary"),
    "response.function_call_arguments.delta": Rule("delta", "message", "function_call", "arguments"),
    "response.function_call_arguments.done": Rule("whole", "message", "function_call", "arguments"),
    "response.custom_tool_call_input.delta": Rule("delta", "message", "custom_tool_call", "arguments"),
    "response.custom_tool_call_input.done": Rule("whole", "message", "custom_tool_call", "arguments"),
    **_progress("web_search_call", "in_progress", "searching", "completed"),
    **_progress("file_search_call", "in_progress", "searching", "completed"),
    **_progress("code_interpreter_call", "in_progress", "interpreting", "completed"),
    **_progress("image_generation_call", "in_progress", "generating", "partial_image", "completed"),
    **_progress("mcp_call", "in_progress", "completed", "failed"),
    **_progress("mcp_list_tools", "in_progress", "completed", "failed"),
    **_progress("compaction", "compacting"),
    **_pieces("code_interpreter_call_code", "code_interpreter_call", "code", "done"),
    **_pieces("mcp_call_arguments", "mcp_call", "arguments", "done"),
    **_pieces("shell_call_command", "shell_call", "command", "added", "done"),
    **_pieces("shell_call_output_content", "shell_call_output", "output", "done"),
    **_pieces("apply_patch_call_operation_diff", "apply_patch_call", "diff", "done"),
    "response.audio.delta": _NOTHING,
    "response.audio.done": _NOTHING,
    "response.audio.transcript.delta": _NOTHING,
    "response.audio.transcript.done": _NOTHING,
    "keepalive": _NOTHING,
}
"""What each event does, by its type: those of the openai SDK's union, and a few that providers send beside them.

`keepalive` comes from ChatGPT's backend; `apply_patch_call_operation_diff.*` from the API itself, ahead of the SDK.
The fold gives text and tools; it has no place for audio.
"""

UNKNOWN = _NOTHING
"""The rule of an event that is in no table."""
