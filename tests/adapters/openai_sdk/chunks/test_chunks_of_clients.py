"""Streams of the openai client itself, synchronous and asynchronous, and of its helpers: they fold as their bodies."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import openai
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.lib.streaming.chat import ChatCompletionStreamEvent
from openai.types.responses import ResponseStreamEvent
from streamfold.adapters import openai_sdk, wire
from streamfold.reducer import Done, responses
from support.adapters.sdk_objects import AT, STREAMS, WIRES, event, made, result_of
from support.chat_shapes import call, calls, delta, finished, sse, usage


class Body(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    """A body that comes in these pieces; it knows whether it was closed."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self.pieces = list(pieces)
        self.closed = False

    def __iter__(self) -> Iterator[bytes]:
        yield from self.pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            yield piece

    def close(self) -> None:
        self.closed = True

    async def aclose(self) -> None:
        self.closed = True


def transport(body: Body) -> httpx2.MockTransport:
    return httpx2.MockTransport(
        lambda _: httpx2.Response(200, headers={"content-type": "text/event-stream"}, stream=body)
    )


def ask(client: Any, machine: Any) -> Any:
    if machine is responses:
        return client.responses.create(model="m", input="x", stream=True)
    return client.chat.completions.create(model="m", messages=[], stream=True)


def objects(machine: Any, body: Body) -> tuple[list[Any], str]:
    """What `OpenAI` yields, and the error it raises at the end, if any."""
    with openai.OpenAI(api_key="k", http_client=httpx2.Client(transport=transport(body)), max_retries=0) as client:
        return drained(ask(client, machine))


def drained(stream: Iterable[Any]) -> tuple[list[Any], str]:
    came = []
    try:
        for obj in stream:
            came.append(obj)
    except openai.APIError as error:
        return came, error.message
    return came, ""


def objects_async(machine: Any, body: Body) -> tuple[list[Any], str]:
    """What `AsyncOpenAI` yields, likewise."""

    async def ask_and_drain() -> tuple[list[Any], str]:
        came = []
        http = httpx2.AsyncClient(transport=transport(body))
        async with openai.AsyncOpenAI(api_key="k", http_client=http, max_retries=0) as client:
            try:
                async for obj in await ask(client, machine):
                    came.append(obj)
            except openai.APIError as error:
                return came, error.message
        return came, ""

    return asyncio.run(ask_and_drain())


def body_of(path: Path) -> bytes:
    raw = path.read_bytes()
    return raw if path.suffix == ".sse" else b"".join(b"data: " + line + b"\n\n" for line in raw.splitlines())


def check_client(objects: Callable[[Any, Body], tuple[list[Any], str]], path: Path, pieces: Iterable[bytes]) -> None:
    machine, name, _ = WIRES[path.name.split("_")[0]]
    body = Body(pieces)
    came, error = objects(machine, body)
    assert body.closed
    read = [one for one in wire.read(name, [body_of(path)]) if not isinstance(one, Done)]
    if error:  # the client raises what the wire's chunk says, and ends there
        assert getattr(read[len(came)], "error", None)
        read = read[: len(came)]
    assert result_of(machine, map(openai_sdk.chunk, came)) == result_of(machine, read)


@pytest.mark.parametrize("ask", [objects, objects_async])
@pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.stem)
def test_a_client_s_stream_folds_as_its_body(path: Path, ask: Any) -> None:
    raw = body_of(path)
    check_client(ask, path, [raw])
    check_client(ask, path, [raw[at : at + 1] for at in range(len(raw))])


@pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.stem)
@given(data=st.data())
def test_a_client_s_stream_cut_at_random_folds_as_its_body(path: Path, data: st.DataObject) -> None:
    raw = body_of(path)
    places = sorted(data.draw(st.sets(st.integers(1, len(raw) - 1), max_size=20)))
    check_client(objects, path, [raw[a:b] for a, b in zip([0, *places], [*places, len(raw)], strict=True)])


