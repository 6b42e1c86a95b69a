"""One frame's bytes, text or decoded JSON into a chunk, with msgspec and without."""

import importlib
import json
import sys
from typing import Any

import pytest
from attrs import evolve
from streamfold.adapters import wire
from streamfold.adapters.wire import msgspec_decoder
from streamfold.adapters.wire.decoder import BodyReader, chunk_of, chunks_in, chunks_of, step_decoder
from streamfold.adapters.wire.mending import GLUED
from streamfold.adapters.wire.sse import Frame, LooseFrame
from streamfold.reducer import Done, Undecodable
from streamfold.reducer.completions.chunk import CallDelta, Choice, Chunk, Delta, FunctionDelta
from streamfold.reducer.responses.event import Event
from support.adapters.decoders import (
    CREATED,
    CREATED_EVENT,
    DECODER,
    HI,
    HI_CHUNK,
    Make,
    both,
    reason,
)


@both
@pytest.mark.parametrize("name", ["chat", "inner-thoughts", "inner_thoughts"])
def test_a_completion_chunk_may_come_in_any_form(decoder: Make, name: str) -> None:
    text = json.dumps(HI, ensure_ascii=False)
    raw = text.encode()
    forms: list[Any] = [text, raw, bytearray(raw), memoryview(raw), HI, b" \n" + raw + b"\r\n", b"\xef\xbb\xbf" + raw]
    assert [decoder(name)(form) for form in forms] == [HI_CHUNK] * len(forms)


@both
def test_an_event_may_come_in_any_form(decoder: Make) -> None:
    text = json.dumps(CREATED)
    forms: list[Any] = [text, text.encode(), bytearray(text.encode()), CREATED]
    assert [decoder("responses")(form) for form in forms] == [CREATED_EVENT] * len(forms)
    delta = {"type": "response.output_text.delta", "delta": "x", "output_index": 1, "item_id": "i", "content_index": 0}
    assert decoder("responses")(json.dumps(delta).encode()) == Event(**delta)
    for untyped in (b'{"delta": "x"}', {"delta": "x"}):
        assert decoder("responses")(untyped, event="response.output_text.delta") == Event(
            type="response.output_text.delta", delta="x"
        )


@both
@pytest.mark.parametrize("name", wire.WIRES)
@pytest.mark.parametrize("payload", [b"[DONE]", "[DONE]", b" [DONE] ", "\t[DONE]\n", bytearray(b"[DONE]"), b'"[DONE]"'])
def test_the_done_marker(decoder: Make, name: str, payload: Any) -> None:
    assert decoder(name)(payload) == decoder(name)(payload, event="error") == Done()


@both
@pytest.mark.parametrize("payload", [b"[done]", b"DONE", b"[DONE] x"])
def test_what_only_looks_like_it(decoder: Make, payload: bytes) -> None:
    assert isinstance(decoder("chat")(payload), Undecodable)


@pytest.mark.parametrize("name", ["", "Chat", "inner thoughts", "anthropic"])
def test_an_unknown_wire(name: str) -> None:
    with pytest.raises(ValueError, match=r"wire must be one of chat, inner-thoughts, responses, not '"):
        wire.decoder(name)
    with pytest.raises(ValueError, match="wire must be one of"):
        wire.read(name, [])


