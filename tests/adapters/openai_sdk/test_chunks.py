"""Objects of the openai SDK, by its own types and through its own clients: what they come to is what the wire says."""

import asyncio
import hashlib
import json
import subprocess
import sys
import types
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import openai
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai._models import construct_type
from openai.lib.streaming.chat import ChatCompletionStreamEvent
from openai.types.chat import ChatCompletionChunk, ChatCompletionMessage
from openai.types.responses import ResponseStreamEvent
from streamfold.adapters import wire
from streamfold.adapters.openai_sdk import chunks as openai_sdk
from streamfold.reducer import Done, Undecodable, chat, fold, inner_thoughts, responses
from streamfold.reducer.completions.chunk import Chunk
from streamfold.reducer.responses.table import RULES
from support.chat_shapes import call, calls, choice, chunk, custom, delta, finished, sse, usage
from support.json_texts import json_values
from support.law_checks import MESSAGE_ID

RECORDINGS = ("chat__", "responses__", "inner__")
STREAMS = sorted(
    path for path in (Path(__file__).parents[2] / "streams").iterdir() if path.suffix in (".sse", ".jsonl")
)
WIRES: dict[str, tuple[Any, str, Any]] = {
    "chat": (chat, "chat", ChatCompletionChunk),
    "inner": (inner_thoughts, "inner-thoughts", ChatCompletionChunk),
    "responses": (responses, "responses", ResponseStreamEvent),
}
AT = {"item_id": "i", "output_index": 0, "content_index": 0, "sequence_number": 7}


def made(value: Any, kind: Any = ChatCompletionChunk) -> Any:
    """The object that the SDK's streams make of decoded JSON."""
    return construct_type(type_=kind, value=json.loads(json.dumps(value)))


def event(kind: str, **members: Any) -> dict[str, Any]:
    return {"type": kind, **members}


def result_of(machine: Any, chunks: Iterable[Any]) -> tuple[Any, Any]:
    state, messages = fold(machine, machine.Config(message_id=MESSAGE_ID), chunks)
    return machine.result(state), messages


def check_stream(path: Path) -> None:
    machine, name, kind = WIRES[path.name.split("_")[0]]
    decode = wire.decoder(name)
    decoded, adapted = [], []
    for frame in wire.frames([path.read_bytes()]):
        if frame.data.strip() != b"[DONE]":
            value = json.loads(frame.data)
            decoded.append(decode(value))
            adapted.append(openai_sdk.chunk(made(value, kind)))
            assert adapted[-1] == decoded[-1]
    assert decoded
    assert result_of(machine, adapted) == result_of(machine, decoded)


@pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.stem)
def test_every_object_of_our_streams_is_the_chunk_of_its_json(path: Path) -> None:
    check_stream(path)


def test_every_object_of_a_recorded_stream_is_the_chunk_of_its_json(recording: Path) -> None:
    check_stream(recording)


