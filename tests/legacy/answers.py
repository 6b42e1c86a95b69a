"""What one of the three streaming interfaces makes of a recorded stream, as JSON; whoever's class it is."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openai
from streamfold import chat, fold_bytes, responses
from streamfold.adapters.testing.transport import library

MESSAGE_ID = "message-11111111-2222-4333-8444-5555555555d5"
COUNTS = ("input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens")
CLASSES = {
    "chat": "SimpleOpenAIStreamingInterface",
    "inner_thoughts": "OpenAIStreamingInterface",
    "responses": "SimpleOpenAIResponsesStreamingInterface",
}
"""By the wire: the interface."""

Json = dict[str, Any]


def interface_of(recording: Path) -> str:
    """Which interface reads a recorded stream."""
    kind = recording.name.partition("_")[0]
    return "inner_thoughts" if kind == "inner" else kind


def body_of(recording: Path) -> bytes:
    """A recorded stream as the body of an answer: chunks that stand one a line become frames."""
    body = recording.read_bytes()
    if recording.suffix != ".jsonl":
        return body
    frames = [b"data: " + line for line in body.splitlines() if line.strip()]
    return b"\n\n".join([*frames, b"data: [DONE]", b""])


def configs_of(recording: Path) -> list[Json]:
    """The configurations that it is read under: those that make a difference for its wire, and with approvals."""
    machine: Any = responses if interface_of(recording) == "responses" else chat
    state, _ = fold_bytes(machine, machine.Config(message_id=MESSAGE_ID), [body_of(recording)])
    result = machine.result(state)
    names = [call.name for call in result.tool_calls]
    approvals = [{"requires_approval_tools": names}] if names else []
    match interface_of(recording):
        case "chat":
            asked_for = {"model": result.model or "gpt-4.1"}
            return [asked_for, *(asked_for | approval for approval in approvals)]
        case "inner_thoughts":
            return [{}, {"use_assistant_message": True}, {"put_inner_thoughts_in_kwarg": False}, *approvals]
    return [{}, *approvals]


def answer(interface: Any, wire: str, body: bytes, dumped: Callable[[Any], Any]) -> Json:
    """What an interface makes of a stream that the real openai client reads.

    Args:
        interface: one of the three, new.
        wire: which of them.
        body: the stream.
        dumped: makes JSON of the interface's objects.
    """
    messages: list[Any] = []

    async def drain() -> None:
        http: Any = library(openai)
        headers = {"content-type": "text/event-stream"}
        transport = http.MockTransport(lambda _: http.Response(200, headers=headers, content=body))
        options: Any = {"api_key": "none", "base_url": "http://provider.invalid", "max_retries": 0}
        async with openai.AsyncOpenAI(**options, http_client=http.AsyncClient(transport=transport)) as client:
            asked: Any = {"model": "m", "stream": True}
            if wire == "responses":
                stream: Any = await client.responses.create(**asked, input="Hi")
            else:
                stream = await client.chat.completions.create(**asked, messages=[])
            async for message in interface.process(stream):
                messages.append(dumped(message))

    raised = None
    try:
        asyncio.run(drain())
    except Exception as error:
        raised = f"{type(error).__name__}: {error}"[:200]
    statistics = dumped(interface.get_usage_statistics())
    statistics.pop("cache_write_tokens", None)  # which the legacy one never has
    content = interface.get_reasoning_content if wire == "inner_thoughts" else interface.get_content
    calls = _first(interface) if wire == "inner_thoughts" else interface.get_tool_call_objects()
    return {
        "messages": messages,
        "content": _attempt(lambda: [dumped(part) for part in content()]),
        "tool_calls": [dumped(call) for call in calls],
        "usage": {name: getattr(interface, name, None) for name in COUNTS},
        "statistics": statistics,
        "model": interface.model,
        "provider_id": interface.message_id,
        "raised": raised,
    }


def _first(interface: Any) -> list[Any]:
    try:
        return [interface.get_tool_call_object()]
    except ValueError:  # there is none
        return []


def _attempt(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except Exception as error:  # the legacy one raises on some answers
        return {"raised": f"{type(error).__name__}: {error}"[:200]}
