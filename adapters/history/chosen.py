"""Which tool calls of a result go back."""

from collections.abc import Collection, Mapping

from ...reducer.result import ToolCall
from ..multi_tool_use import unwrap_parallel
from .turns import DOUBTFUL

NOT_CHOSEN = "the caller did not choose it"


def by_id(calls: Collection[ToolCall] | None) -> Mapping[str, ToolCall] | None:
    """The calls that a caller chose, by their ids; None where none were."""
    return None if calls is None else {call.id: call for call in calls}


def going(call: ToolCall, chosen: Mapping[str, ToolCall] | None) -> list[ToolCall]:
    """What goes back of a call: itself, or of a wrapper (`unwrap_parallel`) the chosen calls that it stands for."""
    if chosen is None:
        return [call] if call.complete else []
    if call.id in chosen:
        return [chosen[call.id]]
    return [chosen[inner.id] for inner in unwrap_parallel(call) if inner.id in chosen]


def why_not(call: ToolCall) -> str:
    """Why a call does not go back, in words."""
    return f"{DOUBTFUL}: {call.doubts[0].detail}" if call.doubts else NOT_CHOSEN
