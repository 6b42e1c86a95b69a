"""The laws, on long random sequences of each world's alphabet, and on random streams whose content is known."""

import json
import pickle
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st
from streamfold.adapters.laws.checker import check_laws, oracle_of
from streamfold.adapters.laws.oracle import NO_ORACLE
from streamfold.adapters.strategies.streams import interleavings
from streamfold.reducer import Cancelled, chat, fold, inner_thoughts, responses
from streamfold.reducer.completions.chunk import Choice, Chunk, Delta, FunctionDelta
from streamfold.reducer.responses.event import Event
from support.alphabets import called, event, said
from support.law_checks import MESSAGE_ID, channels, check_agreement, check_otids, feed, runs
from support.walk import WORLDS, World
from support.worlds import cut_of, json_objects, json_values, spoken_call, spoken_message, unit_cuts, words

worlds = pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)


@pytest.mark.deep
@worlds
@given(data=st.data())
def test_long_random_sequences_keep_the_laws(world: World, data: st.DataObject) -> None:
    chunks = data.draw(st.lists(st.sampled_from(world.alphabet), max_size=40))
    oracle = oracle_of(world.machine)
    if not world.cuts:
        oracle = evolve(oracle, cuts=NO_ORACLE.cuts, lane=NO_ORACLE.lane)
    check_laws(world.machine, world.config, [*world.opening, *chunks], oracle=oracle, places=6)


@worlds
@given(data=st.data())
def test_a_state_goes_on_after_a_pickle_as_if_nothing_happened(world: World, data: st.DataObject) -> None:
    """Law 9."""
    chunks = data.draw(st.lists(st.sampled_from(world.alphabet), max_size=20))
    at = data.draw(st.integers(0, len(chunks)))
    state, _ = world.machine.start(world.config)
    for chunk in chunks[:at]:
        state, _ = world.machine.step(state, chunk)
    restored = pickle.loads(pickle.dumps(state))
    assert restored == state
    assert hash(restored) == hash(state)
    for chunk in chunks[at:]:
        stepped, again = world.machine.step(state, chunk), world.machine.step(restored, chunk)
        assert stepped == again
        state, restored = stepped[0], again[0]
    assert world.machine.finish(restored, Cancelled()) == world.machine.finish(state, Cancelled())


@worlds
@given(data=st.data())
def test_an_empty_id_or_name_is_none(world: World, data: st.DataObject) -> None:
    """Gateways have `"id": ""` and `"name": ""` in every later piece of a call; others leave them out."""
    chunks = data.draw(st.lists(st.sampled_from(world.alphabet), max_size=12))
    empty = list(map(with_empty_names, chunks))
    assert fold(world.machine, world.config, empty) == fold(world.machine, world.config, chunks)


def with_empty_names(chunk: Any) -> Any:
    """A chunk with empty text in the place of each id and name that it lacks."""
    if isinstance(chunk, Event):
        return evolve(chunk, item_id=chunk.item_id or "", call_id=chunk.call_id or "")
    if not isinstance(chunk, Chunk) or not chunk.choices:
        return chunk
    return evolve(chunk, choices=tuple(map(_with_named_calls, chunk.choices)))


def _with_named_calls(choice: Choice) -> Choice:
    delta = choice.delta
    if delta is None or not delta.tool_calls:
        return choice
    calls = [evolve(call, id=call.id or "", function=_named(call.function)) for call in delta.tool_calls]
    return evolve(choice, delta=evolve(delta, tool_calls=tuple(calls)))


def _named(function: FunctionDelta | None) -> FunctionDelta | None:
    return function and evolve(function, name=function.name or "")


@pytest.mark.deep
@worlds
@given(data=st.data())
def test_cuts_change_no_run(world: World, data: st.DataObject) -> None:
    """Law 5: each delta whole, or cut at random."""
    chunks = data.draw(st.lists(st.sampled_from(world.alphabet), max_size=20))
    text = data.draw(words)
    whole: list[Any] = []
    pieces: list[Any] = []
    for chunk in chunks:
        make = next((make for _, make in cut_of(chunk)), None)
        whole.append(make(text) if make else chunk)
        pieces.extend([make(piece) for piece in data.draw(unit_cuts(text))] if make else [chunk])
    config = world.config
    if hasattr(config, "detect_snapshots"):
        config = evolve(config, detect_snapshots=False)  # arguments that are not JSON may be taken for snapshots
    assert runs(fold(world.machine, config, pieces)[1]) == runs(fold(world.machine, config, whole)[1])


@given(data=st.data(), value=json_values, asked=st.booleans())
def test_cuts_change_no_run_of_arguments_that_are_json(data: st.DataObject, value: Any, asked: bool) -> None:
    """Law 5 with snapshots looked for: text between the pieces of the arguments shows where each came out."""
    text = json.dumps(value, ensure_ascii=data.draw(st.booleans()))
    whole: list[Any] = []
    pieces: list[Any] = []
    for part in data.draw(unit_cuts(text)):
        between = said(Delta(content="t"))
        whole.extend((called(0, piece=part), between))
        pieces.extend((*(called(0, piece=piece) for piece in data.draw(unit_cuts(part))), between))
    machine = inner_thoughts if asked else chat
    begun = called(0, "call_0", "f", "")
    config = machine.Config(message_id=MESSAGE_ID)
    assert runs(fold(machine, config, [begun, *pieces])[1]) == runs(fold(machine, config, [begun, *whole])[1])


