"""Streams are written as bytes and JSON in many ways, and read as the streams that they were; and shown to a person."""

from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from streamfold.adapters import strategies, wire
from streamfold.adapters.strategies.streams import ALL, Stream
from streamfold.adapters.wire.encoder import to_wire
from streamfold.adapters.wire.mending import CONTROLS, GLUED, PREFIXED, SEPARATE
from streamfold.reducer import Undecodable, fold
from streamfold.reducer.completions.chunk import Chunk
from streamfold.reducer.result import Result
from support.finding import DRAWING, EFFORT, examples, shortest, some

each_wire = pytest.mark.parametrize("name", wire.WIRES)


@each_wire
@settings(max_examples=round(15 * EFFORT))
@given(data=st.data())
def test_a_stream_s_bytes_are_read_as_the_stream(name: str, data: st.DataObject) -> None:
    stream = data.draw(strategies.streams(name, quirks=ALL))
    pieces = data.draw(strategies.sse(stream))
    one, said = fold(stream.machine, stream.config, stream.chunks)
    other, again = fold(stream.machine, stream.config, wire.read(name, pieces))
    assert again == said
    assert told(stream.machine.result(other)) == told(stream.machine.result(one))


def told(result: Result) -> Any:
    """A result whose frames that could not be decoded are counted alone: why, is said in other words.

    How frames were set apart and their JSON was mended is no news of what they say.
    """
    broken = sum(note.count for note in result.diagnostics if note.kind == "undecodable")
    unframed = ("JSON without `data:`", "frames after JSON without `data:`")
    left_out = ("undecodable", CONTROLS, GLUED, PREFIXED, SEPARATE, *unframed)
    notes = tuple(it for it in result.diagnostics if it.kind not in left_out and it.detail not in left_out)
    return evolve(result, diagnostics=notes), broken


@pytest.mark.deep
def test_bytes_are_written_in_many_ways() -> None:
    bodies = [b"".join(pieces) for pieces in examples(strategies.responses_streams().flatmap(strategies.sse), 300)]
    for ending in (b"}\n\n", b"}\r\n\r\n", b"}\r\r", b"}\n"):
        assert any(body.endswith(ending) for body in bodies)
    for sign in (
        b": keep-alive",
        b"\xef\xbb\xbf",
        b"event: response.",
        b"data:{",
        b'"obfuscation"',
        b"data: }",
        b"}\ndata: ",
        b"retry:",
        b"data: data: {",
        b"}{",
        b'\n{"',
    ):
        assert any(sign in body for body in bodies)


def test_bytes_shrink_to_one_plain_piece_and_are_cut_amid_characters() -> None:
    stream = some(strategies.chat_streams(texts=st.just("é"), most=0), lambda stream: len(stream.chunks) == 2)
    bodies = strategies.sse(stream)
    (body,) = shortest(bodies)
    assert body.count(b"\n\n") == body.count(b"data: {") == 2
    assert some(bodies, lambda pieces: any(piece.endswith(b"\xc3") for piece in pieces))


@each_wire
@settings(max_examples=round(15 * EFFORT))
@given(data=st.data())
def test_a_chunk_s_json_is_decoded_to_the_chunk(name: str, data: st.DataObject) -> None:
    decode = wire.decoder(name)
    for chunk in data.draw(strategies.streams(name, quirks=ALL)).chunks:
        if isinstance(chunk, Undecodable):
            assert isinstance(decode(to_wire(chunk)), Undecodable)
        else:
            assert with_lists(decode(to_wire(chunk))) == with_lists(chunk)


def with_lists(chunk: Any) -> Any:
    """A chunk in which what is null in the place of a list is an empty one."""
    if not isinstance(chunk, Chunk):
        return chunk
    choices = (
        evolve(choice, delta=choice.delta and evolve(choice.delta, tool_calls=choice.delta.tool_calls or ()))
        for choice in chunk.choices or ()
    )
    return evolve(chunk, choices=tuple(choices))


@pytest.mark.deep
@each_wire
def test_every_stream_can_be_shown_on_a_line_a_chunk(name: str) -> None:
    @DRAWING
    @given(strategies.streams(name, quirks=ALL))
    def look(stream: Stream) -> None:
        lines = stream.lines()
        assert (
            repr(stream).encode().decode() == "\n    ".join(["<Stream", *lines]) + ">"
        )  # half a pair would not encode
        assert len(lines) == 1 + bool(stream.quirks) + len(stream.chunks) + lines[-1].startswith("config: ")
        assert all(line.isprintable() for line in lines)

    look()
