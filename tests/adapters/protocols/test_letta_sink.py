"""A turn as Letta's client reads it: held to the client's own types, numbered, and ended once."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from letta_client.types.agents.letta_streaming_response import LettaStreamingResponse
from pydantic import TypeAdapter
from screens.cut_turns import cut_streams, told
from streamfold.adapters.protocols import letta_sink
from streamfold.adapters.protocols.turn import ToolReturn
from streamfold.reducer import Result
from streamfold.reducer.messages import AssistantMessage, Message, ReasoningMessage, RefusalMessage, StopReason
from streamfold.reducer.result import OutputItem, TextPart
from streamfold.reducer.stream_error import read_error
from streamfold.reducer.usage import Usage
from support.law_checks import MESSAGE_ID, channels

READER: TypeAdapter[Any] = TypeAdapter(LettaStreamingResponse)
NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
CONFIG = letta_sink.Config("run-1")
IDS: Any = (MESSAGE_ID, "otid-1", None, None)
SAID = OutputItem("message", parts=(TextPart("Hi"),))
COUNTED = Result((SAID,), outcome="completed", finish_reason="stop", usage=Usage(3, 4, source="reported"))


def read(events: list[dict[str, Any]]) -> list[Any]:
    """What the client makes of the frames, each held to its type; it reads JSON by the standard library."""
    frames = [letta_sink.frame(event, NOON).split(b"data: ", 1)[1] for event in events]
    return [READER.validate_python(json.loads(one)) for one in frames]


@given(cut_streams())
def test_the_client_reads_what_the_messages_say(cut: tuple[list[Message], Result]) -> None:
    messages, result = cut
    events = told(letta_sink, CONFIG, messages, result)
    numbers = [event["seq_id"] for event in events if "seq_id" in event]
    assert numbers == list(range(1, len(numbers) + 1))
    assert [event["message_type"] for event in events].count("stop_reason") == 1
    assert events[-2]["message_type"] == "stop_reason"
    found = read(events)
    said = channels(messages)
    for kind, name, channel in (
        ("assistant_message", "content", "text"),
        ("reasoning_message", "reasoning", "reasoning"),
    ):
        assert "".join(getattr(one, name) for one in found if one.message_type == kind) == said[channel]
    calls = [one.tool_call for one in found if one.message_type in ("tool_call_message", "approval_request_message")]
    for call in said["calls"]:
        joined = "".join(one.arguments or "" for one in calls if one.tool_call_id == call["id"])
        assert joined == call["arguments"]


def test_several_model_calls_are_one_run() -> None:
    state, _ = letta_sink.start(letta_sink.Config("run-1", first=7))
    state, events = letta_sink.step(state, AssistantMessage(*IDS, "Hi"))
    state, more = letta_sink.step(state, ToolReturn("c", {"a": 1}, "denied"))
    state, none = letta_sink.end_step(state, COUNTED)
    assert none == ()
    state, last = letta_sink.close(state, COUNTED)
    hi, returned, stop, usage = read([*events, *more, *last])
    assert [event["seq_id"] for event in (*events, *more)] == [7, 8]
    assert (hi.content, returned.tool_return, returned.status) == ("Hi", '{"a":1}', "error")
    assert (stop.stop_reason, usage.step_count, usage.total_tokens) == ("end_turn", 2, 14)
    assert letta_sink.end_step(state, COUNTED) == (state, ())


@pytest.mark.parametrize(
    "last_result",
    [Result(outcome="cancelled"), Result(outcome="truncated"), Result(outcome="completed", finish_reason="max_steps")],
    ids=["cancelled", "truncated", "max steps"],
)
@pytest.mark.parametrize("before", [0, 1, 2])
def test_a_turn_that_ends_between_two_calls_has_so_many_steps(before: int, last_result: Result) -> None:
    state, _ = letta_sink.start(CONFIG)
    for _ in range(before):
        state, _ = letta_sink.step(state, AssistantMessage(*IDS, "Hi"))
        state, _ = letta_sink.end_step(state, COUNTED)
    state, _ = letta_sink.step(state, ToolReturn("c", "rain"))
    _, last = letta_sink.close(state, last_result)
    assert (last[-1]["step_count"], last[-1]["total_tokens"]) == (before, 7 * before)


def test_a_call_that_said_nothing_is_a_step() -> None:
    for said, result in (((), Result(chunks=2)), ((StopReason(*IDS, "error"),), Result())):
        assert told(letta_sink, CONFIG, said, result)[-1]["step_count"] == 1


def test_what_the_client_has_no_type_for_is_sent_on_request() -> None:
    said = (RefusalMessage(*IDS, "No."), ReasoningMessage(*IDS, "Hm"), StopReason(*IDS, "error"))
    assert [event["message_type"] for event in told(letta_sink, CONFIG, said, COUNTED)][:-2] == ["reasoning_message"]
    shown = told(letta_sink, letta_sink.Config("run-1", own_types=True), said, COUNTED)
    assert [event["message_type"] for event in shown][:-2] == ["refusal_message", "reasoning_message"]


@pytest.mark.parametrize("shows", [True, False])
def test_an_error_is_raised_by_the_client_after_the_stop_reason(shows: bool) -> None:
    failed = Result(outcome="failed", error=read_error({"message": "key sk-1 is wrong"}))
    stop, error = told(letta_sink, letta_sink.Config("run-1", shows_errors=shows), (), failed)
    assert stop["stop_reason"] == "llm_api_error"
    framed = letta_sink.frame(error, NOON)
    assert framed.startswith(b"event: error\ndata: {")
    assert (b"sk-1" in framed) == shows
    assert json.loads(framed.split(b"data: ")[1])["run_id"] == "run-1"


def test_a_message_has_the_date_at_which_it_is_sent() -> None:
    (event, *_) = told(letta_sink, CONFIG, (AssistantMessage(*IDS, "Hi"),), COUNTED)
    assert "date" not in event
    assert json.loads(letta_sink.frame(event, NOON)[6:])["date"] == NOON.isoformat()
