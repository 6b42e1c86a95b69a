"""Messages as Letta's JSON."""

from typing import Any

import pytest
from streamfold.adapters.protocols import letta
from streamfold.reducer.messages import (
    Message,
    ReasoningMessage,
    ServerToolMessage,
)
from streamfold.reducer.values.json_values import FrozenObject
from support.adapters.letta_messages import (
    ANNOTATION,
    APPROVAL,
    CALL,
    HEAD,
    HIDDEN,
    IDS,
    NOON,
    REASONING,
    REFUSAL,
    SERVER_TOOL,
    TEXT,
    stop,
)


@pytest.mark.parametrize(
    ("message", "payload"),
    [
        (
            REASONING,
            {
                "message_type": "reasoning_message",
                "source": "reasoner_model",
                "reasoning": "Let me think",
                "signature": "sig",
            },
        ),
        (HIDDEN, {"message_type": "hidden_reasoning_message", "state": "omitted"}),
        (TEXT, {"message_type": "assistant_message", "content": "Grüße \u2028 😀"}),
        (
            CALL,
            {
                "message_type": "tool_call_message",
                "tool_call": {"name": "send", "tool_call_id": "call_1"},
                "tool_calls": {"name": "send", "tool_call_id": "call_1"},
            },
        ),
        (
            APPROVAL,
            {
                "message_type": "approval_request_message",
                "tool_call": {"name": "rm", "arguments": '{"a":1}', "tool_call_id": "call_2"},
                "tool_calls": {"name": "rm", "arguments": '{"a":1}', "tool_call_id": "call_2"},
            },
        ),
        (REFUSAL, {"message_type": "refusal_message", "refusal": "No."}),
        (
            SERVER_TOOL,
            {
                "message_type": "server_tool_message",
                "tool": "web_search_call",
                "item_id": "ws_1",
                "status": "searching",
            },
        ),
        (
            ANNOTATION,
            {"message_type": "annotation_message", "annotation": {"url": "https://example.org", "at": (1, 2)}},
        ),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, dict) else "",
)
def test_a_message_is_its_ids_and_its_payload(message: Message, payload: dict[str, Any]) -> None:
    assert letta.to_json(message) == HEAD | payload
    assert letta.to_json(message, NOON) == HEAD | payload | {"date": "2026-11-22T12:00:00+00:00"}


def test_a_stop_reason_is_nothing_but_its_reason() -> None:
    assert letta.to_json(stop("llm_api_error"), NOON) == {"message_type": "stop_reason", "stop_reason": "llm_api_error"}


def test_what_is_none_is_left_out_and_what_is_empty_is_not() -> None:
    message = ReasoningMessage("message-1", "otid-1", None, None, "", "non_reasoner_model")
    assert letta.to_json(message) == {
        "message_type": "reasoning_message",
        "id": "message-1",
        "otid": "otid-1",
        "source": "non_reasoner_model",
        "reasoning": "",
    }


def test_a_server_tools_delta_and_item_go_along() -> None:
    message = ServerToolMessage(
        *IDS, "shell_call", delta=FrozenObject(stdout="x"), item=FrozenObject(type="shell_call")
    )
    said = letta.to_json(message)
    assert said == HEAD | {
        "message_type": "server_tool_message",
        "tool": "shell_call",
        "delta": {"stdout": "x"},
        "item": {"type": "shell_call"},
    }


@pytest.mark.parametrize(("message", "name"), [(CALL, "send"), (APPROVAL, "rm")])
def test_changing_one_of_the_two_tool_calls_does_not_change_the_other(message: Message, name: str) -> None:
    said = letta.to_json(message)
    assert said is not None
    said["tool_call"]["name"] = "changed"
    assert said["tool_calls"]["name"] == name