def test_the_helper_of_chat_completions_says_everything_once() -> None:
    """`chat.completions.stream(...)`: the raw chunks are in its `chunk` events, everything else repeats them."""
    frames = [
        delta(role="assistant", content="", refusal=None),
        delta(content="Hel"),
        delta(content="lo", reasoning_content="hm"),
        calls(call(0, "a", "f", '{"x":')),
        calls(call(0, arguments="1}")),
        finished("tool_calls"),
        usage(prompt_tokens=1, completion_tokens=2, total_tokens=3),
    ]
    body = Body([sse(*frames, "[DONE]")])
    with openai.OpenAI(api_key="k", http_client=httpx2.Client(transport=transport(body))) as client:
        with client.chat.completions.stream(model="m", messages=[]) as stream:
            came = [(one.type, openai_sdk.chunk(one)) for one in stream]
    assert {"chunk", "content.delta", "content.done", "tool_calls.function.arguments.done"} <= {
        kind for kind, _ in came
    }
    assert all((said is not None) == (kind == "chunk") for kind, said in came)
    decode = wire.decoder("chat")
    assert [said for _, said in came if said is not None] == [decode(frame) for frame in frames]


def test_every_event_of_that_helper_is_known_to_repeat() -> None:
    for kind in ChatCompletionStreamEvent.__args__:  # type: ignore[attr-defined]
        name = kind.model_fields["type"].annotation.__args__[0]
        if name == "chunk":
            assert openai_sdk.chunk(kind.construct(type=name, chunk=made(delta(content="a")))) == wire.decoder("chat")(
                delta(content="a")
            )
        else:
            assert openai_sdk.chunk(kind.construct(type=name, delta="x", content="x", snapshot="x")) is None
    # The same name from a server is an event like any other.
    foreign = event("content.delta", delta="x")
    assert openai_sdk.chunk(made(foreign, ResponseStreamEvent)) == wire.decoder("responses")(foreign)


def test_the_helper_of_responses_yields_events_that_fold_alike() -> None:
    """`responses.stream(...)`: the same events, with members of the SDK's own making that are not folded."""
    item = {"type": "function_call", "id": "fc", "call_id": "c", "name": "f", "arguments": "", "status": "in_progress"}
    text = {"type": "output_text", "text": "", "annotations": []}
    message = {"type": "message", "id": "i", "role": "assistant", "status": "in_progress", "content": []}
    whole = [
        {**message, "status": "completed", "content": [{**text, "text": '{"n":1}'}]},
        {**item, "arguments": '{"x":1}', "status": "completed"},
    ]
    answer = {"id": "r", "object": "response", "model": "m", "created_at": 1, "status": "in_progress", "output": []}
    numbers = {"input_tokens": 1, "output_tokens": 2, "total_tokens": 3}
    frames = [
        event("response.created", response=answer),
        event("response.output_item.added", output_index=0, item=message),
        event("response.content_part.added", **{**AT, "part": text}),
        event("response.output_text.delta", **{**AT, "delta": '{"n"', "logprobs": []}),
        event("response.output_text.delta", **{**AT, "delta": ":1}", "logprobs": []}),
        event("response.output_text.done", **{**AT, "text": '{"n":1}', "logprobs": []}),
        event("response.output_item.done", output_index=0, item=whole[0]),
        event("response.output_item.added", output_index=1, item=item),
        event("response.function_call_arguments.delta", item_id="fc", output_index=1, delta='{"x":'),
        event("response.function_call_arguments.delta", item_id="fc", output_index=1, delta="1}"),
        event("response.function_call_arguments.done", item_id="fc", output_index=1, arguments='{"x":1}', name="f"),
        event("response.output_item.done", output_index=1, item=whole[1]),
        event("response.completed", response={**answer, "status": "completed", "output": whole, "usage": numbers}),
    ]
    frames = [{**frame, "sequence_number": number} for number, frame in enumerate(frames)]

    class Wanted(pydantic.BaseModel):
        n: int

    body = Body([sse(*frames)])
    with openai.OpenAI(api_key="k", http_client=httpx2.Client(transport=transport(body))) as client:
        with client.responses.stream(model="m", input="x", text_format=Wanted) as stream:
            came = list(stream)
    assert came[3].snapshot == '{"n"'  # type: ignore[union-attr]
    assert came[-1].response.output_parsed == Wanted(n=1)  # type: ignore[union-attr]
    decode = wire.decoder("responses")
    adapted, decoded = [openai_sdk.chunk(one) for one in came], [decode(frame) for frame in frames]
    assert adapted[:-1] == decoded[:-1]
    assert "parsed" not in json.dumps(openai_sdk.as_json(came[-1]))
    assert result_of(responses, adapted) == result_of(responses, decoded)
