"""Which tool call a delta belongs to, as providers really send them: one test or more for each line of the list."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamfold.adapters import wire
from streamfold.reducer import chat, fold
from streamfold.reducer.doubts import Doubt
from streamfold.reducer.otid import synthetic_call_id
from support.chat_shapes import (
    DONE,
    call,
    call_deltas,
    calls,
    finished,
    folded,
    made,
)
from support.law_checks import MESSAGE_ID, channels, check_otids, runs

# Q1: no index.


def test_q01_without_an_index_whole_calls_are_told_apart_by_their_ids() -> None:
    result, messages = folded(
        calls(call(id="a", name="find", arguments='{"q":"owls"}')),
        calls(call(id="b", name="find", arguments='{"q":"rooks"}')),
        finished("tool_calls"),
        DONE,
    )
    assert made(result) == [("a", "find", '{"q":"owls"}'), ("b", "find", '{"q":"rooks"}')]
    assert all(call.complete for call in result.tool_calls)
    assert [run[3:] for run in runs(messages)] == made(result)


def test_q01_without_index_and_id_the_open_call_goes_on() -> None:
    result, _ = folded(
        calls(call(id="a", name="find", arguments='{"q":')),
        calls(call(arguments='"ow')),
        calls(call(arguments='ls"}')),
        calls(call(id="b", name="find", arguments='{"q":')),
        calls(call(arguments="1}")),
        finished("tool_calls"),
    )
    assert made(result) == [("a", "find", '{"q":"owls"}'), ("b", "find", '{"q":1}')]


def test_q01_without_an_index_interleaved_calls_are_told_apart_by_their_ids() -> None:
    result, _ = folded(
        calls(call(id="a", name="find", arguments='{"q":'), call(id="b", name="look", arguments='{"at":')),
        calls(call(id="a", arguments='"ow'), call(id="b", arguments="[1")),
        calls(call(id="b", arguments="]}"), call(id="a", arguments='ls"}')),
        finished("tool_calls"),
    )
    assert made(result) == [("a", "find", '{"q":"owls"}'), ("b", "look", '{"at":[1]}')]


def test_q01_a_missing_index_is_not_index_0() -> None:
    result, _ = folded(
        calls(call(index=0, id="a", name="find", arguments='{"q":')),
        calls(call(id="b", name="look", arguments='{"at":')),
        calls(call(arguments="7}")),
        calls(call(index=0, arguments='"owls"}')),
        finished("tool_calls"),
    )
    assert made(result) == [("a", "find", '{"q":"owls"}'), ("b", "look", '{"at":7}')]


# Q2: two calls at index 0.


def test_q02_a_new_named_id_opens_a_call_at_the_same_index() -> None:
    result, _ = folded(
        calls(call(index=0, id="a", name="find", arguments='{"q":"owls"}')),
        calls(call(index=0, id="b", name="find", arguments='{"q":"rooks"}')),
        calls(call(index=0, id="c", name="look", arguments="{}")),
        finished("tool_calls"),
    )
    expected = [("a", "find", '{"q":"owls"}'), ("b", "find", '{"q":"rooks"}'), ("c", "look", "{}")]
    assert made(result) == expected
    assert all(call.complete for call in result.tool_calls)


def test_q02_what_follows_at_the_index_belongs_to_the_newest_call() -> None:
    result, _ = folded(
        calls(call(index=0, id="a", name="find", arguments="")),
        calls(call(index=0, arguments='{"q":"owls"}')),
        calls(call(index=0, id="b", name="find", arguments="")),
        calls(call(index=0, arguments='{"q":')),
        calls(call(index=0, arguments='"rooks"}')),
        finished("tool_calls"),
    )
    assert made(result) == [("a", "find", '{"q":"owls"}'), ("b", "find", '{"q":"rooks"}')]


def test_q02_two_calls_in_one_delta_at_the_same_index() -> None:
    result, _ = folded(
        calls(call(index=0, id="a", name="find", arguments="{}"), call(index=0, id="b", name="find", arguments="{}")),
        finished("tool_calls"),
    )
    assert made(result) == [("a", "find", "{}"), ("b", "find", "{}")]


# Q3: the same id in each chunk.


@pytest.mark.parametrize("index", [0, None])
def test_q03_an_id_in_each_chunk_is_set_once(index: int | None) -> None:
    result, messages = folded(
        calls(call(index=index, id="a", name="find", arguments="")),
        calls(call(index=index, id="a", arguments='{"q":')),
        calls(call(index=index, id="a", arguments='"owls"}')),
        finished("tool_calls"),
    )
    assert made(result) == [("a", "find", '{"q":"owls"}')]
    assert result.tool_calls[0].aliases == ()
    assert len(runs(messages)) == 1


# Q4: an empty id later.


@pytest.mark.parametrize("later", [{"id": ""}, {"id": None}, {}])
@pytest.mark.parametrize("index", [0, None])
def test_q04_an_empty_id_is_no_id(index: int | None, later: dict[str, Any]) -> None:
    result, _ = folded(
        calls(call(index=index, id="a", name="find", arguments='{"q":')),
        calls(call(index=index, arguments='"ow') | later),
        calls(call(index=index, arguments='ls"}') | later),
        finished("tool_calls"),
    )
    assert made(result) == [("a", "find", '{"q":"owls"}')]
    assert result.tool_calls[0].aliases == ()


# Q5: the id changes.


@pytest.mark.parametrize("index", [0, None])
def test_q05_a_new_id_without_a_name_goes_on_with_the_call(index: int | None) -> None:
    result, messages = folded(
        calls(call(index=index, id="a", name="find", arguments="")),
        calls(call(index=index, id="b", arguments='{"q":')),
        calls(call(index=index, id="c", arguments='"owls"}')),
        finished("tool_calls"),
    )
    assert made(result) == [("a", "find", '{"q":"owls"}')]
    assert result.tool_calls[0].aliases == ("b", "c")
    assert {piece.tool_call_id for piece in call_deltas(messages)} == {"a"}


def test_q05_an_alias_means_its_call() -> None:
    result, _ = folded(
        calls(call(index=0, id="a", name="find", arguments="")),
        calls(call(index=0, id="b", arguments='{"q":')),
        calls(call(index=1, id="x", name="look", arguments='{"at":')),
        calls(call(id="b", arguments='"owls"}')),
        calls(call(id="x", arguments="7}")),
        finished("tool_calls"),
    )
    assert made(result) == [("a", "find", '{"q":"owls"}'), ("x", "look", '{"at":7}')]


@pytest.mark.parametrize("index", [0, None])
def test_q05_a_new_id_in_every_chunk_is_still_one_call(index: int | None) -> None:
    text = json.dumps({"q": "the owls of the north"})
    pieces = [calls(call(index=index, id=f"id-{at}", arguments=piece)) for at, piece in enumerate(text)]
    result, _ = folded(calls(call(index=index, id="a", name="find")), *pieces, finished("tool_calls"))
    assert made(result) == [("a", "find", text)]
    assert set(result.tool_calls[0].aliases) < {f"id-{at}" for at in range(len(text))}


# Q9: two entries of one index in one delta.


def test_q09_entries_of_one_index_are_folded_in_their_order() -> None:
    result, messages = folded(
        calls(call(index=0, id="functions.find:0", name="find"), call(index=0, arguments='{"q":')),
        calls(call(index=0, arguments='"ow'), call(index=0, arguments="ls"), call(index=0, arguments='"}')),
        calls(call(index=1, id="functions.look:1", name="look"), call(index=1, arguments="{}")),
        finished("tool_calls"),
    )
    assert made(result) == [("functions.find:0", "find", '{"q":"owls"}'), ("functions.look:1", "look", "{}")]
    assert [run[3:] for run in runs(messages)] == made(result)


# Q10: sparse indices.


@pytest.mark.parametrize("indices", [(1,), (1, 2), (2, 9), (7, 3), (10**9, 0), (-1, 4)])
def test_q10_an_index_is_a_key_and_not_a_position(indices: tuple[int, ...]) -> None:
    result, messages = folded(
        *(calls(call(index=index, id=f"id-{index}", name="find", arguments="")) for index in indices),
        *(calls(call(index=index, arguments=f'{{"n":{index}}}')) for index in indices),
        finished("tool_calls"),
    )
    assert made(result) == [(f"id-{index}", "find", f'{{"n":{index}}}') for index in indices]
    assert len(channels(messages)["calls"]) == len(indices)


# Q11: interleaved indices.


@given(st.permutations([0] * 4 + [1] * 4 + [2] * 4))
def test_q11_interleaved_calls_do_not_mix(order: list[int]) -> None:
    texts = ['{"q":"owls"}', '{"q":{"q":[]}}', '{"q":"{\\"q\\":"}']
    pieces = [iter([(text[:3]), (text[3:5]), (text[5:9]), (text[9:])]) for text in texts]
    opened: set[int] = set()
    frames = []
    for index in order:
        new = {} if index in opened else {"id": f"id-{index}", "name": f"tool_{index}"}
        opened.add(index)
        frames.append(calls(call(index=index, arguments=next(pieces[index]), **new)))
    result, messages = folded(*frames, finished("tool_calls"))
    expected = [(f"id-{index}", f"tool_{index}", texts[index]) for index in range(3)]
    assert sorted(made(result)) == expected
    said = [(call["id"], call["name"], call["arguments"]) for call in channels(messages)["calls"]]
    assert sorted(said) == expected
    assert all(call.complete for call in result.tool_calls)


# Q24: ids that are used again.


def test_q24_the_same_id_in_the_next_response_is_another_call() -> None:
    first, _ = folded(calls(call(index=0, id="call_0", name="find", arguments='{"q":1}')), finished("tool_calls"))
    second, said = folded(calls(call(index=0, id="call_0", name="look", arguments='{"at":2}')), finished("tool_calls"))
    assert (made(first), made(second)) == ([("call_0", "find", '{"q":1}')], [("call_0", "look", '{"at":2}')])
    assert channels(said)["calls"] == [{"id": "call_0", "name": "look", "arguments": '{"at":2}'}]


SECOND = synthetic_call_id(MESSAGE_ID, 1)
"""The id of the second call, where the first has the one that both came with."""


def by_index(*frames: Any) -> list[tuple[str, str, str]]:
    """The calls of a stream whose ids do not tell them apart."""
    state, messages = fold(chat, chat.Config(message_id=MESSAGE_ID), map(wire.decoder("chat"), frames))
    check_otids(messages)
    return made(chat.result(state))


def test_q24_the_same_id_at_two_indices_is_two_calls() -> None:
    assert by_index(
        calls(call(index=0, id="find", name="find", arguments='{"q":')),
        calls(call(index=1, id="find", name="find", arguments='{"q":')),
        calls(call(index=0, arguments='"owls"}')),
        calls(call(index=1, arguments='"rooks"}')),
        finished("tool_calls"),
    ) == [("find", "find", '{"q":"owls"}'), (SECOND, "find", '{"q":"rooks"}')]


def test_q24_one_id_in_every_chunk_at_two_indices_is_two_calls() -> None:
    assert by_index(
        calls(call(index=0, id="find", name="find", arguments='{"q":')),
        calls(call(index=1, id="find", name="find", arguments='{"q":')),
        calls(call(index=0, id="find", arguments='"owls"}')),
        calls(call(index=1, id="find", arguments='"rooks"}')),
        finished("tool_calls"),
    ) == [("find", "find", '{"q":"owls"}'), (SECOND, "find", '{"q":"rooks"}')]


def test_an_open_call_s_index_beats_an_alias_of_another() -> None:
    """Some servers send a new id with every chunk; two calls may come by the same one."""
    result, _ = folded(
        calls(call(0, id="c0", name="f", arguments='{"a":')),
        calls(call(0, id="x", arguments="1}")),
        calls(call(1, id="c1", name="g", arguments='{"b":')),
        calls(call(1, id="x", arguments="2}")),
    )
    assert [(call.id, call.arguments) for call in result.tool_calls] == [("c0", '{"a":1}'), ("c1", '{"b":2}')]


@pytest.mark.parametrize("call_id", [None, ""])
def test_q03_an_empty_id_is_none(call_id: str | None) -> None:
    named = calls(call(0, name="move"), {"id": call_id, "function": {"arguments": "{}"}})
    result, _ = folded(calls(call(1, "call_1")), named, finished("tool_calls"), DONE)
    assert Doubt.ORPHAN_ARGUMENTS in [one.doubt for one in result.tool_calls[1].doubts]
