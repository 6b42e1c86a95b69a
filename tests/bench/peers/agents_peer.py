"""openai-agents: its handler that turns Chat Completions into Responses events. Responses it passes on as they come."""

import time
from collections.abc import Callable
from typing import Any

from agents.models.chatcmpl_stream_handler import ChatCmplStreamHandler
from openai.types.responses import Response
from workloads import Heard, Stream

from peers import COMPLETIONS, Peer, Upstream


def _run(stream: Stream) -> Callable[[], Any]:
    objects = stream.objects

    async def run() -> Any:
        response = Response(
            id="none",
            created_at=time.time(),
            model="gpt-4.1",
            object="response",
            output=[],
            tool_choice="auto",
            tools=[],
            parallel_tool_calls=False,
        )
        last: Any = None
        async for event in ChatCmplStreamHandler.handle_stream(response, Upstream(objects)):  # type: ignore[arg-type]
            last = event
        return last

    return run


def _heard(last: Any) -> Heard:
    items = last.response.output
    text = "".join(part.text for item in items if item.type == "message" for part in item.content)
    reasoning = "".join(part.text for item in items if item.type == "reasoning" for part in item.summary)
    return Heard(text, reasoning, tuple(item.arguments for item in items if item.type == "function_call"))


PEERS = (Peer("openai-agents", ("openai-agents",), ("objects",), COMPLETIONS, _run, _heard),)
