"""Members that no fold reads, in drawn streams: of each kind, at each level, and nothing else changes."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from streamfold.adapters import strategies, wire
from streamfold.adapters.strategies.compose_unread import with_unread
from streamfold.adapters.strategies.expected import Step
from streamfold.adapters.strategies.quirks import Quirk
from streamfold.adapters.wire.encoder import to_wire
from streamfold.reducer import fold
from streamfold.reducer.completions.chunk import CallDelta, Choice, Chunk, Delta, FunctionDelta
from streamfold.reducer.values.json_values import freeze
from support.adapters.pens import simplest
from support.finding import EFFORT, examples, shortest, some

each_wire = pytest.mark.parametrize("name", wire.WIRES)
KINDS = ("vendor", "rank", "nested", "listed", "thought_signature", "encrypted_state", "logprobs")


def paths(value: Any, *path: str) -> Iterator[tuple[str, ...]]:
    """Where members of these names are, in decoded JSON."""
    for name, member in value.items() if isinstance(value, Mapping) else ():
        yield from [(*path, name)] if name in KINDS else paths(member, *path, name)
    for entry in value if isinstance(value, (list, tuple)) else ():
        yield from paths(entry, *path)


def found(name: str) -> set[tuple[str, ...]]:
    drawn = examples(strategies.streams(name, quirks={Quirk.UNREAD, Quirk.LEGACY_CALL} & Quirk.of(name)), 400)
    return {path for stream in drawn for chunk in stream.chunks for path in paths(to_wire(chunk))}


@pytest.mark.deep
def test_chat_streams_have_each_kind_at_each_level() -> None:
    known = found("chat")
    levels = {path[:-1] for path in known}
    delta = ("choices", "delta")
    assert levels >= {(), ("choices",), delta, (*delta, "function_call")}
    assert levels >= {(*delta, "tool_calls"), (*delta, "tool_calls", "function"), (*delta, "tool_calls", "custom")}
    assert {path[-1] for path in known} == set(KINDS)


@pytest.mark.deep
def test_responses_streams_have_each_kind_at_each_level() -> None:
    known = found("responses")
    assert {path[:-1] for path in known} >= {(), ("response",), ("response", "output"), ("item",), ("part",)}
    assert {path[-1] for path in known} == set(KINDS)


@each_wire
@settings(max_examples=round(40 * EFFORT))
@given(data=st.data())
def test_they_come_through_the_wire_s_json(name: str, data: st.DataObject) -> None:
    stream = data.draw(strategies.streams(name, quirks={Quirk.UNREAD}))
    decode = wire.decoder(name)
    again = [decode(to_wire(chunk)) for chunk in stream.chunks]
    assert fold(stream.machine, stream.config, again) == fold(stream.machine, stream.config, stream.chunks)


def test_an_empty_entry_of_a_call_gets_none() -> None:
    empty, call = CallDelta(index=1, function=FunctionDelta(name="")), CallDelta(index=0, id="call_1")
    step = Step(Chunk(choices=(Choice(delta=Delta(tool_calls=(empty, call))),)))
    (step,) = simplest(lambda pen: with_unread(pen, [step]), Quirk.UNREAD)
    calls = step.chunk.choices[0].delta.tool_calls
    assert calls == (empty, evolve(call, extras=freeze({"vendor": "v"})))


@each_wire
def test_they_shrink_to_the_plainest_and_to_none(name: str) -> None:
    drawn = strategies.streams(name, quirks={Quirk.UNREAD})
    assert not shortest(drawn).quirks
    stream = some(drawn, lambda stream: stream.quirks == {Quirk.UNREAD})
    state, _ = fold(stream.machine, stream.config, stream.chunks)
    assert stream.says.difference(stream.machine.result(state)) is None
