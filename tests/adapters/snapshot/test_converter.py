"""Law 9: whatever a fold can hold or say is stored and comes back equal, and a state goes on from it."""

import json
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamfold.adapters import wire
from streamfold.adapters.snapshot import SnapshotError, dumps, loads, structure, unstructure
from streamfold.adapters.snapshot.converter import converter_for
from streamfold.reducer import Done, Undecodable, chat, fold, inner_thoughts, responses
from streamfold.reducer.completions.chunk import Choice, Chunk, Delta
from streamfold.reducer.ends import End
from streamfold.reducer.messages import AssistantMessage, Message, ServerToolMessage
from streamfold.reducer.responses.event import Event
from streamfold.reducer.result import Result
from streamfold.reducer.stream_error import StreamError
from streamfold.reducer.usage import Usage
from streamfold.reducer.values.json_values import FrozenObject, freeze
from support.adapters.stored_values import ENDS, built, check, is_frozen, worlds
from support.alphabets import called
from support.json_texts import json_values
from support.law_checks import MESSAGE_ID
from support.walk import World


@pytest.mark.parametrize("of", [*get_args(Message), *get_args(End), Result])
@given(data=st.data())
def test_every_message_end_and_result_comes_back(of: Any, data: st.DataObject) -> None:
    value = data.draw(built(of, json_values.map(freeze)))
    check(value)
    assert is_frozen(loads(dumps(value)))
    assert hash(loads(dumps(value))) == hash(value)


@pytest.mark.parametrize("of", [Chunk, Event, Undecodable, Done])
@given(data=st.data())
def test_every_chunk_comes_back_with_its_json_as_a_decoder_gives_it(of: Any, data: st.DataObject) -> None:
    check(data.draw(built(of, json_values)))


@pytest.mark.parametrize("of", [chat.Config, inner_thoughts.Config, responses.Config])
@given(data=st.data())
def test_every_config_comes_back(of: Any, data: st.DataObject) -> None:
    value = data.draw(built(of, json_values.map(freeze)))
    check(value)
    assert hash(loads(dumps(value))) == hash(value)


@pytest.mark.deep
@pytest.mark.parametrize("of", [chat.State, responses.State])
@given(data=st.data())
def test_every_state_comes_back_whether_a_fold_comes_to_it_or_not(of: Any, data: st.DataObject) -> None:
    value = data.draw(built(of, json_values.map(freeze)))
    converter = converter_for(for_chunks=False)
    again = converter.structure(json.loads(json.dumps(converter.unstructure(value))), of)
    assert (again, hash(again)) == (value, hash(value))


@pytest.mark.deep
@worlds
@given(data=st.data())
def test_a_fold_goes_on_from_a_snapshot_at_any_chunk(world: World, data: st.DataObject) -> None:
    """One fold is stored and restored after each chunk and at its end, the other is never interrupted."""
    machine = world.machine
    chunks = data.draw(st.lists(st.sampled_from(world.alphabet), max_size=24))
    end = data.draw(st.sampled_from(ENDS))
    state, said = machine.start(world.config)
    restored = loads(dumps(state))
    messages = [loads(dumps(message)) for message in said]
    for chunk in chunks:
        state, said = machine.step(state, chunk)
        restored, again = machine.step(restored, loads(dumps(chunk)))
        check(restored)
        restored = loads(dumps(restored))
        messages += [loads(dumps(message)) for message in again]
        assert (restored, again) == (state, said)
        assert hash(restored) == hash(state)
        assert loads(dumps(machine.result(state))) == machine.result(restored)
    state, said = machine.finish(state, end)
    restored, again = machine.finish(restored, loads(dumps(end)))
    assert (loads(dumps(restored)), again) == (state, said)
    assert loads(dumps(machine.result(state))) == machine.result(restored)
    whole = fold(machine, world.config, chunks, end)
    assert (state, (*messages, *again)) == whole


STREAMS = Path(__file__).parents[2] / "streams"
OWN = {
    "chat_parallel_calls.sse": chat,
    "chat_error.sse": chat,
    "inner_thoughts.jsonl": inner_thoughts,
    "responses_web_search.sse": responses,
}


def chunks_of(name: str) -> list[Any]:
    path = STREAMS / name
    kind = {chat: "chat", inner_thoughts: "inner-thoughts", responses: "responses"}[OWN[name]]
    if path.suffix == ".jsonl":
        decode = wire.decoder(kind)
        return [decode(line) for line in path.read_bytes().splitlines() if line.strip()]
    return list(wire.read(kind, [path.read_bytes()]))


def test_these_are_all_streams_of_our_own() -> None:
    assert {path.name for path in STREAMS.iterdir() if path.suffix in (".sse", ".jsonl")} >= OWN.keys()


