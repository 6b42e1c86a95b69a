"""Other versions of a stream say the same: cut elsewhere, interleaved, delivered more than once; and parts of one."""

from collections import Counter

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st
from streamfold.adapters import strategies, wire
from streamfold.adapters.laws.evidence import runs
from streamfold.adapters.strategies.streams import Quirk, Stream
from streamfold.adapters.wire.describe import in_short
from streamfold.reducer import Cancelled, Done, Ended, Failed, fold, responses
from streamfold.reducer.completions.chunk import CallDelta, Choice, Chunk, Delta, FunctionDelta
from streamfold.reducer.responses.event import Event
from support.finding import EFFORT, examples, shortest, some

each_wire = pytest.mark.parametrize("name", wire.WIRES)


@each_wire
@settings(max_examples=round(15 * EFFORT))
@given(data=st.data())
def test_a_stream_that_is_cut_elsewhere_says_the_same(name: str, data: st.DataObject) -> None:
    stream = data.draw(strategies.streams(name, quirks={Quirk.EMPTY_DELTAS, Quirk.UNDECODABLE, Quirk.ERROR}))
    cut = data.draw(strategies.cut(stream.chunks))
    (one, said), (other, again) = (fold(stream.machine, stream.config, chunks) for chunks in (stream.chunks, cut))
    assert runs(again) == runs(said)
    results = stream.machine.result(one), stream.machine.result(other)
    assert evolve(results[0], chunks=0) == evolve(results[1], chunks=0)


@pytest.mark.deep
@each_wire
def test_a_cut_cuts_and_joins_and_shrinks_to_neither(name: str) -> None:
    stream = some(strategies.streams(name, texts=st.just("abc"), most=1), lambda stream: is_whole(stream, "abc"))
    cuts = strategies.cut(stream.chunks)
    whole = shortest(cuts)
    assert whole == stream.chunks
    pieces = shortest(cuts, lambda chunks: len(chunks) == len(whole) + 2)
    assert shortest(strategies.cut(pieces), lambda chunks: len(chunks) == len(whole)) == whole
    numbers = [chunk.sequence_number for chunk in pieces if isinstance(chunk, Event)]
    assert numbers == list(range(len(numbers)))


def is_whole(stream: Stream, text: str) -> bool:
    """Whether a stream says a text in one chunk, and no other."""
    said = [chunk for chunk in stream.chunks if f'"{text}"' in in_short(chunk)]
    only = stream.says.text == text and not (stream.says.reasoning or stream.says.refusal or stream.says.calls)
    return only and bool(said)


def test_a_cut_goes_through_a_call_and_joins_its_continuations() -> None:
    def said(delta: Delta) -> Chunk:
        return Chunk(choices=(Choice(delta=delta),))

    def called(call_id: str | None, arguments: str) -> Chunk:
        function = FunctionDelta(arguments=arguments)
        return said(Delta(tool_calls=(CallDelta(index=0, id=call_id, function=function),)))

    whole = (called("a", "{}"),)
    pieces = shortest(strategies.cut(whole), lambda chunks: len(chunks) == 2)
    assert pieces == (called("a", "{"), called(None, "}"))
    assert shortest(strategies.cut(pieces), lambda chunks: len(chunks) == 1) == whole
    again = (called("a", "{"), called("a", "}"), said(Delta(content="a")), said(Delta(refusal="a")), Done())
    assert shortest(strategies.cut(again)) == again
    assert not any(len(chunks) < len(again) for chunks in examples(strategies.cut(again)))


def test_interleavings_keep_the_order_of_each_lane_and_are_all_there() -> None:
    found = set(examples(strategies.interleavings(("ab", "cd")), 100))
    assert found == {tuple(order) for order in ("abcd", "acbd", "acdb", "cabd", "cadb", "cdab")}
    assert shortest(strategies.interleavings(("ab", "cd"))) == tuple("abcd")


@settings(max_examples=round(15 * EFFORT))
@given(data=st.data())
def test_what_is_delivered_more_than_once_is_folded_once(data: st.DataObject) -> None:
    stream = data.draw(strategies.responses_streams(quirks={Quirk.GAPPED_NUMBERS, Quirk.STEERED}))
    delivered = data.draw(strategies.duplicates(stream.chunks))
    assert fold(responses, stream.config, delivered) == fold(responses, stream.config, stream.chunks)


def test_a_delivery_repeats_numbered_events_alone_and_shrinks_to_none() -> None:
    chunks = (Event(type="keepalive"), Event(type="a", sequence_number=3), Event(type="b", sequence_number=4), Done())
    deliveries = strategies.duplicates(chunks)
    assert shortest(deliveries) == chunks
    again = shortest(deliveries, lambda delivered: len(delivered) == 6)
    assert Counter(again) == Counter([*chunks, *chunks[1:3]])
    assert set(examples(strategies.duplicates(()))) == {()}


def test_prefixes_are_every_beginning_and_ends_are_all_four() -> None:
    assert set(examples(strategies.prefixes("abc"))) == {(), ("a",), ("a", "b"), ("a", "b", "c")}
    overflow = Failed("context_length_exceeded")
    assert set(examples(strategies.ends())) == {Ended(), Cancelled(), Failed("boom"), overflow}
    assert shortest(strategies.ends()) == Ended()
