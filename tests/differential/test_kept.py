"""What no fold reads, of recorded streams and of drawn ones, by each way in: the result has it, and nothing else."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamfold.adapters import strategies, wire
from streamfold.adapters.laws.kept.oracle_kept import lost_of_chat, lost_of_events
from streamfold.adapters.openai_sdk.chunks import chunk as chunk_of
from streamfold.adapters.strategies.quirks import ALL, Quirk
from streamfold.adapters.strategies.streams import Stream
from streamfold.adapters.wire.encoder import to_wire
from streamfold.adapters.wire.tolerant import completion_chunk, event_chunk
from streamfold.reducer import fold
from support.adapters.sdk_objects import WIRES, made
from support.finding import EFFORT
from support.law_checks import MESSAGE_ID

RECORDINGS = ("chat__", "responses__", "inner__")
OWN = sorted((Path(__file__).parents[1] / "streams").iterdir())
each_wire = pytest.mark.parametrize("name", wire.WIRES)


def lost(wire_name: str, frames: Sequence[Any], machine: Any, config: Any, chunks: Sequence[Any]) -> str | None:
    """What the result of folding these chunks lacks of the decoded JSON that they were made of."""
    state, _ = fold(machine, config, chunks)
    judge = lost_of_events if wire_name == "responses" else lost_of_chat
    return judge(frames, config, machine.result(state))


def check_stream(path: Path) -> None:
    """A recording keeps what it has by bytes, by decoded JSON, and by the SDK's objects."""
    kind = path.name.replace("_", " ").split()[0]
    machine, name, model = WIRES[kind]
    framed = list(wire.frames([path.read_bytes()]))
    decode, read = wire.decoder(name), event_chunk if kind == "responses" else completion_chunk
    frames = [json.loads(frame.data) for frame in framed if frame.data.strip() != b"[DONE]"]
    by_bytes = [decode(frame.data, event=frame.event) for frame in framed]
    by_json = [read(frame) for frame in frames]
    by_objects = [chunk_of(made(frame, model)) for frame in frames if isinstance(frame, dict)]
    for chunks in (by_bytes, by_json, by_objects):
        assert lost(name, frames, machine, machine.Config(message_id=MESSAGE_ID), chunks) is None


@pytest.mark.parametrize("path", OWN, ids=lambda path: path.name)
def test_our_recorded_streams_keep_what_no_fold_reads(path: Path) -> None:
    check_stream(path)


def test_a_recorded_stream_keeps_what_no_fold_reads(recording: Path) -> None:
    check_stream(recording)


def check_drawn(stream: Stream) -> None:
    """A drawn stream keeps what its JSON has: as chunks, and as the chunks that two readers make of that."""
    name = stream.wire
    said = [to_wire(chunk) for chunk in stream.chunks]
    written = [value if isinstance(value, str) else json.dumps(value) for value in said]
    frames = [json.loads(text) for text, value in zip(written, said, strict=True) if isinstance(value, dict)]
    decode, read = wire.decoder(name), event_chunk if name == "responses" else completion_chunk
    for chunks in (stream.chunks, [decode(text) for text in written], [read(frame) for frame in frames]):
        assert lost(name, frames, stream.machine, stream.config, chunks) is None


@each_wire
@settings(max_examples=round(60 * EFFORT))
@given(data=st.data())
def test_drawn_streams_keep_what_no_fold_reads(name: str, data: st.DataObject) -> None:
    check_drawn(data.draw(strategies.streams(name, quirks={Quirk.UNREAD})))


@each_wire
@settings(max_examples=round(60 * EFFORT))
@given(data=st.data())
def test_drawn_streams_with_any_quirk_keep_it_too(name: str, data: st.DataObject) -> None:
    quirk = data.draw(st.sampled_from(sorted(Quirk.of(name) & ALL, key=lambda known: known.name)))
    check_drawn(data.draw(strategies.streams(name, quirks={Quirk.UNREAD, quirk})))