@pytest.mark.deep
@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("end", ENDS[:3], ids=lambda end: type(end).__name__)
def test_a_real_stream_stops_at_any_chunk_and_goes_on(name: str, end: Any) -> None:
    machine, chunks = OWN[name], chunks_of(name)
    config = machine.Config(message_id=MESSAGE_ID, requires_approval_tools=["send_mail"])
    whole, everything = fold(machine, config, chunks, end)
    state, said = machine.start(config)
    messages = list(said)
    for at, chunk in enumerate(chunks):
        other = loads(dumps(state))
        assert (other, hash(other)) == (state, hash(state))
        after = list(messages)
        for later in chunks[at:]:
            other, said = machine.step(other, later)
            after += said
        other, said = machine.finish(other, end)
        assert (other, (*after, *said)) == (whole, everything)
        assert machine.result(other) == machine.result(whole)
        state, said = machine.step(state, chunk)
        messages += said


def test_keys_of_tables_stay_numbers_or_text() -> None:
    config = chat.Config(message_id=MESSAGE_ID)
    state, _ = fold(chat, config, [called(1, "1", "f", "{}"), called(2, "2", "g", "{}"), called(1, piece="")])
    restored = loads(dumps(state))
    assert restored.calls.keys.get(1) == restored.calls.keys.get("1") == 0
    assert restored.calls.keys.get(2) == restored.calls.keys.get("2") == 1
    assert type(restored.calls.keys.layers[0]) is FrozenObject


HALVES = "\ud83d" + "\ude00"  # of one character, which a chunk that was made by hand may have as two


def test_halves_of_a_character_stay_two() -> None:
    check(AssistantMessage(MESSAGE_ID, "", None, None, HALVES))
    state, _ = fold(chat, chat.Config(message_id=MESSAGE_ID), [called(0, HALVES, "f", "{}")])
    assert loads(dumps(state)).calls.keys.get(HALVES) == 0


def test_a_run_is_stored_without_what_follows_from_it() -> None:
    """At the start, in skipped messages before the first, in the first, and in skipped ones after it."""
    config = chat.Config(message_id=MESSAGE_ID, skip_messages={"reasoning_message"})
    state, _ = chat.start(config)
    skipped = {"id": MESSAGE_ID, "skipped": ["reasoning_message"]}
    runs = [unstructure(state)["value"]["run"]]
    for delta in (Delta(reasoning="r"), Delta(content="a"), Delta(reasoning="s")):
        state, _ = chat.step(state, Chunk(choices=(Choice(delta=delta),)))
        assert loads(dumps(state)) == state
        runs.append(unstructure(state)["value"]["run"])
    assert runs == [
        skipped,
        {**skipped, "type": "reasoning_message"},
        {**skipped, "type": "assistant_message", "index": 0},
        {**skipped, "type": "reasoning_message", "index": 0, "emitted": "assistant_message"},
    ]
    plain, _ = chat.start(chat.Config(message_id=MESSAGE_ID))
    assert unstructure(plain)["value"]["run"] == {"id": MESSAGE_ID}


def test_a_set_of_names_is_stored_in_order() -> None:
    config = chat.Config(message_id=MESSAGE_ID, requires_approval_tools={"b", "c", "a"})
    assert unstructure(config)["value"]["requires_approval_tools"] == ["a", "b", "c"]


@pytest.mark.parametrize("tags", [False, True, "opened", (("<a>", "</a>"), ("[b]", "c"))])
def test_think_tags_keep_their_kind(tags: Any) -> None:
    state, _ = chat.start(chat.Config(message_id=MESSAGE_ID, think_tags=tags))
    assert loads(dumps(state)).config.think_tags == tags
    assert loads(dumps(state)) == state


def test_text_is_ascii_on_the_wire_and_half_a_pair_survives() -> None:
    message = AssistantMessage(MESSAGE_ID, "", None, None, "\ud83d é 😀")
    assert dumps(message).isascii()
    assert b"\n" not in dumps(message)
    assert loads(dumps(message)) == message


def nested(depth: int) -> Any:
    value: Any = 1
    for level in range(depth):
        value = [value] if level % 2 else {"k": value}
    return value


def test_json_as_deep_as_a_fold_keeps_it_comes_back() -> None:
    depth = 900
    while isinstance(freeze(nested(depth)), str):
        depth -= 20
    message = ServerToolMessage(MESSAGE_ID, "", None, None, "t", item=freeze(nested(depth)))
    assert depth > 100
    assert loads(dumps(message)) == message


def test_json_that_is_too_deep_is_refused_never_cut() -> None:
    deep = unstructure(ServerToolMessage(MESSAGE_ID, "", None, None, "t"))
    deep["value"]["item"] = nested(5000)
    with pytest.raises(SnapshotError, match=r"^ServerToolMessage \(version 2\): value.item: nested too deeply$"):
        structure(deep)
    with pytest.raises(SnapshotError, match=r"^not a snapshot: not JSON: nested too deeply$"):
        loads("[" * 100_000)


def test_a_chunk_without_json_is_stored_as_a_fold_keeps_it() -> None:
    chunk = Chunk(usage={1: float("nan"), "t": ({1},)}, error=float("inf"))
    assert loads(dumps(chunk)) == Chunk(usage={"1": None, "t": ["{1}"]}, error=None)


def test_results_of_every_kind_of_part_come_back() -> None:
    usage = Usage(1, 2, raw=FrozenObject(a=freeze([1, {"b": None}])))
    check(Result(usage=usage, error=StreamError("m", None, freeze({"e": []})), extras=FrozenObject(x=(1, 2.5, "é"))))
