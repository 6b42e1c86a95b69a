"""Whole streams that come in pieces, and which wire a frame is of."""

import gc
import json
import tracemalloc
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamfold.adapters import wire
from streamfold.adapters.errors import FrameTooLong
from streamfold.adapters.wire.decoder import BodyReader
from streamfold.adapters.wire.reading import is_sign_of_life, parts_of
from streamfold.adapters.wire.sse import Frame
from streamfold.reducer import Done, Undecodable, chat
from streamfold.reducer.completions.chunk import Chunk
from support.adapters.decoders import CREATED, HI, HI_CHUNK, STREAMS, reason
from support.law_checks import MESSAGE_ID

BODY = (
    f": hello\n\ndata: {json.dumps(HI)}\n\ndata: {{broken\n\nevent: error\ndata: {{'no': json}}\n\n"
    f"data: [1]\n\ndata: {json.dumps(HI)}\n\ndata: [DONE]\n\n"
).encode()


def test_a_stream_goes_on_after_what_cannot_be_decoded() -> None:
    first, bad, error, odd, again, done = wire.read("chat", [BODY[:9], BODY[9:70], BODY[70:].decode()])
    assert first == again == HI_CHUNK
    assert reason(bad).startswith("not JSON: Expecting property name")
    assert isinstance(bad, Undecodable)
    assert bad.where == "frame 2 (line 5)"
    assert error == Chunk(error="{'no': json}")
    assert odd == Undecodable("a list, not a Chat Completions chunk", "frame 4 (line 10)", lost=False, json=[1])
    assert done == Done()


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


@pytest.mark.parametrize("body", [b"data: {}", "data: {}", bytearray(b"data: {}"), "[DONE]\n", b"a.sse", "\0{"])
def test_a_body_in_place_of_its_pieces_is_refused(body: Any) -> None:
    with pytest.raises(
        TypeError, match=r"^pieces must be an iterable of pieces of the body, not .* put it into a list$"
    ):
        wire.read("chat", body)


@pytest.mark.parametrize("path", ["recording.sse", Path("recording.sse"), "{0}.sse", Path("{0}.sse")])
def test_a_path_in_place_of_a_body_s_pieces_is_refused(
    path: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("{0}.sse").touch()
    folded = partial(wire.fold_bytes, chat, chat.Config(message_id=MESSAGE_ID))
    for read in (partial(wire.read, "chat"), folded):
        with pytest.raises(TypeError, match=r'^pieces must be .* as open\(path, "rb"\), not .* use read_recording of'):
            read(path)


def test_a_frame_that_is_too_long_is_refused_after_those_before_it() -> None:
    body = [b"data: one\n\ndata: two\n\ndata: " + b"x" * 100, b"x" * 100_000, b"x" * 10_000_000]
    found = wire.frames(body, limit=50_000)
    assert [next(found).data, next(found).data] == [b"one", b"two"]
    with pytest.raises(FrameTooLong, match="50,000"):
        next(found)
    with pytest.raises(FrameTooLong):
        list(wire.read("chat", body, limit=50_000))
    long = b"data: [" + b"1," * 100_000 + b"1]\n\n"
    for size in (1, 1000, 1 << 20):
        pieces = (long[at : at + size] for at in range(0, len(long), size))
        assert [len(frame.data) for frame in wire.frames(pieces)] == [200_003]


@pytest.mark.parametrize("count", [60_000, pytest.param(300_000, marks=pytest.mark.deep)])
def test_a_long_piece_is_read_in_parts(count: int) -> None:
    body = b"[1]\n" * count
    tracemalloc.start()
    try:
        assert sum(1 for _ in wire.frames([body])) == count
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()


def test_a_piece_is_taken_in_parts_of_32_kib() -> None:
    short, long = b"x" * (1 << 15), b"x" * (1 << 16) + b"y"
    assert next(iter(parts_of(short))) is short
    assert [len(part) for part in parts_of(long)] == [1 << 15, 1 << 15, 1]
    assert b"".join(parts_of(long)) == long  # type: ignore[arg-type]
    assert list(parts_of("ab" * (1 << 14) + "c")) == ["ab" * (1 << 14), "c"]


EVENT = b'{"type": "response.created"}'


@pytest.mark.parametrize(
    ("data", "event", "number", "found"),
    [
        (b"<html>no</html>", "", 1, "chat"),
        (b"<html>no</html>", "", 2, None),
        (b'<html>no</html>\n{"a": 1}{"b": 2}', "", 1, "chat"),
        (b'<html>no</html>\n{"a": 1}{"b": 2}', "", 2, None),
        (b"[ERROR] no", "", 5, "chat"),
        (b'{"choices": []}{}', "", 1, "chat"),
        (b"{}" + EVENT, "", 1, "responses"),
        (b'{"delta": "x"}{"delta": "y"}', "response.output_text.delta", 1, "responses"),
        (b'[1, {}, {"choices": []}]', "", 1, "chat"),
        (b"[{}, " + EVENT + b"]", "", 1, "responses"),
        (b'[{"delta": "x"}, {}]', "response.output_text.delta", 1, "responses"),
        (b'{"data": ' + EVENT + b"}", "", 1, "responses"),
        (b'{"data": {"choices": []}}', "", 1, "chat"),
        (b'{"type": "x", "data": ' + EVENT + b"}", "", 1, None),
        (b'{"type": "ping"}', "", 1, None),
        (b'{"type": "ping"}', "response.ping", 1, None),
    ],
)
def test_the_wire_of_what_is_framed_or_wrapped_otherwise(
    data: bytes, event: str, number: int, found: str | None
) -> None:
    assert wire.detect(Frame(data, event, number, 1)) == found


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (b"[DONE]", True),
        (b" [DONE]\n", True),
        (b'"[DONE]"', True),
        (b'{"type": "ping"}', True),
        (b'{"type": "ping"', False),
        (b'{"choices": []}', False),
        (b'["[DONE]"]', False),
        (b"1", False),
        (b"[" * 100_000, False),
    ],
    ids=lambda value: str(value)[:20],
)
def test_done_and_pings_are_signs_of_life_on_any_wire(data: bytes, answer: bool) -> None:
    assert is_sign_of_life(Frame(data, "", 1, 1)) is answer