@given(
    data=st.data(),
    calls=st.lists(json_objects, min_size=1, max_size=4),
    approvals=st.sampled_from([[], ["f1"]]),
)
def test_interleaved_chat_calls_end_in_the_same_content(
    data: st.DataObject, calls: list[Any], approvals: list[str]
) -> None:
    """Law 6, and law 3 for each lane."""
    texts = [json.dumps(value, ensure_ascii=data.draw(st.booleans())) for value in calls]
    lanes = [spoken_call(index, data.draw(unit_cuts(text))) for index, text in enumerate(texts)]
    chunks = [*data.draw(interleavings(lanes)), said(finish_reason="tool_calls")]
    config = chat.Config(message_id=MESSAGE_ID, requires_approval_tools=approvals)
    state, messages = feed(chat, config, chunks)
    result = chat.result(state)
    made = {call.id: (call.name, call.arguments, call.complete) for call in result.tool_calls}
    assert made == {f"call_{index}": (f"f{index}", text, True) for index, text in enumerate(texts)}
    check_agreement(messages, result)
    check_otids(messages)


@given(data=st.data(), calls=st.lists(json_objects, min_size=1, max_size=3), asked=st.booleans())
def test_interleaved_inner_thoughts_end_in_the_same_content(data: st.DataObject, calls: list[Any], asked: bool) -> None:
    texts = [json.dumps(value, ensure_ascii=data.draw(st.booleans())) for value in calls]
    lanes = [spoken_call(index, data.draw(unit_cuts(text))) for index, text in enumerate(texts)]
    chunks = [*data.draw(interleavings(lanes)), said(finish_reason="tool_calls")]
    config = inner_thoughts.Config(message_id=MESSAGE_ID, put_inner_thoughts_in_kwarg=asked)
    state, messages = feed(inner_thoughts, config, chunks)
    spoken = {call["id"]: json.loads(call["arguments"]) for call in channels(messages)["calls"]}
    expected = {}
    for index, value in enumerate(calls):
        thoughts = isinstance(value.get("thinking"), str)
        expected[f"call_{index}"] = {key: member for key, member in value.items() if key != "thinking" or not thoughts}
    assert spoken == expected
    assert [call.arguments for call in sorted(inner_thoughts.result(state).tool_calls, key=lambda c: c.id)] == texts
    thoughts_of = sorted(value["thinking"] for value in calls if isinstance(value.get("thinking"), str))
    if len(calls) == 1:
        assert channels(messages)["reasoning"] == "".join(thoughts_of)
    check_otids(messages)


@given(data=st.data(), texts=st.lists(words, min_size=1, max_size=4))
def test_interleaved_items_end_in_the_same_content(data: st.DataObject, texts: list[str]) -> None:
    lanes = [spoken_message(index, text, data.draw(unit_cuts(text))) for index, text in enumerate(texts)]
    chunks = data.draw(interleavings(lanes))
    state, messages = feed(responses, responses.Config(message_id=MESSAGE_ID), chunks)
    result = responses.result(state)
    assert [part.text for part in result.content] == texts
    assert sorted(channels(messages)["text"]) == sorted("".join(texts))
    assert result.diagnostics == ()


@given(data=st.data(), texts=st.lists(words, min_size=1, max_size=8))
def test_events_delivered_more_than_once_double_nothing(data: st.DataObject, texts: list[str]) -> None:
    """Law 10: any at-least-once delivery, in which each event comes first in order, is the same fold."""
    message = spoken_message(0, "".join(texts), texts)
    chunks = [event("created", response={"id": "resp_1"}), *message, event("completed", response={"id": "resp_1"})]
    start = data.draw(st.integers(0, 9))
    chunks = [evolve(chunk, sequence_number=start + number) for number, chunk in enumerate(chunks)]
    delivered: list[Event] = []
    for number, chunk in enumerate(chunks):
        delivered.append(chunk)
        again = data.draw(st.integers(0, number + 1))
        delivered.extend(chunks[again : number + 1])
    config = responses.Config(message_id=MESSAGE_ID)
    assert fold(responses, config, delivered) == fold(responses, config, chunks)


@given(first=words, second=words, third=words)
def test_one_state_has_independent_futures(first: str, second: str, third: str) -> None:
    state, _ = chat.start(chat.Config(message_id=MESSAGE_ID))
    state, _ = chat.step(state, said(Delta(content=first)))
    one, _ = chat.step(state, said(Delta(content=second)))
    other, _ = chat.step(state, said(Delta(content=third)))
    assert (chat.result(one).text, chat.result(other).text) == (first + second, first + third)


def test_a_chunk_that_says_nothing_changes_nothing_but_the_count() -> None:
    for machine, chunk in ((chat, Chunk()), (responses, Event(type="keepalive"))):
        state, _ = machine.start(machine.Config(message_id=MESSAGE_ID))
        after, messages = machine.step(state, chunk)
        assert messages == ()
        assert evolve(after, chunks=0) == state
        assert after.chunks == 1


def test_runs_beyond_128_have_otids_of_their_own() -> None:
    chunks = [said(Delta(content="t")), said(Delta(reasoning="r"))] * 200
    _, messages = fold(chat, chat.Config(message_id=MESSAGE_ID), chunks)
    check_otids(messages)
    assert len({message.otid for message in messages}) == 400


@pytest.mark.deep
def test_memory_stays_in_proportion_to_the_text() -> None:
    """Law 12: what a state holds does not grow with the number of chunks that its text came in."""
    for machine, make in (
        (chat, lambda: said(Delta(content="ab"))),
        (chat, lambda: called(0, piece="ab")),
        (inner_thoughts, lambda: called(0, piece="ab")),
        (responses, lambda: event("output_text.delta", output_index=0, item_id="m", content_index=0, delta="ab")),
    ):
        chunk, count = make(), 20_000
        state, _ = machine.start(machine.Config(message_id=MESSAGE_ID))
        for _ in range(count):
            state, _ = machine.step(state, chunk)
        assert len(pickle.dumps(state)) < 3 * len("ab") * count
