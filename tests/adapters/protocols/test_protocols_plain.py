"""A turn as plain JSON: an event an act, nothing null, and enough to put the answer together."""

import json
from typing import Any, get_args

from hypothesis import given
from screens.cut_turns import cut_streams, told
from streamfold.adapters.protocols import plain
from streamfold.adapters.protocols.acts import Act
from streamfold.reducer import Result
from streamfold.reducer.messages import AssistantMessage, Message, ToolCallDelta, ToolCallMessage
from streamfold.reducer.stream_error import read_error
from streamfold.reducer.usage import Usage
from support.law_checks import MESSAGE_ID, channels

CONFIG = plain.Config(MESSAGE_ID)
OVER = ("call_ready", "call_refused")
IDS: Any = (MESSAGE_ID, "otid-1", None, None)


def doubted(result: Result, call_id: str) -> bool:
    return any(call.doubts for call in result.tool_calls if call.id == call_id)


@given(cut_streams())
def test_the_answer_can_be_put_together(cut: tuple[list[Message], Result]) -> None:
    messages, result = cut
    events = json.loads(json.dumps(told(plain, CONFIG, messages, result)))
    assert events[0] == {"type": "turn_begun", "id": MESSAGE_ID}
    assert [event["type"] for event in events].count("turn_over") == 1
    assert events[-1]["type"] == "turn_over"
    assert all(None not in event.values() for event in events)
    said = channels(messages)
    for kind, name in (("text", "text"), ("reasoning", "reasoning"), ("refusal", "refusal")):
        assert (
            "".join(one["delta"] for one in events if one["type"] == "part_grew" and one["kind"] == kind) == said[name]
        )
    grown = [event for event in events if event["type"] == "call_grew"]
    for call in said["calls"]:
        assert "".join(event["delta"] for event in grown if event["id"] == call["id"]) == call["arguments"]


def test_an_event_has_the_fields_of_its_act() -> None:
    result = Result(outcome="completed", finish_reason="stop", model="m", usage=Usage(3, 4, source="reported"))
    call = ToolCallMessage(MESSAGE_ID, "otid-2", None, None, ToolCallDelta("run", "raw", "c"))
    assert told(plain, CONFIG, (AssistantMessage(*IDS, "Hi"), call), result) == [
        {"type": "turn_begun", "id": MESSAGE_ID},
        {"type": "step_begun", "number": 1},
        {"type": "part_opened", "kind": "text", "id": "otid-1"},
        {"type": "part_grew", "kind": "text", "id": "otid-1", "delta": "Hi"},
        {"type": "part_closed", "kind": "text", "id": "otid-1"},
        {"type": "call_opened", "id": "c", "name": "run", "parent": "otid-1"},
        {"type": "call_grew", "id": "c", "delta": "raw"},
        {"type": "call_refused", "id": "c", "name": "run", "arguments": "raw", "reason": "The call is not whole."},
        {"type": "step_over", "number": 1},
        {"type": "turn_over", "reason": "stop", "usage": {"input_tokens": 3, "output_tokens": 4}, "model": "m"},
    ]


def test_every_act_has_a_type_of_its_own() -> None:
    assert set(plain.TYPES) == set(get_args(Act))
    assert len(set(plain.TYPES.values())) == len(plain.TYPES)


def test_the_providers_error_is_masked_unless_it_may_be_shown() -> None:
    failed = Result(outcome="failed", error=read_error({"message": "key sk-1 is wrong"}))
    for shows in (True, False):
        end = told(plain, plain.Config(MESSAGE_ID, shows), (), failed)[-1]
        assert ("sk-1" in end["error"]) == shows


def test_a_frame_is_one_line_of_data() -> None:
    assert plain.frame({"type": "turn_begun"}) == b'data: {"type":"turn_begun"}\n\n'
