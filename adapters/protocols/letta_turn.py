"""What a server tells Letta's client beside a fold's messages: why a turn is over, what tools gave back, usage, errors.

Each is the JSON of one of the client's own types, a new dict; `letta.frame` makes a frame of it.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, TypeAlias

from ...reducer.completions.finish_words import finish_class
from ...reducer.result import Result
from ...reducer.stream_error import StreamError
from ...reducer.usage import Usage
from .letta import StopReasonName
from .turn import MAX_STEPS

__all__ = ["error_message", "numbered", "stop_reason", "tool_return_message", "usage_statistics"]

JsonObject: TypeAlias = dict[str, Any]

_MASK = "The model provider could not answer."


def stop_reason(result: Result) -> StopReasonName:
    """Why a turn is over whose last step came to this, in the client's words.

    A result with tool calls that are to be run is no end of a turn; where one is made of it all the same, it is
    "end_turn".

    Args:
        result: of the turn's last step.

    Returns:
        "cancelled". "insufficient_credits" or "llm_api_error", where the provider said an error; "error" for any other
        failure. "invalid_llm_response" of an answer that broke off, or is empty. "requires_approval" where a call
        waits for one. "max_steps" where the caller says so (`turn.MAX_STEPS`). "max_tokens_exceeded" where a length
        limit cut the answer off. "invalid_tool_call" where a call cannot be run. "end_turn" otherwise.
    """
    if result.outcome == "cancelled":
        return "cancelled"
    if result.outcome == "failed":
        if result.error is None or result.error.raw is None:
            return "error"
        return "insufficient_credits" if result.error.category == "billing" else "llm_api_error"
    if result.outcome == "truncated":
        return "invalid_llm_response"
    if any(call.complete and call.needs_approval for call in result.tool_calls):
        return "requires_approval"
    if result.finish_reason == MAX_STEPS:
        return "max_steps"
    if finish_class(result.finish_reason) == "cut off":
        return "max_tokens_exceeded"
    if not all(call.complete for call in result.tool_calls):
        return "invalid_tool_call"
    return "invalid_llm_response" if result.is_empty else "end_turn"


def usage_statistics(usage: Usage, steps: int = 1, run_ids: Sequence[str] = ()) -> JsonObject:
    """The tokens of a turn; what was not reported is left out, or is 0 where the client has a number in any case.

    Args:
        usage: of one step, or the sum of several.
        steps: how many they were.
        run_ids: the runs that they belong to.
    """
    made, given = usage.output_tokens or 0, usage.input_tokens or 0
    counts = {
        "completion_tokens": made,
        "prompt_tokens": given,
        "total_tokens": made + given if usage.total_tokens is None else usage.total_tokens,
        "step_count": steps,
    }
    reported = {
        "cached_input_tokens": usage.cached_tokens,
        "cache_write_tokens": usage.cache_write_tokens,
        "reasoning_tokens": usage.reasoning_tokens,
    }
    shown: JsonObject = {"message_type": "usage_statistics", **counts}
    shown.update((name, count) for name, count in reported.items() if count is not None)
    return {**shown, "run_ids": list(run_ids)} if run_ids else shown


def tool_return_message(
    tool_call_id: str,
    output: str,
    date: datetime | None,
    *,
    message_id: str,
    status: Literal["success", "error"] = "success",
    otid: str | None = None,
    run_id: str | None = None,
    step_id: str | None = None,
    name: str | None = None,
) -> JsonObject:
    """What a tool gave back.

    Args:
        tool_call_id: the call's id, as its messages had it.
        output: what the tool gave, or why it failed, as text.
        date: when; None where who sends it adds that.
        message_id: this message's own id, not that of the messages of the step that called the tool.
        status: how it went.
        otid: the message's offline threading id, if the server keeps one.
        run_id: the run's id.
        step_id: the step's id.
        name: the tool's name.
    """
    given = {"otid": otid, "run_id": run_id, "step_id": step_id, "name": name}
    returned = {"tool_return": output, "status": status, "tool_call_id": tool_call_id}
    return {
        "message_type": "tool_return_message",
        "id": message_id,
        **{key: value for key, value in given.items() if value is not None},
        **({} if date is None else {"date": date.isoformat()}),
        **returned,
        "tool_returns": [{"type": "tool", **returned}],
    }


def error_message(error: StreamError, run_id: str, *, shown: bool = False) -> JsonObject:
    """That a run failed.

    Args:
        error: `Result.error`.
        run_id: the run's id, which the client demands.
        shown: whether the provider's own text may go to the client: it may name keys, hosts and other customers.
    """
    said: JsonObject = {
        "message_type": "error_message",
        "run_id": run_id,
        "error_type": error.category.replace(" ", "_"),
        "message": error.message if shown else _MASK,
    }
    return {**said, "detail": error.code} if shown and error.code is not None else said


def numbered(shown: Mapping[str, Any], seq_id: int) -> JsonObject:
    """A message's JSON with its number in the run, from which a client asks to go on (`starting_after`).

    Args:
        shown: what `letta.to_json` or a function of this module gave.
        seq_id: the number: the server's own count of what it sent in the run, from 1.
    """
    return {**shown, "seq_id": seq_id}
