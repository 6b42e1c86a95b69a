"""A body is folded at once to what the fold of its chunks comes to, whatever is in it."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamfold.adapters import strategies, wire
from streamfold.adapters.errors import FrameTooLong
from streamfold.adapters.strategies.streams import ALL
from streamfold.adapters.wire.folding import fold_bytes
from streamfold.reducer import Cancelled, End, Ended, chat, fold
from support.adapters.decoders import ERROR_BODIES, MACHINES, STREAMS
from support.finding import EFFORT
from support.law_checks import MESSAGE_ID

RECORDINGS = ("chat", "inner", "responses")
each_wire = pytest.mark.parametrize("name", wire.WIRES)
BROKEN = [
    b"event: error\ndata: overloaded\n\n",
    b'event: error\ndata: {"message": "no"} {"message": "still no"}\n\n',
    b'data: {"choices": [{"delta": {"content": "a"}}]} {"choices": [{"delta": {"content": "b"}}]}\n\n',
    b"data: {nothing\n\n",
    b'data: {"error": {"message": "no"}}\n\n',
    b"<html><body>502</body></html>",
    b'data: {"choices": [{"delta": {"content": "x", "extras": 1, "(extras)": 2}, "(extras)": 3}], "(repairs)": 4}\n\n',
]


def errors_of(name: Any, body: bytes) -> list[Any]:
    """The error that a body is folded to, by each way in: as a whole, by its chunks, and cut into bytes."""
    machine = MACHINES[name]
    config = machine.Config(message_id=MESSAGE_ID)
    cut = [bytes([byte]) for byte in body]
    folded = [fold_bytes(machine, config, [body]), fold_bytes(machine, config, cut)]
    folded.append(fold(machine, config, wire.read(name, cut)))
    results = [machine.result(state) for state, _ in folded]
    assert {result.outcome for result in results} == {"failed"}
    return [result.error for result in results]


def both_ways(name: Any, config: Any, pieces: Any, end: End | None = None) -> None:
    machine = MACHINES[name]
    state, messages = fold_bytes(machine, config, pieces, end)
    other, again = fold(machine, config, wire.read(name, pieces), end)
    # By their text, since no NaN equals another.
    assert repr((state, messages)) == repr((other, again))
    assert repr(machine.result(state)) == repr(machine.result(other))


@each_wire
@pytest.mark.parametrize(("body", "text"), ERROR_BODIES, ids=lambda value: value[:30])
def test_an_error_in_a_stream_s_place_fails_the_fold(name: Any, body: str, text: str) -> None:
    first, *others = errors_of(name, body.encode())
    assert text in str(first.raw)
    assert all(error == first for error in others)


@each_wire
@pytest.mark.parametrize(
    "body", ["Hello.", "# A tool\n\nHandles errors.\n", '{"hello": "world"}', "Not found: a guide " * 99]
)
def test_another_text_in_a_stream_s_place_is_no_error(name: Any, body: str) -> None:
    machine = MACHINES[name]
    state, _ = fold_bytes(machine, machine.Config(message_id=MESSAGE_ID), [body.encode()])
    assert (machine.result(state).outcome, machine.result(state).error) == ("truncated", None)


@each_wire
def test_a_text_before_a_stream_is_no_error(name: Any) -> None:
    body = b"Internal Server Error\n\n" + (
        b'data: {"type": "response.created"}\n\n' if name == "responses" else b'data: {"choices": []}\n\n'
    )
    machine = MACHINES[name]
    state, _ = fold_bytes(machine, machine.Config(message_id=MESSAGE_ID), [body])
    assert machine.result(state).error is None


@each_wire
@settings(max_examples=round(15 * EFFORT))
@given(data=st.data())
def test_a_drawn_body_folds_as_its_chunks_do(name: str, data: st.DataObject) -> None:
    stream = data.draw(strategies.streams(name, quirks=ALL))
    both_ways(name, stream.config, data.draw(strategies.sse(stream)), data.draw(strategies.ends()))


@each_wire
@pytest.mark.parametrize("path", STREAMS, ids=lambda path: path.name)
def test_a_body_in_pieces_folds_as_its_chunks_do(path: Path, name: str) -> None:
    body, config = path.read_bytes(), MACHINES[name].Config(message_id=MESSAGE_ID)
    for size in (len(body), 1000, 7):
        both_ways(name, config, [body[at : at + size] for at in range(0, len(body), size)])


@each_wire
def test_what_is_broken_is_read_alike(name: str) -> None:
    config = MACHINES[name].Config(message_id=MESSAGE_ID)
    for bodies in (BROKEN, *([body] for body in BROKEN)):
        both_ways(name, config, bodies)
        both_ways(name, config, [b"".join(bodies)])


def test_a_corpus_folds_as_its_chunks_do(recording: Path) -> None:
    name = {"responses": "responses", "inner": "inner-thoughts"}.get(recording.name.partition("__")[0], "chat")
    both_ways(name, MACHINES[name].Config(message_id=MESSAGE_ID), [recording.read_bytes()])


def test_the_end_is_what_is_said_or_that_it_ended() -> None:
    config = chat.Config(message_id=MESSAGE_ID)
    pieces = [b'data: {"choices": [{"index": 0, "delta": {"content": "a"}}]}\n\n']
    assert fold_bytes(chat, config, pieces)[0].end == Ended()
    assert fold_bytes(chat, config, pieces, Cancelled())[1][-1].message_type == "stop_reason"


def test_what_is_no_wire_s_or_no_pieces_is_refused() -> None:
    config: Any = chat.Config(message_id=MESSAGE_ID)
    machine: Any = "x" * 100
    with pytest.raises(TypeError, match=r"^machine must be chat, inner_thoughts or responses, not 'x{79}$"):
        fold_bytes(machine, config, [])
    body: Any = b"data: 1"
    with pytest.raises(TypeError, match="pieces must be an iterable of pieces of the body, not bytes itself"):
        fold_bytes(chat, config, body)
    with pytest.raises(FrameTooLong):
        fold_bytes(chat, config, [b"data: " + b"x" * 100], limit=50)
