"""The common chunks of the openai SDK are read by attribute, with all that they say besides."""

import json
from typing import Any

import pydantic
import pytest
from openai.types.chat import ChatCompletionChunk
from openai.types.responses import ResponseStreamEvent
from streamfold.adapters import wire
from streamfold.adapters.openai_sdk import chunks as openai_sdk
from support.adapters.sdk_objects import AT, event, made
from support.chat_shapes import call, calls, choice, chunk, delta, finished

OF_A_CHUNK: list[dict[str, Any]] = [
    {"system_fingerprint": "f"},
    {"system_fingerprint": "g"},
    {"service_tier": "default"},
    {"service_tier": "flex"},
    {"provider": "p"},
    {"provider": "q", "system_fingerprint": "f", "service_tier": "flex"},
]


@pytest.mark.parametrize(
    "value",
    [
        delta(role="assistant", content="a"),
        chunk(choice(1, content="a")),
        delta(content=None, reasoning_content="r"),
        delta(content="", reasoning="r", reasoning_details=[{"text": "r"}]),
        delta(reasoning="r", tool_calls=[call(0, "a", "f", "")]),
        calls(call(0, "a", "f", "")),
        calls(call(0, arguments="x")),
        finished("stop"),
        chunk(choice(content="a"), usage={"prompt_tokens": 1}, obfuscation="zz"),
        *[chunk(choice(content="a"), **members) for members in OF_A_CHUNK],
        chunk({**choice(content="a"), "logprobs": {"content": []}}),
        chunk({**choice(content="a"), "native_finish_reason": "STOP"}),
        delta(content="a", audio={"id": "a"}),
        calls(call(0, "a", "f", "", extra=[1])),
        calls({**call(0, "a"), "function": {"name": "f", "arguments": "", "extra": [1]}}),
        calls({**call(0, "a", more=1), "function": {"name": "f", "arguments": "", "extra": [1]}}),
        event("response.output_text.delta", delta="x", logprobs=[], obfuscation="zz", **AT),
        event("response.output_text.delta", delta="x", logprobs=[{"token": "x"}], **AT),
        event("response.output_text.delta", delta="x", extra=[1], **AT),
        event("response.function_call_arguments.delta", delta="x", item_id="i", output_index=0, sequence_number=1),
        event("response.reasoning_summary_text.delta", delta="x", summary_index=0, item_id="i", output_index=0),
    ],
    ids=lambda value: json.dumps(value)[-60:],
)
def test_the_common_deltas_are_read_directly(value: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    obj = made(value, ResponseStreamEvent if "type" in value else ChatCompletionChunk)
    expected = wire.decoder("responses" if "type" in value else "chat")(value)
    monkeypatch.delattr(openai_sdk, "tolerant")
    assert openai_sdk.chunk(obj) == expected


def test_each_chunk_has_its_own_unread_members() -> None:
    """Those of one that says the same as the one before it are made once."""
    values = [chunk(choice(content="a"), **members) for members in ({}, *OF_A_CHUNK, *reversed(OF_A_CHUNK), {})]
    for value in values:
        assert openai_sdk.chunk(made(value)) == wire.decoder("chat")(value)
    declaring = pydantic.create_model("Declaring", __base__=ChatCompletionChunk, provider=(Any, None))
    for provider in ("p", "q", None):
        value = chunk(choice(content="a"), provider=provider)
        assert openai_sdk.chunk(made(value, declaring)) == wire.decoder("chat")(value)
    padded = [chunk(choice(content="a"), system_fingerprint="f", obfuscation=padding) for padding in ("x", "yy")]
    first, second = (openai_sdk.chunk(made(value)) for value in padded)
    assert first.extras is second.extras  # type: ignore[union-attr]
    assert first.extras == {"system_fingerprint": "f"}  # type: ignore[union-attr]
