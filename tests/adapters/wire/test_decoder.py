"""Bytes, text and decoded JSON into chunks: with msgspec and without, in pieces, and from files."""

import gzip
import io
import json
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from attrs import asdict, evolve
from hypothesis import example, given
from hypothesis import strategies as st
from streamfold.adapters import wire
from streamfold.adapters.cassette.files import pieces_of
from streamfold.adapters.errors import FileError
from streamfold.adapters.wire.decoder import chunk_of
from streamfold.adapters.wire.sse import Frame
from streamfold.reducer import Done, Undecodable, chat, fold, inner_thoughts, responses
from streamfold.reducer.completions.chunk import CallDelta, Choice, Chunk, Delta, FunctionDelta
from streamfold.reducer.responses.event import Event
from support.law_checks import MESSAGE_ID
from support.standard_input import Stdin
from support.wire_json import any_json, completions, events

DECODER = sys.modules[chunk_of.__module__]  # `wire.decoder` is the function
STREAMS = sorted((Path(__file__).parents[2] / "streams").iterdir())
MACHINES: dict[str, Any] = {"chat": chat, "inner-thoughts": inner_thoughts, "responses": responses}

HI = {"id": "c", "choices": [{"index": 0, "delta": {"content": "hé"}}]}
HI_CHUNK = Chunk(id="c", choices=(Choice(delta=Delta(content="hé")),))
CREATED = {"type": "response.created", "sequence_number": 0, "response": {"id": "r"}}
CREATED_EVENT = Event(type="response.created", sequence_number=0, response={"id": "r"})


