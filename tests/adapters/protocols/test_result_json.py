"""A result as the last line of a replay."""

import json
from typing import Any

import pytest
from streamfold.adapters.json_text import dumps
from streamfold.adapters.protocols.result_json import result_to_json
from streamfold.reducer.diagnostics import Diagnostic
from streamfold.reducer.result import (
    OmittedReasoningPart,
    ReasoningPart,
    RefusalPart,
    Result,
    ServerToolPart,
    SummarizedReasoningPart,
    SummaryPart,
    TextPart,
    ToolCall,
)
from streamfold.reducer.stream_error import StreamError
from streamfold.reducer.usage import Usage
from streamfold.reducer.values.json_values import FrozenObject
from support.adapters.command_runs import RESULT_KEYS
from support.adapters.results import result_of

CONTENT = [
    {"type": "omitted_reasoning"},
    {"type": "reasoning", "is_native": True, "reasoning": "because", "signature": "sig"},
    {
        "type": "summarized_reasoning",
        "id": "rs_1",
        "summary": [{"index": 0, "text": "a"}, {"index": 1, "text": "b"}],
        "encrypted_content": None,
    },
    {"type": "text", "text": "Hi", "annotations": [{"url": "u"}], "phase": "commentary"},
    {"type": "refusal", "refusal": "No."},
    {"type": "server_tool", "item": {"type": "web_search_call"}},
]


def item(kind: str, **said: Any) -> dict[str, Any]:
    return {"kind": kind, "id": "", "done": False, **said}


def test_a_result_is_one_line_with_every_field_in_order() -> None:
    result = result_of(
        content=(
            OmittedReasoningPart(),
            ReasoningPart("because", signature="sig"),
            SummarizedReasoningPart("rs_1", (SummaryPart(0, "a"), SummaryPart(1, "b")), None),
            TextPart("Hi", annotations=(FrozenObject(url="u"),), phase="commentary"),
            RefusalPart("No."),
            ServerToolPart(FrozenObject(type="web_search_call")),
        ),
        tool_calls=(
            ToolCall("call_1", "send", "{}", closed=True, aliases=("other",), extras=FrozenObject(namespace="n")),
        ),
        usage=Usage(1, 2, None, 9, 0, 3, "reported"),
        model="m",
        provider_id="p",
        finish_reason="stop",
        finish_reasons=("stop",),
        outcome="completed",
        chunks=7,
        reasoning_details=(FrozenObject(type="reasoning.text"),),
        extras=FrozenObject(citations=("u",)),
        diagnostics=(Diagnostic("ignored", "an event", 2),),
    )
    assert json.loads(dumps(result_to_json(result))) == {
        "message_type": "result",
        "outcome": "completed",
        "error": None,
        "content": CONTENT,
        "output": [*(item("message", parts=[part]) for part in CONTENT), item("function_call", tool_call_id="call_1")],
        "tool_calls": [
            {
                "id": "call_1",
                "name": "send",
                "arguments": "{}",
                "complete": True,
                "doubts": [],
                "kind": "function",
                "closed": True,
                "aliases": ["other"],
                "extras": {"namespace": "n"},
            }
        ],
        "usage": {
            "input_tokens": 1,
            "output_tokens": 2,
            "cached_tokens": None,
            "cache_write_tokens": 9,
            "reasoning_tokens": 0,
            "total_tokens": 3,
            "source": "reported",
            "raw": None,
        },
        "model": "m",
        "provider_id": "p",
        "finish_reason": "stop",
        "finish_reasons": ["stop"],
        "chunks": 7,
        "reasoning_details": [{"type": "reasoning.text"}],
        "extras": {"citations": ["u"]},
        "diagnostics": [{"kind": "ignored", "detail": "an event", "count": 2}],
    }
    assert list(result_to_json(result)) == RESULT_KEYS


def test_where_parts_came_from_is_said_among_the_items_alone() -> None:
    parts = (ReasoningPart("Hm", member="reasoning"), TextPart("So", is_thoughts=True))
    made = result_to_json(result_of(content=parts, tool_calls=(ToolCall("call_1", "go", "{}", needs_approval=True),)))
    reasoning = {"type": "reasoning", "is_native": True, "reasoning": "Hm"}
    assert made["content"] == [reasoning, {"type": "text", "text": "So"}]
    said = [part for item in made["output"] for part in item.get("parts", ())]
    assert said == [{**reasoning, "member": "reasoning"}, {"type": "text", "text": "So", "is_thoughts": True}]
    assert made["tool_calls"][0]["needs_approval"] is True


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (StreamError("boom"), {"message": "boom"}),
        (
            StreamError("boom", "429", FrozenObject(message="boom", code=429), "rate limit"),
            {"message": "boom", "code": 429, "category": "rate limit"},
        ),
        (StreamError("boom", raw="boom"), {"message": "boom"}),
    ],
    ids=["the driver's", "the provider's object", "the provider's text"],
)
def test_an_error_is_the_providers_own_or_a_message_with_its_category(error: StreamError, said: dict[str, Any]) -> None:
    assert result_to_json(Result(error=error))["error"] == said