@both
@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (b"{", "not JSON: Expecting property name"),
        (b"", "not JSON: Expecting value"),
        ("<html>", "not JSON: Expecting value"),
        (b'{"choices": []} x', "not JSON: Extra data"),
        (b'{"choices": [{"delta": {"content": "\xff"}}]}', "not UTF-8: invalid start byte at byte 36"),
        (b'{"choices": [{"delta": {"content": "\xc3"}}]}', "not UTF-8: invalid continuation byte at byte 36"),
        (b'{"choices": [' + b"[" * 100_000, "nested too deeply"),
        (b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
        (b'{"choices": ' + b"9" * 5_000 + b"}", "not JSON: Exceeds the limit"),
        (b"[1]", "a list, not a Chat Completions chunk"),
        (b"null", "null, not a Chat Completions chunk"),
        (b'"text"', "text, not a Chat Completions chunk"),
        (None, "null, not a Chat Completions chunk"),
        (json.dumps(CREATED), "a Responses event, not a Chat Completions chunk"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_cannot_be_decoded_says_why(decoder: Make, payload: Any, why: str) -> None:
    assert reason(decoder("chat")(payload)).startswith(why)


@both
@pytest.mark.parametrize(
    ("payload", "lost"),
    [
        *((data, True) for data in (b"{", b'x"', b"a ]b", b"\xff", b"[X")),
        *((data, False) for data in (b"XX", b"[", b" ", b" [,] ")),
    ],
)
def test_what_may_have_been_json_is_lost(decoder: Make, payload: bytes, lost: bool) -> None:
    assert decoder("chat")(payload).lost is lost


@both
def test_an_error_event_is_an_error_whatever_it_carries(decoder: Make) -> None:
    decode = decoder("chat")
    for data, error in (
        (b'{"message": "x", "choices": []}', {"message": "x", "choices": []}),
        (b'{"error": {"message": "x"}}', {"message": "x"}),
        (b"upstream \xff died", "upstream \ufffd died"),
        ("upstream died", "upstream died"),
        (b'["a", 1]', "['a', 1]"),
        (b'"text"', "text"),
        (b"{}", "an error event without content"),
    ):
        assert decode(data, event="error") == Chunk(error=error)
    said = {"choices": [{"delta": {"content": "x"}}]}
    for form in (said, json.dumps(said)):
        assert decode(form, event="error") == Chunk(choices=(Choice(delta=Delta(content="x")),), error=said)
    decode = decoder("responses")
    assert decode(b"upstream died", event="error") == Event(type="error", error="upstream died")
    assert decode(b'{"message": "x"}', event="error") == Event(type="error", message="x")
    assert reason(decoder("chat")(b"upstream died", event="errors")).startswith("not JSON")


@both
def test_what_python_reads_and_json_has_not(decoder: Make) -> None:
    usage = decoder("chat")(b'{"choices": [{"delta": {}}], "usage": {"a": NaN, "b": 1e999, "c": -Infinity}}')
    assert isinstance(usage, Chunk)
    assert repr(usage.usage) == "{'a': nan, 'b': inf, 'c': -inf}"
    half = decoder("chat")(b'{"choices": [{"delta": {"content": "\\ud83d", "refusal": "\\ud83d\\ude00"}}]}')
    assert half == Chunk(choices=(Choice(delta=Delta(content="\ud83d", refusal="😀")),))
    raw = '{"choices": [{"delta": {"content": "\ud83d"}}]}'
    again = Chunk(choices=(Choice(delta=Delta(content="\ud83d")),))
    assert decoder("chat")(raw) == decoder("chat")(raw.encode("utf-8", "surrogatepass")) == again


@both
def test_repairs_are_not_the_wire_s_to_say(decoder: Make) -> None:
    assert decoder("chat")(json.dumps(HI | {"repairs": ["x"]})) == evolve(HI_CHUNK, extras={"repairs": ["x"]})
    event = Event(type="t", extras={"repairs": ["x"]})
    assert decoder("responses")(b'{"type": "t", "repairs": ["x"]}') == event


@both
def test_what_msgspec_refuses_or_would_pass_over_the_tolerant_reader_mends(decoder: Make) -> None:
    call = {"index": "1", "function": {"name": "f", "arguments": {"a": 1}}}
    assert decoder("chat")(json.dumps({"choices": [{"delta": {"tool_calls": [call]}}]})) == Chunk(
        choices=(
            Choice(
                delta=Delta(tool_calls=(CallDelta(index=1, function=FunctionDelta(name="f", arguments='{"a":1}')),))
            ),
        ),
        repairs=("index came as text in place of a number", "arguments came as an object in place of JSON text"),
    )
    item = {"type": "function_call", "arguments": {}}
    made = decoder("responses")(json.dumps({"type": "response.output_item.done", "item": item}))
    assert isinstance(made, Event)
    assert made.item == item | {"arguments": "{}"}
    whole = decoder("chat")(b'{"choices": [{"delta": {}}, {"message": {"content": "x"}}]}')
    assert isinstance(whole, Chunk)
    assert whole.repairs == ("a whole message in place of a delta",)
    beside = decoder("chat")(b'{"choices": [{"delta": {"content": "x"}, "message": {"content": "xy"}}]}')
    assert beside == Chunk(choices=(Choice(delta=Delta(content="x"), message=Delta(content="xy")),))
    assert decoder("responses")(b'{"type": "", "delta": "x"}', event="a") == Event(type="a", delta="x")


def test_a_chunk_of_a_frame() -> None:
    decode = wire.decoder("chat")
    assert chunk_of(Frame(json.dumps(HI).encode(), "", 1, 1), decode) == HI_CHUNK
    assert chunk_of(Frame(b"1", "", 3, 9), decode) == Undecodable(
        "a number, not a Chat Completions chunk", "frame 3 (line 9)", lost=False, json=1
    )


@both
def test_a_frame_s_name_is_the_event_s(decoder: Make) -> None:
    assert chunk_of(Frame(b"died", "error", 1, 1), decoder("chat")) == Chunk(error="died")
    two = b'{"delta": "x"}{"delta": "y"}'
    frame, decode = Frame(two, "response.output_text.delta", 2, 5), decoder("responses")
    assert [part for part, _ in chunks_of(frame, decode)] == [
        LooseFrame(data, "response.output_text.delta", 2, 5, GLUED) for data in (two[:14], two[14:])
    ]
    assert [(chunk.type, chunk.delta) for chunk in chunks_in([frame], decode)] == [  # type: ignore[union-attr]
        ("response.output_text.delta", "x"),
        ("response.output_text.delta", "y"),
    ]


@both
def test_all_values_of_an_error_s_frame_are_read(decoder: Make) -> None:
    frame = Frame(b'{"message": "x"}{"message": "y"}', "error", 1, 1)
    assert list(chunks_in([frame], decoder("chat"))) == [
        Chunk(error={"message": text}, repairs=(GLUED,)) for text in ("x", "y")
    ]


@both
def test_an_error_in_a_body_s_place_is_one_on_each_wire(decoder: Make) -> None:
    for name, make in (("chat", Chunk), ("responses", lambda error: Event(type="error", error=error))):
        (text,) = chunks_in([Frame(b"Bad Gateway", "", 1, 1)], decoder(name))
        assert text == make(error="Bad Gateway")
        no_chunk, error = chunks_of_body(b'{"message": "no"}', decoder(name))
        assert isinstance(no_chunk, Undecodable)
        assert error == make(error={"message": "no"})
        for said in (b"<html>OK</html>", b"<html>OK", b"[ERROR] OK"):
            *_, fine = chunks_of_body(said, decoder(name))
            assert "OK" in str(fine.error)


def chunks_of_body(data: bytes, decode: Any) -> list[Any]:
    body = BodyReader(decode)
    return [*body.chunks([Frame(data, "", 1, 1)]), *body.rest()]


def test_a_decoder_for_steps_makes_no_chunks_of_what_mirrors_them() -> None:
    mirror: Any = step_decoder("chat")(json.dumps(HI).encode())
    assert mirror.mirrors is Chunk
    assert (mirror.id, mirror.choices[0].delta.content) == ("c", "hé")
    event: Any = step_decoder("responses")(b'{"type": "response.output_text.delta", "delta": "x"}')
    assert (event.mirrors, event.delta) == (Event, "x")


def test_what_msgspec_refuses_again_it_is_asked_less_often(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def fast(payload: bytes, event: str) -> None:
        asked.append(int(event))
        if payload == b"{}":
            raise msgspec_decoder.REFUSED[0]

    monkeypatch.setattr(msgspec_decoder, "completion_decoder", lambda: fast)
    decode = wire.decoder("chat")

    def tried(payload: bytes, count: int) -> list[int]:
        asked.clear()
        for number in range(count):
            decode(payload, event=str(number))
        return asked

    assert tried(b"{}", 200) == [0, 2, 6, 14, 30, 62, 126, 190]
    assert tried(b'{"choices": []}', 60) == list(range(54, 60))
    assert tried(b"{}", 4) == [0, 2]


def test_without_msgspec_the_module_still_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "msgspec", None)
    for name in (DECODER.__name__, msgspec_decoder.__name__):
        monkeypatch.delitem(sys.modules, name)
    for name in ("decoder", "msgspec_decoder"):
        monkeypatch.setattr(wire, name, None)
        monkeypatch.delattr(wire, name)
    anew = importlib.import_module(DECODER.__name__)
    assert anew is not DECODER
    assert anew.msgspec_decoder is None
    assert anew.decoder("chat")(json.dumps(HI).encode()) == HI_CHUNK