def slow_decoder(name: str) -> wire.Decoder:
    """A decoder as it is where msgspec is not installed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DECODER, "msgspec_decoder", None)
        return wire.decoder(name)


DECODERS = [pytest.param(wire.decoder, id="msgspec"), pytest.param(slow_decoder, id="json")]
both = pytest.mark.parametrize("decoder", DECODERS)
Make = Callable[[str], wire.Decoder]


def reason(chunk: wire.AnyChunk) -> str:
    assert isinstance(chunk, Undecodable)
    return chunk.reason


# One payload


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
    assert decoder("responses")(b'{"delta": "x"}', event="response.output_text.delta") == Event(
        type="response.output_text.delta", delta="x"
    )


@both
@pytest.mark.parametrize("name", wire.WIRES)
@pytest.mark.parametrize("payload", [b"[DONE]", "[DONE]", b" [DONE] ", "\t[DONE]\n", bytearray(b"[DONE]")])
def test_the_done_marker(decoder: Make, name: str, payload: Any) -> None:
    assert decoder(name)(payload) == decoder(name)(payload, event="error") == Done()


@both
@pytest.mark.parametrize("payload", [b"[done]", b"DONE", b'"[DONE]"', b"[DONE] x"])
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
        (b'{"choices": [{"delta": {"content": "a\nb"}}]}', "not JSON: Invalid control character"),
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
    assert decoder("chat")(json.dumps(HI | {"repairs": ["x"]})) == HI_CHUNK
    assert decoder("responses")(b'{"type": "t", "repairs": ["x"]}') == Event(type="t")


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
    assert whole.repairs == ("a whole message in place of a delta, left out",)
    assert decoder("responses")(b'{"type": "", "delta": "x"}', event="a") == Event(type="a", delta="x")


# With msgspec and without it: chunks are equal, but that msgspec keeps an empty `tool_calls` or `function_call`, which
# no fold tells from none. So the states and the messages are equal.


def plain(chunk: wire.AnyChunk) -> Any:
    if not isinstance(chunk, Chunk):
        return chunk
    return Chunk(
        **{
            **asdict(chunk, recurse=False),
            "choices": tuple(
                Choice(**{**asdict(choice, recurse=False), "delta": choice.delta and _without_empty(choice.delta)})
                for choice in chunk.choices or ()
            ),
        }
    )


def _without_empty(delta: Delta) -> Delta:
    call = None if delta.function_call == FunctionDelta() else delta.function_call
    return Delta(**{**asdict(delta, recurse=False), "tool_calls": delta.tool_calls or None, "function_call": call})


def agree(name: str, payloads: list[Any]) -> None:
    fast, slow = ([make(name)(payload) for payload in payloads] for make in (wire.decoder, slow_decoder))
    # By their text, since no NaN equals another.
    assert repr([plain(chunk) for chunk in fast]) == repr([plain(chunk) for chunk in slow])
    config = MACHINES[name].Config(message_id=MESSAGE_ID)
    fast_end, slow_end = (fold(MACHINES[name], config, made) for made in (fast, slow))
    assert repr(fast_end) == repr(slow_end)
    assert repr(MACHINES[name].result(fast_end[0])) == repr(MACHINES[name].result(slow_end[0]))


@pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.name)
@pytest.mark.parametrize("name", wire.WIRES)
def test_both_ways_agree_on_a_recorded_stream(path: Path, name: str) -> None:
    payloads = [frame.data for frame in wire.frames([path.read_bytes()])]
    assert len(payloads) > 8
    agree(name, payloads)
    family = "responses" if path.name.startswith("responses") else "chat"
    if (name == "responses") == (family == "responses"):
        assert not any(isinstance(chunk, Undecodable) for chunk in wire.read(name, [path.read_bytes()]))


@given(st.lists(completions | any_json, max_size=4), st.booleans())
def test_both_ways_agree_on_any_completion_chunks(values: list[Any], ascii_only: bool) -> None:
    payloads = [json.dumps(value, ensure_ascii=ascii_only) for value in values]
    agree("chat", payloads)
    agree("inner-thoughts", [payload.encode("utf-8", "surrogatepass") for payload in payloads])


@given(st.lists(events | any_json, max_size=4), st.booleans())
def test_both_ways_agree_on_any_events(values: list[Any], ascii_only: bool) -> None:
    agree("responses", [json.dumps(value, ensure_ascii=ascii_only) for value in values])


BEGINNINGS = st.sampled_from(["response.created", "response.queued", "response.in_progress"])
answers = st.fixed_dictionaries(
    {},
    optional={
        "id": st.sampled_from(["resp_1", "resp_2", "", None, 7]),
        "model": st.sampled_from(["m", "n", "", None, ["m"]]),
        "usage": st.none() | st.just({"input_tokens": 2, "output_tokens": 1}) | any_json,
        "output": st.sampled_from([[], None, [{"type": "function_call", "arguments": {"a": 1}}]]),
        "instructions": any_json,
    },
)
begun = st.fixed_dictionaries(
    {"type": BEGINNINGS, "response": answers | any_json},
    optional={
        "sequence_number": st.integers(0, 3) | any_json,
        "output_index": st.integers(0, 1) | any_json,
        "item_id": st.just("i") | any_json,
        "delta": any_json,
    },
)
QUEUED = {"type": "response.queued", "response": {}, "sequence_number": 0}


@given(st.lists(st.tuples(BEGINNINGS, begun | events), max_size=4))
@example([("response.created", QUEUED), ("response.queued", QUEUED | {"item_id": "i"})])
def test_both_ways_agree_on_events_that_their_frame_names(named: list[tuple[str, Any]]) -> None:
    config = responses.Config(message_id=MESSAGE_ID)
    ends = []
    for make in (wire.decoder, slow_decoder):
        decode = make("responses")
        state, messages = fold(responses, config, [decode(json.dumps(value), event) for event, value in named])
        result = responses.result(state)
        # What is mended in members that no fold reads, only the tolerant reader notes.
        noted = [note for note in result.diagnostics if note.kind != "repaired"]
        ends.append(repr((messages, evolve(result, diagnostics=noted))))
    assert ends[0] == ends[1]


@pytest.mark.parametrize("event", ["response.created", "response.queued", "response.in_progress"])
def test_of_an_answer_that_begins_only_what_a_fold_reads_is_decoded(event: str) -> None:
    answer = {"id": "r", "model": "m", "usage": None, "instructions": "Be kind. " * 1000, "tools": [{"name": "rm"}]}
    payload = json.dumps({"type": event, "sequence_number": 3, "response": answer})
    read = Event(type=event, sequence_number=3, response={"id": "r", "model": "m", "usage": None})
    assert wire.decoder("responses")(payload, event) == read
    whole = wire.decoder("responses")(payload, "response.completed")  # the frame's name and the type differ
    assert whole == wire.decoder("responses")(payload) == evolve(read, response=answer)


@both
def test_items_are_mended_whichever_way_they_come(decoder: Make) -> None:
    item = {"type": "function_call", "name": "f", "arguments": {"a": [1, 2.5]}}
    mended = {**item, "arguments": '{"a":[1,2.5]}'}
    repairs = ("arguments came as an object in place of JSON text",)
    done = {"type": "response.output_item.done", "item": item}
    assert decoder("responses")(json.dumps(done)) == Event(type=done["type"], item=mended, repairs=repairs)
    completed = {"type": "response.completed", "response": {"output": [item, 3]}}
    assert decoder("responses")(json.dumps(completed)) == Event(
        type="response.completed", response={"output": [mended, 3]}, repairs=repairs
    )


# Streams

BODY = (
    f": hello\n\ndata: {json.dumps(HI)}\n\ndata: {{broken\n\nevent: error\ndata: {{'no': json}}\n\n"
    f"data: [1]\n\ndata: {json.dumps(HI)}\n\ndata: [DONE]\n\n"
).encode()


def test_a_stream_goes_on_after_what_cannot_be_decoded() -> None:
    first, bad, error, odd, again, done = wire.read("chat", [BODY[:9], BODY[9:70], BODY[70:].decode()])
    assert first == again == HI_CHUNK
    assert reason(bad).startswith("frame 2 (line 5): not JSON: Expecting property name")
    assert error == Chunk(error="{'no': json}")
    assert odd == Undecodable("frame 4 (line 10): a list, not a Chat Completions chunk")
    assert done == Done()


def test_a_chunk_of_a_frame() -> None:
    decode = wire.decoder("chat")
    assert chunk_of(Frame(json.dumps(HI).encode(), "", 1, 1), decode) == HI_CHUNK
    assert chunk_of(Frame(b"1", "", 3, 9), decode) == Undecodable(
        "frame 3 (line 9): a number, not a Chat Completions chunk"
    )


@pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.name)
@pytest.mark.parametrize("size", [1, 7, 4096])
def test_an_asynchronous_stream_gives_the_same_chunks(path: Path, size: int) -> None:
    name = "responses" if path.name.startswith("responses") else "chat"
    body = path.read_bytes()[:2000]  # cut off in the middle of a frame
    body += b"" if size == 1 else b"\n\ndata: last"

    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(body), size):
            yield body[at : at + size]

    async def collect() -> list[wire.AnyChunk]:
        return [chunk async for chunk in wire.chunks(name, pieces())]

    made = anyio.run(collect)
    assert made == list(wire.read(name, [body]))
    assert isinstance(made[-1], Undecodable)
    assert len(made) > 3


@pytest.mark.parametrize(
    ("data", "event", "found"),
    [
        (json.dumps(HI), "", "chat"),
        (json.dumps(CREATED), "", "responses"),
        ('{"delta": "x"}', "response.output_text.delta", "responses"),
        ('{"type": "error", "message": "x", "sequence_number": 0}', "error", "responses"),
        ('{"message": "x"}', "error", "chat"),
        ('{"error": "x"}', "", "chat"),
        ("[DONE]", "", None),
        ("[1]", "", None),
        ("{", "", None),
        ("{}", "", None),
        ("\udcff", "", None),
        ("[" * 100_000, "", None),
    ],
    ids=lambda value: str(value)[:20],
)
def test_the_wire_is_found_by_a_frame_s_shape(data: str, event: str, found: str | None) -> None:
    assert wire.detect(Frame(data.encode("utf-8", "surrogateescape"), event, 1, 1)) == found


# Files

STREAM = STREAMS[0].read_bytes() * 40  # more than one piece


def read(path: Path | str) -> bytes:
    return b"".join(pieces_of(str(path)))


def failure(path: Path | str) -> str:
    with pytest.raises(FileError) as caught:
        read(path)
    assert caught.value.__cause__ is None
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_file_is_read_in_pieces(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "a stream"
    path.write_bytes(pack(STREAM))
    pieces = list(pieces_of(str(path)))
    assert b"".join(pieces) == STREAM
    assert len(pieces) > 1


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
@pytest.mark.parametrize("seekable", [True, False])
def test_standard_input(monkeypatch: pytest.MonkeyPatch, pack: Callable[[bytes], bytes], seekable: bool) -> None:
    monkeypatch.setattr(sys, "stdin", Stdin(pack(STREAM), seekable))
    assert read("-") == STREAM


def test_standard_input_that_cannot_be_peeked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(STREAM)))
    assert read("-") == STREAM


def test_standard_input_that_is_closed_or_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert failure("-") == "standard input: it is closed"
    monkeypatch.setattr(sys, "stdin", Stdin(gzip.compress(STREAM, mtime=0)[:-20], seekable=False))
    assert failure("-").startswith("standard input: broken gzip: ")


def test_a_file_of_several_gzip_members_and_an_empty_one(tmp_path: Path) -> None:
    path = tmp_path / "two.gz"
    path.write_bytes(gzip.compress(b"data: a\n\n", mtime=0) + gzip.compress(b"data: b\n\n", mtime=0))
    assert read(path) == b"data: a\n\ndata: b\n\n"
    path.write_bytes(gzip.compress(b"", mtime=0))
    assert read(path) == b""
    path.write_bytes(b"")
    assert read(path) == b""


def test_a_broken_gzip_gives_nothing_at_all(tmp_path: Path) -> None:
    path = tmp_path / "x.gz"
    packed = gzip.compress(STREAM, mtime=0)
    corrupt = bytearray(packed)
    corrupt[len(packed) // 2 : len(packed) // 2 + 40] = b"\xff" * 40
    for content in (packed[:-1], packed[:-9], packed[:5], packed[:-8] + bytes(8), corrupt, packed + b"garbage"):
        path.write_bytes(content)
        pieces = pieces_of(str(path))
        with pytest.raises(FileError, match=r"x\.gz: broken gzip: "):
            next(pieces)


def test_what_cannot_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert failure(tmp_path / "missing") == f"{tmp_path}/missing: no such file or directory"
    assert failure(tmp_path) == f"{tmp_path}: is a directory"
    assert failure("") == "'': is a directory"
    assert failure("a\nb") == r"'a\nb': no such file or directory"
    assert failure("a\0b") == r"'a\x00b': embedded null byte"

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    # A test that runs as root can read everything.
    monkeypatch.setattr(Path, "open", refuse)
    assert failure("secret") == "secret: permission denied"


def test_a_file_that_breaks_while_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken(io.BytesIO):
        def read1(self, size: int | None = -1, /) -> bytes:
            raise OSError("the disk is gone")

    monkeypatch.setattr(Path, "open", lambda *_: Broken())
    assert failure("x") == "x: the disk is gone"


def test_a_file_is_closed_when_its_reader_leaves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x"
    path.write_bytes(STREAM)
    opened: list[Any] = []
    real = Path.open
    monkeypatch.setattr(Path, "open", lambda self, mode: opened.append(real(self, mode)) or opened[-1])
    pieces: Iterator[bytes] = pieces_of(str(path))
    assert next(pieces)
    pieces.close()  # type: ignore[attr-defined]
    assert opened[0].closed


def test_without_msgspec_the_module_still_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    source = Path(str(DECODER.__file__))
    monkeypatch.setitem(sys.modules, "msgspec", None)
    monkeypatch.delitem(sys.modules, "streamfold.adapters.wire.msgspec_decoder")
    monkeypatch.delattr(wire, "msgspec_decoder")
    names: dict[str, Any] = {"__name__": "streamfold.adapters.wire.decoder", "__package__": "streamfold.adapters.wire"}
    exec(compile(source.read_text("utf-8"), str(source), "exec"), names)
    assert names["msgspec_decoder"] is None
    assert names["decoder"]("chat")(json.dumps(HI).encode()) == HI_CHUNK
