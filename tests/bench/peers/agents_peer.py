"""openai-agents: its handler that turns Chat Completions into Responses events, and its models over the live client.

Responses it passes on as they come.
"""

import time
from collections.abc import Awaitable, Callable
from typing import Any

from agents import ModelSettings, OpenAIChatCompletionsModel, OpenAIResponsesModel
from agents.models.chatcmpl_stream_handler import ChatCmplStreamHandler
from agents.models.interface import ModelTracing
from openai.types.responses import Response
from workloads import Heard, Stream, Wire

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


def _live(client: Any, wire: Wire) -> Callable[[], Awaitable[int]]:
    kind: Any = OpenAIResponsesModel if wire == "responses" else OpenAIChatCompletionsModel
    model = kind("gpt-4.1", openai_client=client)

    async def run() -> int:
        count = 0
        asked = (None, "hi", ModelSettings(), [], None, [], ModelTracing.DISABLED)
        async for _ in model.stream_response(*asked, None, None, None):
            count += 1
        return count

    return run


def _heard(last: Any) -> Heard:
    items = last.response.output
    text = "".join(part.text for item in items if item.type == "message" for part in item.content)
    reasoning = "".join(part.text for item in items if item.type == "reasoning" for part in item.summary)
    return Heard(text, reasoning, tuple(item.arguments for item in items if item.type == "function_call"))


PEERS = (Peer("openai-agents", ("openai-agents",), ("objects",), COMPLETIONS, _run, _heard, live=_live),)
