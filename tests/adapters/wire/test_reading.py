"""Whole streams that come in pieces, and which wire a frame is of."""

import json
import tracemalloc
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest
from streamfold.adapters import wire
from streamfold.adapters.errors import FrameTooLong
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


@pytest.mark.deep
def test_a_long_piece_is_read_in_parts() -> None:
    body = b"[1]\n" * 300_000
    tracemalloc.start()
    try:
        assert sum(1 for _ in wire.frames([body])) == 300_000
        assert tracemalloc.get_traced_memory()[1] < 4 * len(body)
    finally:
        tracemalloc.stop()
