"""What each event of the Responses API is for: from its type to a rule, and from the rule to the function."""

from ..values.json_values import Json
from . import acts
from .acts import Rule
from .reconcile.failures import has_ended


def _progress(item: str, *stages: str) -> dict[str, Rule]:
    return {f"response.{item}.{stage}": Rule(acts.progress, item) for stage in stages}


def _pieces(name: str, item: str, channel: str, *stages: str) -> dict[str, Rule]:
    repeated = {f"response.{name}.{stage}": Rule(acts.nothing) for stage in stages}  # by the item's own end
    if channel in ("code", "arguments"):
        repeated[f"response.{name}.done"] = Rule(acts.whole_piece, item, channel)
    return repeated | {f"response.{name}.delta": Rule(acts.piece, item, channel)}


def _arguments(item: str, *names: str) -> dict[str, Rule]:
    """The names that gateways have for the events of a call's arguments."""
    acts_of = {"delta": acts.arguments, "done": acts.whole_arguments}
    return {
        f"response.{name}.{stage}": Rule(act, item, "arguments") for name in names for stage, act in acts_of.items()
    }


def _texts(*names: str) -> dict[str, Rule]:
    """The names that gateways have for the events of a message's text; an end that the API has as well is the API's."""
    deltas = {f"response.{name}.delta": Rule(acts.delta, "message", "text") for name in names}
    return deltas | {"response.text.done": Rule(acts.whole, "message", "text")}


RULES: dict[str, Rule] = {
    "response.created": Rule(acts.response),
    "response.queued": Rule(acts.response),
    "response.in_progress": Rule(acts.response),
    "response.completed": Rule(acts.terminal),
    "response.incomplete": Rule(acts.terminal),
    "response.failed": Rule(acts.terminal),
    "response.cancelled": Rule(acts.terminal),
    "response.canceled": Rule(acts.terminal),
    "response.done": Rule(acts.terminal),
    "error": Rule(acts.error),
    "response.error": Rule(acts.error),
    "response.output_item.added": Rule(acts.begin_item),
    "response.output_item.done": Rule(acts.end_item),
    "response.content_part.added": Rule(acts.part),
    "response.content_part.done": Rule(acts.part),
    "response.output_text.delta": Rule(acts.delta, "message", "text"),
    "response.output_text.done": Rule(acts.whole, "message", "text"),
    **_texts("text", "content_part"),
    "response.output_text.annotation.added": Rule(acts.annotation, "message", "text"),
    "response.output_text_annotation.added": Rule(acts.annotation, "message", "text"),
    "response.refusal.delta": Rule(acts.delta, "message", "refusal"),
    "response.refusal.done": Rule(acts.whole, "message", "refusal"),
    "response.reasoning_text.delta": Rule(acts.delta, "reasoning", "reasoning"),
    "response.reasoning_text.done": Rule(acts.whole, "reasoning", "reasoning"),
    "response.reasoning.delta": Rule(acts.delta, "reasoning", "reasoning"),
    "response.reasoning.done": Rule(acts.whole, "reasoning", "reasoning"),
    "response.reasoning_part.added": Rule(acts.part, "reasoning", "reasoning"),
    "response.reasoning_part.done": Rule(acts.part, "reasoning", "reasoning"),
    "response.reasoning_summary_part.added": Rule(acts.part, "reasoning", "summary"),
    "response.reasoning_summary_part.done": Rule(acts.part, "reasoning", "summary"),
    "response.reasoning_summary_text.delta": Rule(acts.delta, "reasoning", "summary"),
    "response.reasoning_summary_text.done": Rule(acts.whole, "reasoning", "summary"),
    "response.reasoning_summary.delta": Rule(acts.delta, "reasoning", "summary"),  # the first name of these
    "response.reasoning_summary.done": Rule(acts.whole, "reasoning", "summary"),
    "response.function_call_arguments.delta": Rule(acts.arguments, "function_call", "arguments"),
    "response.function_call_arguments.done": Rule(acts.whole_arguments, "function_call", "arguments"),
    "response.custom_tool_call_input.delta": Rule(acts.arguments, "custom_tool_call", "arguments"),
    "response.custom_tool_call_input.done": Rule(acts.whole_arguments, "custom_tool_call", "arguments"),
    **_arguments("function_call", "function_call.arguments", "tool_call_arguments", "tool_call.arguments"),
    **_arguments("custom_tool_call", "custom_tool_call.input"),
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
    "response.audio.delta": Rule(acts.unsupported),
    "response.audio.done": Rule(acts.unsupported),
    "response.audio.transcript.delta": Rule(acts.unsupported),
    "response.audio.transcript.done": Rule(acts.unsupported),
    "keepalive": Rule(acts.nothing),
}
"""What each event does, by its type: those of the openai SDK's union, and a few that providers send beside them.

`keepalive` comes from ChatGPT's backend; `apply_patch_call_operation_diff.*` from the API itself, ahead of the SDK.
`response.output_text_annotation.added` is a citation's name in some versions of the SDK.
`response.done`, `response.cancelled`, `response.canceled` and `response.error` come from gateways and from the API's
realtime and background modes; `response.reasoning.*` from an older API, `response.reasoning_part.*` from vLLM; from
gateways the other names of arguments and of text, which say as plainly what comes.
The fold gives text and tools; it has no place for audio.
"""

UNKNOWN = Rule(acts.unknown)
"""The rule of an event that is in no table."""
_ENDED = Rule(acts.terminal)


def rule_of(kind: str, response: Json = None, about_item: bool = False) -> Rule:
    """The rule of an event; one of no known name ends its response if that has a final status.

    Args:
        kind: its type.
        response: its response, if it has one.
        about_item: whether it says which item it is about.
    """
    rule = RULES.get(kind)
    if rule is None:
        return _ENDED if response and not about_item and has_ended(response) else UNKNOWN
    return rule
