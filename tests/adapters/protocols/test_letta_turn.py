"""What a server says beside a fold is what Letta's client reads: held to the client's own types."""

from datetime import UTC, datetime
from typing import Any, get_args

import pytest

pytest.importorskip("letta_client", reason="Letta's client is not installed: the extra `test` has it")

from letta_client.types.agents.letta_streaming_response import (
    LettaErrorMessage,
    LettaStreamingResponse,
    LettaUsageStatistics,
)
from letta_client.types.tool_return_message import ToolReturnMessage
from pydantic import TypeAdapter
from streamfold.adapters.protocols import letta, letta_turn
from streamfold.adapters.protocols.turn import MAX_STEPS
from streamfold.reducer import Cancelled, Ended, Failed, Result, chat, fold
from streamfold.reducer.stream_error import StreamError, read_error
from streamfold.reducer.usage import Usage
from streamfold.reducer.values.frozen_value import evolve
from support.chat_shapes import COUNTS, call, calls, delta, finished, folded, usage
from support.law_checks import MESSAGE_ID

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
READER: TypeAdapter[Any] = TypeAdapter(LettaStreamingResponse)
WHOLE = calls(call(0, "call_a", "rm", "{}"))


def of(*frames: Any, end: Any = None, **options: Any) -> Result:
    return folded(*frames, end=end, **options)[0]


def stopped(result: Result) -> Result:
    """The result of a turn that would have gone on."""
    return evolve(result, finish_reason=MAX_STEPS)


@pytest.mark.parametrize(
    ("result", "reason"),
    [
        (of(delta(content="Hi"), finished()), "end_turn"),
        (of(WHOLE, finished("tool_calls")), "end_turn"),
        (of(delta(refusal="No."), finished()), "end_turn"),
        (of(WHOLE, finished("tool_calls"), requires_approval_tools=["rm"]), "requires_approval"),
        (stopped(of(WHOLE, finished("tool_calls"))), "max_steps"),
        (stopped(of(WHOLE, finished("tool_calls"), requires_approval_tools=["rm"])), "requires_approval"),
        (Result(outcome="completed", finish_reason="max_steps"), "max_steps"),
        (Result(outcome="cancelled", finish_reason="max_steps"), "cancelled"),
        (of(delta(content="Hi"), finished("length")), "max_tokens_exceeded"),
        (of(WHOLE, finished("length")), "max_tokens_exceeded"),
        (of(calls(call(0, "call_a", "rm", "{")), finished("tool_calls")), "invalid_tool_call"),
        (of(finished()), "invalid_llm_response"),
        (of(delta(content="Hi")), "invalid_llm_response"),
        (of(delta(content="Hi"), end=Cancelled()), "cancelled"),
        (of(delta(content="Hi"), end=Failed("boom")), "error"),
        (of({"error": {"message": "overloaded"}}), "llm_api_error"),
        (of({"error": {"message": "insufficient balance"}}), "insufficient_credits"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_why_a_turn_is_over_follows_from_its_last_result(result: Result, reason: str) -> None:
    assert letta_turn.stop_reason(result) == reason
    assert reason in get_args(letta.StopReasonName)


def test_usage_is_what_the_client_reads_and_nothing_that_was_not_reported() -> None:
    reported = of(delta(content="Hi"), finished(), usage(**COUNTS)).usage
    shown = letta_turn.usage_statistics(reported + reported, steps=2, run_ids=["run-1"])
    read = READER.validate_python(shown)
    assert isinstance(read, LettaUsageStatistics)
    assert (read.prompt_tokens, read.completion_tokens, read.total_tokens, read.step_count) == (22, 10, 32, 2)
    assert read.run_ids == ["run-1"]
    unknown = letta_turn.usage_statistics(Usage())
    assert unknown == {
        "message_type": "usage_statistics",
        "completion_tokens": 0,
        "prompt_tokens": 0,
        "total_tokens": 0,
        "step_count": 1,
    }
    part = letta_turn.usage_statistics(Usage(input_tokens=3, output_tokens=4, cached_tokens=0, reasoning_tokens=2))
    assert (part["total_tokens"], part["cached_input_tokens"], part["reasoning_tokens"]) == (7, 0, 2)


@pytest.mark.parametrize("status", ["success", "error"])
def test_a_tool_s_return_is_what_the_client_reads(status: Any) -> None:
    shown = letta_turn.tool_return_message(
        "call_a", "done", NOON, message_id="message-1", status=status, run_id="run-1", name="rm"
    )
    read = READER.validate_python(shown)
    assert isinstance(read, ToolReturnMessage)
    assert (read.tool_call_id, read.tool_return, read.status, read.date) == ("call_a", "done", status, NOON)
    assert read.tool_returns is not None
    assert read.tool_returns[0].tool_call_id == "call_a"
    assert not {"otid", "step_id"} & shown.keys()


def test_an_error_s_text_is_shown_only_where_it_may_be() -> None:
    error = read_error({"message": "key sk-123 is over its limit", "code": "rate_limit_exceeded"})
    read = READER.validate_python(letta_turn.error_message(error, "run-1"))
    assert isinstance(read, LettaErrorMessage)
    assert (read.error_type, read.run_id, read.detail) == ("rate_limit", "run-1", None)
    assert "sk-123" not in read.message
    shown = letta_turn.error_message(error, "run-1", shown=True)
    assert (shown["message"], shown["detail"]) == ("key sk-123 is over its limit", "rate_limit_exceeded")
    assert "detail" not in letta_turn.error_message(StreamError("boom"), "run-1", shown=True)


def test_a_number_in_the_run_goes_beside_everything() -> None:
    config = chat.Config(message_id=MESSAGE_ID, requires_approval_tools=["rm"])
    entry = chat.CallDelta(index=0, id="call_a", function=chat.FunctionDelta(name="rm", arguments="{}"))
    chunk = chat.Chunk(choices=(chat.Choice(delta=chat.Delta(tool_calls=(entry,)), finish_reason="tool_calls"),))
    _, messages = fold(chat, config, [chunk], Ended())
    shown = letta.to_json(messages[0], NOON)
    assert shown is not None
    read = READER.validate_python(letta_turn.numbered(shown, 7))
    assert (read.message_type, read.seq_id, read.tool_call.tool_call_id) == ("approval_request_message", 7, "call_a")
    assert "seq_id" not in shown