class Pieces:
    """A body without a way to close it, and one with."""

    def __init__(self, *pieces: bytes) -> None:
        self.left = list(pieces)

    def __aiter__(self) -> "Pieces":
        return self

    async def __anext__(self) -> bytes:
        if not self.left:
            raise StopAsyncIteration
        return self.left.pop(0)


class Closable(Pieces):
    closed = 0

    async def aclose(self) -> None:
        self.closed += 1


def test_an_asynchronous_stream_is_closed_with_its_chunks() -> None:
    async def first(pieces: Pieces) -> wire.AnyChunk:
        found = wire.chunks("chat", pieces)
        async for chunk in found:
            await found.aclose()  # type: ignore[attr-defined]
            return chunk
        raise AssertionError("no chunk came")

    for kind in (Pieces, Closable):
        body = kind(f"data: {json.dumps(HI)}\n\n".encode() * 2)
        assert anyio.run(first, body) == HI_CHUNK
        assert getattr(body, "closed", 1) == 1


def test_an_asynchronous_body_may_be_an_error_or_too_long() -> None:
    async def collect(*pieces: bytes, limit: int = 1 << 20) -> list[wire.AnyChunk]:
        return [chunk async for chunk in wire.chunks("chat", Closable(*pieces), limit)]

    assert anyio.run(collect, b'{"mess', b'age": "no"}')[-1] == Chunk(error={"message": "no"})
    with pytest.raises(FrameTooLong, match="100 bytes"):
        anyio.run(lambda: collect(b"data: " + b"x" * 100, limit=100))


PARTS = [
    b'data: {"choices":[{"index":0,"delta":{"content":"a"}}]}\n\n',
    b'data: {"choices":[{"index":0,"delta":{"content":"b"}}]}{"choices":[]}\n\n',
    b'event: response.output_text.delta\ndata: {"type":"response.output_text.delta","delta":"a"}\n\n',
    b'event: error\ndata: {"message":"no"}\n\n',
    b"data: {broken}\n\n",
    b"data: Internal Server Error}\n\n",
    b'data: {"choices":[]}\r\n\r\n',
    b'data: {"choices":\n',
    b"data: []}\n\n",
    b": a comment\n\n",
    b"data: [DONE]\n\n",
    b"<html>no}\n\n",
    b'{"choices":[]}\n',
]


@pytest.mark.parametrize("name", ["chat", "responses"])
@given(parts=st.lists(st.sampled_from(PARTS), max_size=8), size=st.sampled_from([0, 1, 7, 60]))
def test_pieces_are_read_as_their_frames_are(name: str, parts: list[bytes], size: int) -> None:
    """Whatever is a piece of its own, a frame, part of one or several."""
    whole = b"".join(parts)
    pieces = [whole[at : at + size] for at in range(0, len(whole), size)] if size else parts
    body = BodyReader(wire.decoder(name))
    assert list(wire.read(name, pieces)) == [*body.chunks(wire.frames([whole])), *body.rest()]


def test_what_cannot_be_read_is_let_go_at_once() -> None:
    pieces = [b"data: {broken\n\n", b"error: x\n\n", b"data: {} ,\n\n"] * 50
    list(wire.read("chat", pieces))
    gc.collect()
    gc.disable()
    try:
        list(wire.read("chat", pieces))
        assert gc.collect() < len(pieces)  # no error that its own traceback holds
    finally:
        gc.enable()
