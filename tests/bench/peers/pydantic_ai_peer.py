"""pydantic-ai: the streamed response that its OpenAI models make of the client's stream."""

from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any

from pydantic_ai.direct import model_request_stream
from pydantic_ai.messages import ModelRequest
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.providers.openai import OpenAIProvider
from workloads import Heard, Stream, Wire

from peers import EVERY_WIRE, Peer, Upstream


@cache
def _model(wire: str) -> Any:
    kind: Any = OpenAIResponsesModel if wire == "responses" else OpenAIChatModel
    return kind("gpt-4.1", provider=OpenAIProvider(api_key="none is needed"))


def _run(stream: Stream) -> Callable[[], Any]:
    objects = stream.objects
    # What `request_stream` does once the client has given it a stream; it has no public name.
    process = _model(stream.workload.wire)._process_streamed_response  # noqa: SLF001
    settings: tuple[Any, ...] = ({},) if stream.workload.wire == "responses" else ()

    async def run() -> Any:
        streamed = await process(Upstream(objects), *settings, ModelRequestParameters())
        async for _ in streamed:
            pass
        return streamed

    return run


def _live(client: Any, wire: Wire) -> Callable[[], Awaitable[int]]:
    kind: Any = OpenAIResponsesModel if wire == "responses" else OpenAIChatModel
    model = kind("gpt-4.1", provider=OpenAIProvider(openai_client=client))

    async def run() -> int:
        count = 0
        messages = [ModelRequest.user_text_prompt("hi")]
        async with model_request_stream(model, messages, instrument=False) as streamed:
            async for _ in streamed:
                count += 1
        return count

    return run


def _heard(streamed: Any) -> Heard:
    parts = streamed.get().parts
    said = {kind: "".join(part.content for part in parts if part.part_kind == kind) for kind in ("text", "thinking")}
    return Heard(said["text"], said["thinking"], tuple(part.args for part in parts if part.part_kind == "tool-call"))


PEERS = (Peer("pydantic-ai", ("pydantic-ai-slim",), ("objects",), EVERY_WIRE, _run, _heard, live=_live),)
