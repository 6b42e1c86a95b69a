"""The wrapper call `multi_tool_use.parallel`, which GPT models now and then write in place of several calls."""

import json
from collections.abc import Collection, Mapping

from attrs import evolve

from ..reducer.result import ToolCall

__all__ = ["unwrap_parallel"]

_WRAPPER = "multi_tool_use.parallel"


def unwrap_parallel(call: ToolCall, requires_approval_tools: Collection[str] = ()) -> tuple[ToolCall, ...]:
    """The calls that a wrapper call stands for.

    The model was trained on a tool of this name, and sometimes calls it though it was not offered; its arguments are
    `{"tool_uses": [{"recipient_name": "functions.NAME", "parameters": {…}}, …]}`.

    Args:
        call: any call.
        requires_approval_tools: as in the configuration that the call was folded with: which of the calls that it
            stands for need an approval, nothing else tells.

    Returns:
        One call for each use, also of a wrapper within the wrapper, with ids derived from the wrapper's; the call
        itself if it is no complete wrapper, or not one that can be read to the end.
    """
    if call.name != _WRAPPER or not call.complete:
        return (call,)
    try:
        uses = json.loads(call.arguments)["tool_uses"]
        calls = tuple(
            inner
            for position, use in enumerate(uses)
            for inner in unwrap_parallel(_use(call, position, use, requires_approval_tools), requires_approval_tools)
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        return (call,)
    return calls or (call,)


def _use(call: ToolCall, position: int, use: Mapping[str, object], approvals: Collection[str]) -> ToolCall:
    name, parameters = use["recipient_name"], use.get("parameters", {})
    if not isinstance(name, str) or not isinstance(parameters, dict):
        raise TypeError("a use names a tool and gives it an object")
    name = name.removeprefix("functions.")
    if not name:
        raise ValueError("a use names a tool")
    # A number too large for a float was read as infinity, which is no JSON.
    arguments = json.dumps(parameters, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    needs_approval = call.needs_approval or name in approvals
    return evolve(call, id=f"{call.id}_{position}", name=name, arguments=arguments, needs_approval=needs_approval)