ODD_COMPLETIONS: list[Any] = [
    {},
    {"id": "x"},
    {"object": "error", "message": "vLLM's"},
    {"object": "error", "choices": [choice(content="a")]},
    {"type": "response.created", "response": {"id": "r"}},
    {"object": "list", "data": []},
    chunk(),
    {"choices": None},
    {"choices": {"index": 0}},
    chunk(5, None, "x"),  # type: ignore[arg-type]
    chunk(choice(content="a"), choice(1, content="b")),
    chunk(choice(content="a"), id=5),
    chunk(choice(content="a"), model=["m"]),
    chunk(choice(content="a"), model=None, id=None),
    chunk(choice("1", content="a")),  # type: ignore[arg-type]
    chunk(choice(None, content="a")),  # type: ignore[arg-type]
    chunk(choice(finish_reason=5)),  # type: ignore[arg-type]
    chunk(choice(content="a"), usage={"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3, "cost": 0.5}),
    chunk(choice(content="a"), x_groq={"usage": {"prompt_tokens": 1}}, citations=["u"]),
    chunk(choice(content="a"), error={"message": "boom"}),
    chunk(choice(content="a"), prompt_filter_results=[{"prompt_index": 0}], provider="p"),
    chunk({**choice(content="a"), "content_filter_results": {"hate": {"filtered": False}}, "native": 1}),
    chunk({"index": 0, "delta": None, "message": {"content": "whole"}}),
    chunk({"index": 0, "delta": [{"content": "x"}]}),
    chunk({"index": 0}),
    delta(role="assistant", content=""),
    delta(content=[{"type": "thinking", "thinking": [{"text": "hm"}]}, {"type": "text", "text": "a"}]),
    delta(content={"type": "text", "text": "a"}),
    delta(content=5, refusal=6),
    delta(refusal="no"),
    delta(content="", reasoning_content="r"),
    delta(reasoning="r", reasoning_details=[{"type": "reasoning.text", "text": "r", "index": 0}]),
    delta(reasoning_text="r", reasoning_content=None, obfuscation="x"),
    delta(reasoning=["r"]),
    delta(annotations=[{"type": "url_citation"}], executed_tools=[{"index": 0}]),
    delta(function_call={"name": "f", "arguments": "{"}),
    delta(audio={"id": "a", "data": "AA"}),
    calls(call(0, "a", "f", "")),
    calls(call(0, arguments="x"), call(1, arguments="y")),
    calls(call(0, arguments={"a": [1, {"b": None}]})),
    calls(call(0, "a", "f", "", extra_content={"google": {"thought_signature": "s"}})),
    calls(call(0, "a", "f", "", other=1)),
    calls(call(None, "a", "f", "")),
    calls(call([0], "a", "f", "")),  # type: ignore[arg-type]
    calls(call(0, "a")),
    calls({"index": 0, "id": 5, "type": 6, "function": "f"}),
    calls({"index": 0, "function": "f"}),
    calls({"index": 0, "function": {"name": 5, "arguments": "x"}}),
    calls(5, None),
    calls(custom(0, "a", "sh", "ls")),
    delta(tool_calls=[]),
    delta(tool_calls={"index": 0, "function": {"name": "f"}}),
    finished("tool_calls"),
    finished("eos"),
    usage(prompt_tokens=1, completion_tokens=2, prompt_tokens_details={"cached_tokens": 1, "odd": [1]}),
    usage(),
]
ODD_EVENTS: list[Any] = [
    {},
    {"delta": "x"},
    {"error": {"message": "boom"}},
    {"choices": []},
    event(""),
    event("response.new_thing.delta", delta="x", item={"type": "new", "deep": [{"a": None}]}, **AT),
    event("keepalive", sequence_number=1),
    event("error", code="c", message="m", param=None, sequence_number=1),
    event("response.output_text.delta", delta="x", logprobs=[], obfuscation="zz", **AT),
    event("response.output_text.delta", delta="x"),
    event("response.output_text.delta", delta={"a": 1}, **AT),
    event("response.output_text.delta", delta="x", **{**AT, "sequence_number": [1]}),
    event("response.output_text.delta", delta="x", **{**AT, "output_index": {}}),
    event("response.output_text.delta", delta="x", **{**AT, "content_index": {}}),
    event("response.output_text.delta", delta="x", **{**AT, "item_id": []}),
    event("response.output_text.delta", delta="x", text="extra", **AT),
    event("response.reasoning_summary_text.delta", delta="x", summary_index=0, item_id="i", output_index=0),
    event("response.reasoning_summary_text.delta", delta="x", summary_index=[], item_id="i", output_index=0),
    event("response.output_item.added", output_index=0, item={"type": "function_call", "arguments": {"a": 1}}),
    event("response.output_item.added", output_index=0, item={"type": "unheard_of", "id": "u", "status": 5}),
    event("response.output_item.added", output_index=0, item=None),
    event("response.output_item.done", output_index=0, item="text"),
    event("response.content_part.added", part={"type": "new_part", "text": 5, "schema": {"a": 1}}, **AT),
    event("response.completed", response={"id": "r", "output": [{"type": "message", "content": [{"type": "?"}]}]}),
    event("response.completed", response={"text": {"format": {"type": "json_schema", "schema": {"a": 1}}}}),
    event("response.failed", response={"status": "failed", "error": {"code": "?", "message": "m"}}),
    event("response.output_text.annotation.added", annotation={"type": "?", "url": "u"}, annotation_index=0, **AT),
    event("response.shell_call_command.delta", delta="ls", command_index=0, output_index=0),
    event("response.image_generation_call.partial_image", partial_image_b64="AA", partial_image_index=0, **AT),
]


@pytest.mark.parametrize("value", ODD_COMPLETIONS, ids=lambda value: json.dumps(value)[-60:])
def test_odd_completion_chunks(value: Any) -> None:
    assert openai_sdk.chunk(made(value)) == wire.decoder("chat")(value)


@pytest.mark.parametrize("value", ODD_EVENTS, ids=lambda value: json.dumps(value)[:60])
def test_odd_events(value: Any) -> None:
    assert openai_sdk.chunk(made(value, ResponseStreamEvent)) == wire.decoder("responses")(value)


@pytest.mark.parametrize(
    "value",
    [
        delta(role="assistant", content="a"),
        delta(content=None, reasoning_content="r"),
        delta(content="", reasoning="r", reasoning_details=[{"text": "r"}]),
        calls(call(0, "a", "f", "")),
        calls(call(0, arguments="x")),
        finished("stop"),
        event("response.output_text.delta", delta="x", logprobs=[], obfuscation="zz", **AT),
        event("response.function_call_arguments.delta", delta="x", item_id="i", output_index=0, sequence_number=1),
        event("response.reasoning_summary_text.delta", delta="x", summary_index=0, item_id="i", output_index=0),
    ],
    ids=lambda value: json.dumps(value)[-60:],
)
def test_the_common_deltas_are_read_directly(value: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    obj = made(value, ResponseStreamEvent if "type" in value else ChatCompletionChunk)
    expected = wire.decoder("responses" if "type" in value else "chat")(value)
    monkeypatch.delattr(openai_sdk, "as_json")
    monkeypatch.delattr(openai_sdk, "tolerant")
    assert openai_sdk.chunk(obj) == expected


@pytest.mark.parametrize("kind", sorted(RULES))
def test_every_event_of_the_table(kind: str) -> None:
    for value in (
        event(kind, delta="x", **AT),
        event(kind, text="a", refusal="b", arguments="{}", input="i", code="c", message="m", error={"a": 1}, **AT),
        event(kind, item={"type": "message"}, part={"type": "output_text"}, response={"output": []}, annotation={}),
    ):
        assert openai_sdk.chunk(made(value, ResponseStreamEvent)) == wire.decoder("responses")(value)


# Not what pydantic would make a number or text of; see `test_where_the_sdk_has_changed_the_json`.
uncoerced = json_values.filter(lambda value: not isinstance(value, (bool, str)))


@given(st.data())
def test_any_json_in_any_place(data: st.DataObject) -> None:
    members = {name: data.draw(json_values) for name in ("reasoning_content", "reasoning_details", "annotations")}
    members |= {"content": data.draw(json_values), "refusal": data.draw(json_values)}
    entry = {"index": data.draw(uncoerced), "extra_content": data.draw(json_values), "id": data.draw(json_values)}
    value = chunk(
        {"index": data.draw(json_values), "delta": {**members, "tool_calls": [entry]}},
        x_groq=data.draw(json_values),
        error=data.draw(json_values),
    )
    assert openai_sdk.chunk(made(value)) == wire.decoder("chat")(json.loads(json.dumps(value)))
    value = event("response.a_new_one", **{name: data.draw(json_values) for name in ("item", "delta", "output_index")})
    assert openai_sdk.chunk(made(value, ResponseStreamEvent)) == wire.decoder("responses")(
        json.loads(json.dumps(value))
    )


def test_where_the_sdk_has_changed_the_json() -> None:
    """The differences that the module's docstring names: they are in the object already."""
    counts = {"prompt_tokens": "5", "completion_tokens": 2, "total_tokens": 7}
    adapted = openai_sdk.chunk(made(usage(**counts)))
    assert isinstance(adapted, Chunk)
    assert adapted.usage == {**counts, "prompt_tokens": 5}
    entry = call("0", "a", "f", "")  # type: ignore[arg-type]
    (validated,) = openai_sdk.chunk(made(calls(entry))).choices  # type: ignore[union-attr,misc]
    assert validated.delta.tool_calls[0].index == 0
    late = event("response.output_text.delta", delta="x", logprobs=[], **{**AT, "output_index": "0"})
    plain = openai_sdk.chunk(made(late, ResponseStreamEvent))
    noted = wire.decoder("responses")(late)
    assert (plain.output_index, noted.output_index) == (0, 0)  # type: ignore[union-attr]
    assert (plain.repairs, len(noted.repairs)) == ((), 1)  # type: ignore[union-attr]
    assert openai_sdk.chunk(made([1], ResponseStreamEvent)) == Undecodable("list, not an object of the openai SDK")


@pytest.mark.parametrize("value", [None, 5, "x", [], {"choices": []}, object(), ChatCompletionChunk, pydantic])
def test_what_is_no_object_of_the_sdk_is_undecodable(value: Any) -> None:
    found = openai_sdk.chunk(value)
    assert isinstance(found, Undecodable)
    assert found.reason == f"{type(value).__name__}, not an object of the openai SDK"


def test_what_is_nested_too_deeply_is_undecodable() -> None:
    deep: Any = {}
    for _ in range(5000):
        deep = [deep]
    for members in ({"usage": deep}, {"x_groq": deep}):
        obj = ChatCompletionChunk.model_construct(
            **{**chunk(), "choices": made(delta(content="a")).choices, "usage": None, **members}
        )
        assert openai_sdk.chunk(obj) == Undecodable("ChatCompletionChunk, nested too deeply")


def test_objects_of_compatible_libraries() -> None:
    """A class that declares what providers add is read just as well, and so is one of no pydantic at all."""

    class Declared(pydantic.BaseModel):
        content: str | None = None
        refusal: str | None = None
        function_call: Any = None
        tool_calls: Any = None
        reasoning_content: str | None = None

    class Slot(pydantic.BaseModel):
        index: int
        delta: Declared
        finish_reason: str | None = None

    class Whole(pydantic.BaseModel):
        id: str
        model: str
        object: str = "chat.completion.chunk"
        usage: Any = None
        choices: list[Slot]

    class Plain:
        def __init__(self, value: Any) -> None:
            self.choices: Any = ()
            self.value = value

        def to_dict(self) -> Any:
            return self.value

    value = {"id": "x", "model": "m", "choices": [{"index": 0, "delta": {"reasoning_content": "r"}}]}
    for obj in (Whole.model_validate(value), Plain(value), Plain(made(value))):
        assert openai_sdk.chunk(obj) == wire.decoder("chat")(value)


# --- the SDK's own clients -------------------------------------------------------------------------------------------


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


def test_neither_the_sdk_nor_tiktoken_is_imported() -> None:
    code = (
        "import sys; from streamfold.adapters.openai_sdk import chunks as openai_sdk;"
        "from streamfold.reducer import chat;"
        "openai_sdk.chunk(object());"
        f"openai_sdk.config_for(chat.Config, {{'model': 'm'}}, message_id={MESSAGE_ID!r});"
        "print({'openai', 'pydantic', 'httpx', 'tiktoken'} & set(sys.modules))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"


# --- configurations --------------------------------------------------------------------------------------------------

THOUGHTFUL = {
    "type": "function",
    "function": {"name": "f", "parameters": {"type": "object", "properties": {"thinking": {"type": "string"}}}},
}
BARE = {"type": "function", "function": {"name": "g", "parameters": {"type": "object", "properties": {"a": {}}}}}


@pytest.fixture
def no_tiktoken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openai_sdk, "_encoding", lambda: None)


def test_a_configuration_says_nothing_twice() -> None:
    request = {"model": "gpt-5", "messages": [{"role": "user", "content": "x"}], "n": 1, "tools": [BARE]}
    config = openai_sdk.config_for(
        chat.Config, request, message_id=MESSAGE_ID, run_id="r", requires_approval_tools={"g"}, think_tags=True
    )
    assert config == chat.Config(
        message_id=MESSAGE_ID, model="gpt-5", run_id="r", requires_approval_tools={"g"}, think_tags=True
    )
    answers = openai_sdk.config_for(responses.Config, {"model": "o3", "input": "x"}, message_id=MESSAGE_ID)
    assert answers == responses.Config(message_id=MESSAGE_ID, model="o3")
    other = openai_sdk.config_for(chat.Config, request, message_id=MESSAGE_ID, model="another")
    assert other.model == "another"
    body = {"model": "theirs"}
    assert openai_sdk.config_for(chat.Config, {"extra_body": body}, message_id=MESSAGE_ID).model == "theirs"
    assert openai_sdk.config_for(chat.Config, {"model": openai.NOT_GIVEN}, message_id=MESSAGE_ID).model is None
    with pytest.raises(TypeError, match="unheard_of"):
        openai_sdk.config_for(chat.Config, request, message_id=MESSAGE_ID, unheard_of=1)


def test_of_several_choices_one_has_to_be_chosen() -> None:
    request = {"model": "m", "n": 3}
    with pytest.raises(ValueError, match="n is 3, and a fold is for one choice"):
        openai_sdk.config_for(chat.Config, request, message_id=MESSAGE_ID)
    for index in (2, None):
        config = openai_sdk.config_for(chat.Config, request, message_id=MESSAGE_ID, choice=index)
        assert config.choice == index
    with pytest.raises(ValueError, match="choice is 3, but n is 3: the choices are 0 to 2"):
        openai_sdk.config_for(chat.Config, request, message_id=MESSAGE_ID, choice=3)
    assert openai_sdk.config_for(chat.Config, {"n": None}, message_id=MESSAGE_ID).choice == 0


@pytest.mark.parametrize(
    ("tools", "asks"),
    [
        (None, True),
        ([], True),
        ([BARE], False),
        ([BARE, THOUGHTFUL], True),
        ([5, {"type": "custom"}, {"function": {}}, {"function": {"parameters": {"properties": None}}}], False),
    ],
)
@pytest.mark.usefixtures("no_tiktoken")
def test_whether_the_tools_ask_for_thoughts_is_in_them(tools: Any, asks: bool) -> None:
    request = {"messages": [], "tools": tools}
    config = openai_sdk.config_for(inner_thoughts.Config, request, message_id=MESSAGE_ID)
    assert config.put_inner_thoughts_in_kwarg is asks
    for said in (True, False):
        config = openai_sdk.config_for(
            inner_thoughts.Config, request, message_id=MESSAGE_ID, put_inner_thoughts_in_kwarg=said
        )
        assert config.put_inner_thoughts_in_kwarg is said
    if tools:
        config = openai_sdk.config_for(inner_thoughts.Config, request, message_id=MESSAGE_ID, thoughts_key="a")
        assert config.put_inner_thoughts_in_kwarg is (BARE in tools)


@pytest.mark.usefixtures("no_tiktoken")
def test_usage_is_estimated_unless_it_will_be_reported() -> None:
    messages = [{"role": "user", "content": "hello"}]

    def configured(request: Any, **options: Any) -> tuple[bool, int | None]:
        config = openai_sdk.config_for(inner_thoughts.Config, request, message_id=MESSAGE_ID, **options)
        return config.estimate_usage, config.estimated_input_tokens

    counted = openai_sdk.estimate_input_tokens(messages, [BARE])
    asked = {"messages": messages, "tools": [BARE]}
    reported = {**asked, "stream_options": {"include_usage": True}}
    assert configured(asked) == (True, counted)
    assert configured({**asked, "stream_options": {"include_usage": False}}) == (True, counted)
    assert configured(reported) == (False, None)
    assert configured({**asked, "extra_body": {"stream_options": {"include_usage": True}}}) == (False, None)
    assert configured(reported, estimate_usage=True) == (True, counted)
    assert configured(asked, estimate_usage=False) == (False, None)
    assert configured(asked, estimated_input_tokens=5) == (True, 5)
    assert configured({}) == (True, 0)


@pytest.mark.usefixtures("no_tiktoken")
def test_tokens_are_a_quarter_of_the_bytes_rounded_up() -> None:
    count = openai_sdk.estimate_input_tokens
    assert count("ab") == 1
    assert count("abc") == 2  # five bytes, with the quotes
    assert count("é" * 3) == 2
    assert count("") == 1
    assert count("\ud800") == 2
    assert (count([]), count(None), count([], [])) == (0, 0, 0)
    written = '[{"role":"user","content":"é"}][{"type":"function"}]'
    assert count([{"role": "user", "content": "é"}], [{"type": "function"}]) == -(-len(written.encode()) // 4)
    assert count(({"a": 1},)) == count([{"a": 1}])
    # The SDK's own objects, put back into the messages as they came, count as what they were made of.
    own = ChatCompletionMessage.construct(role="assistant", content="hi")
    assert count([own]) == count([{"role": "assistant", "content": "hi"}])
    assert count([types.MappingProxyType({"a": 1})]) == count([{"a": 1}])
    assert count([Path("a")]) == count(["a"])
    with pytest.raises(TypeError, match="a generator can be read only once"):
        count(part for part in "ab")


class Words:
    """An encoding whose tokens are words."""

    def encode_ordinary(self, text: str) -> list[str]:
        return text.split(" ")


@pytest.fixture
def vocabulary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where tiktoken would have its encoding."""
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    openai_sdk._encoding.cache_clear()
    url = "https://openaipublic.blob.core.windows.net/encodings/o200k_base.tiktoken"
    yield tmp_path / hashlib.sha1(url.encode()).hexdigest()
    openai_sdk._encoding.cache_clear()


def installed(monkeypatch: pytest.MonkeyPatch, outcome: Any) -> list[str]:
    """tiktoken, as it were; the list is what it was asked for."""
    asked: list[str] = []

    def get_encoding(name: str) -> Any:
        asked.append(name)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    module = types.ModuleType("tiktoken")
    module.get_encoding = get_encoding  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "tiktoken", module)
    return asked


def test_tiktoken_counts_where_it_can(vocabulary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = installed(monkeypatch, Words())
    vocabulary.touch()
    for _ in range(2):
        assert openai_sdk.estimate_input_tokens("one two three") == 3
    assert asked == ["o200k_base"]


def test_tiktoken_that_fails_is_not_tried_twice(vocabulary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = installed(monkeypatch, OSError("no network"))
    vocabulary.touch()
    for _ in range(2):
        assert openai_sdk.estimate_input_tokens("one two three") == 4
    assert asked == ["o200k_base"]


@pytest.mark.parametrize("folder", ["", None])
def test_tiktoken_that_would_fetch_is_not_tried(
    vocabulary: Path, monkeypatch: pytest.MonkeyPatch, folder: str | None
) -> None:
    asked = installed(monkeypatch, Words())
    if folder is not None:
        vocabulary.touch()
        monkeypatch.setenv("TIKTOKEN_CACHE_DIR", folder)
    assert openai_sdk.estimate_input_tokens("one two three") == 4
    assert asked == []


def test_tiktoken_that_is_not_installed(vocabulary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vocabulary.touch()
    monkeypatch.setitem(sys.modules, "tiktoken", None)
    assert openai_sdk.estimate_input_tokens("one two three") == 4
