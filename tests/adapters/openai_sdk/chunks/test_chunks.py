"""Objects of the openai SDK, by its own types and through its own clients: what they come to is what the wire says."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openai.types import Completion
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.responses import Response, ResponseStreamEvent
from streamfold.adapters import wire
from streamfold.adapters.openai_sdk import chunks as openai_sdk
from streamfold.reducer import Undecodable
from streamfold.reducer.completions.chunk import Chunk
from streamfold.reducer.responses.table import RULES
from support.adapters.sdk_objects import AT, STREAMS, WIRES, event, made, result_of
from support.chat_shapes import call, calls, choice, chunk, custom, delta, finished, usage
from support.json_texts import json_values
from support.law_checks import MESSAGE_ID

RECORDINGS = ("chat__", "responses__", "inner__")


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


@pytest.mark.deep
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
    chunk(choice(content="a"), error_type="boom"),
    chunk(choice(content="a"), error_message="boom"),
    chunk(choice(content="a"), base_resp={"status_code": 1004, "status_msg": "boom"}),
    chunk({**choice(content="a"), "text": "t"}),
    chunk({**choice(content="a"), "text": "a"}),
    chunk({**choice(content="a"), "usage": {"prompt_tokens": 1}}),
    chunk({**choice(content="a"), "error": {"message": "boom"}}),
    delta(content="a", extra_content={"google": {"thought": True}}),
    delta(content="a", thought=True),
    calls(call(0, "a", "f", "", custom={"name": "g"})),
    calls({"index": 0, "id": "a", "type": "function", "function": {"name": "f"}, "arguments": "{}"}),
    calls({"index": 0, "id": "a", "type": "function", "function": {"arguments": "{}"}, "name": "f"}),
    calls({"index": 0, "id": "a", "type": "function", "function": {"name": "f"}, "name": "f"}),
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
    delta(thinking="Hm"),
    delta(content="a", error={"message": "boom"}),
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
    calls({"index": 0, "id": 5, "type": "function", "function": {"name": "f"}}),
    calls({"index": 0, "id": "a", "type": 6, "function": {"name": "f"}}),
    calls({"index": 0, "function": "f"}),
    calls({"index": 0, "function": {"name": "f", "parameters": {"a": 1}}}),
    calls({"index": 0, "function": {"name": "f", "arguments": "", "input": "{}"}}),
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
    members |= data.draw(st.dictionaries(st.sampled_from(["thinking", "error"]), json_values))
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


WHOLE = {
    "id": "c",
    "object": "chat.completion",
    "created": 1,
    "model": "m",
    "choices": [
        {
            "index": 0,
            "finish_reason": "tool_calls",
            "message": {
                "role": "assistant",
                "content": "Hi",
                "reasoning_content": "Hm",
                "tool_calls": [{"id": "a", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
            },
        }
    ],
    "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
}
RESPONSE = {
    "id": "r",
    "object": "response",
    "status": "completed",
    "model": "m",
    "output": [{"id": "i", "type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hi"}]}],
}


@pytest.mark.parametrize(
    ("value", "kind", "name"),
    [
        (WHOLE, ChatCompletion, "chat"),
        (WHOLE, ChatCompletionChunk, "chat"),
        ({"id": "c", "choices": [{"index": 0, "text": "Hi", "finish_reason": "stop"}]}, Completion, "chat"),
        (RESPONSE, Response, "responses"),
        (RESPONSE | {"status": "incomplete"}, Response, "responses"),
        (RESPONSE | {"status": "failed", "error": {"code": "x", "message": "y"}}, Response, "responses"),
    ],
)
def test_a_whole_object_is_the_chunk_of_its_json(value: Any, kind: Any, name: str) -> None:
    chunk = openai_sdk.chunk(made(value, kind))
    assert chunk == wire.decoder(name)(value)
    machine = WIRES[name][0]
    assert result_of(machine, [chunk])[0].text == "Hi" or chunk.type == "response.failed"


def test_a_message_beside_a_delta_is_not_left_out() -> None:
    beside = chunk({**choice(content="Hi"), "message": {"content": "Hi there"}})
    assert openai_sdk.chunk(made(beside)) == wire.decoder("chat")(beside)
    assert openai_sdk.chunk(made(beside)).choices[0].message.content == "Hi there"


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
    assert openai_sdk.chunk(made([1], ResponseStreamEvent)) == Undecodable(
        "list, not an object of the openai SDK", lost=False
    )


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


@pytest.mark.parametrize(
    ("path", "name", "member"),
    [
        ((), "citations", ["u"]),
        (("choices", 0), "error", {"message": "boom"}),
        (("choices", 0, "delta"), "reasoning_content", "r"),
        (("choices", 0, "delta"), "thinking", "r"),
        (("choices", 0, "delta", "tool_calls", 0), "extra_content", {"google": {}}),
        (("choices", 0, "delta", "tool_calls", 0, "function"), "parameters", {"a": 1}),
    ],
)
def test_what_a_compatible_library_s_class_declares_is_read(path: tuple[Any, ...], name: str, member: Any) -> None:
    value: Any = calls({"index": 0, "id": "a", "type": "function", "function": {"name": "f"}})
    obj = made(value)
    inner_value, inner = value, obj
    for key in path:
        inner_value, inner = inner_value[key], inner[key] if isinstance(key, int) else getattr(inner, key)
    inner_value[name] = vars(inner)[name] = member
    inner.__class__ = pydantic.create_model("Declaring", __base__=type(inner), **{name: (Any, None)})
    inner.__pydantic_fields_set__.add(name)
    assert openai_sdk.chunk(obj) == wire.decoder("chat")(value)


def test_neither_the_sdk_nor_tiktoken_is_imported() -> None:
    code = (
        "import sys; from streamfold.adapters import openai_sdk;"
        "from streamfold.reducer import chat;"
        "openai_sdk.chunk(object());"
        f"openai_sdk.config_for(chat.Config, {{'model': 'm'}}, message_id={MESSAGE_ID!r});"
        "print({'openai', 'pydantic', 'httpx', 'tiktoken'} & set(sys.modules))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"
