"""What we do otherwise than Letta's legacy interface where thoughts ride inside a call: a test for each."""

import json
from typing import Any

import pytest
from differential.differences.letta_streams import (
    SIZES,
    THOUGHT,
    begin,
    called,
    delta,
    entry,
    feed_open,
    said,
)
from hypothesis import given
from hypothesis import strategies as st
from streamfold.reducer import Cancelled, chat, inner_thoughts
from support.law_checks import (
    channels,
)


@pytest.mark.parametrize("ascii_only", [True, False], ids=["escaped", "raw"])
@pytest.mark.parametrize("size", SIZES)
def test_escapes_are_decoded_also_when_they_are_cut(size: int, ascii_only: bool) -> None:
    arguments = json.dumps({"thinking": THOUGHT, "message": THOUGHT}, ensure_ascii=ascii_only)
    fold = said(inner_thoughts, called(arguments, size, "send_message"), use_assistant_message=True)
    assert fold.channels["reasoning"] == fold.channels["text"] == fold.result.text == THOUGHT
    assert (fold.types, fold.calls) == (["reasoning_message", "assistant_message"], [])


@given(text=st.text(), size=st.integers(1, 9))
def test_the_assistant_s_text_is_exact_at_every_cut(text: str, size: int) -> None:
    arguments = json.dumps({"thinking": "Now.", "message": text})
    fold = said(inner_thoughts, called(arguments, size, "send_message"), use_assistant_message=True)
    assert fold.channels["text"] == text


@pytest.mark.parametrize("text", ["ends in blanks   ", 'a "quote", and "another",', "one", "x  \n  y "])
@pytest.mark.parametrize("size", SIZES)
def test_assistant_text_keeps_blanks_and_quotes_and_may_come_at_once(size: int, text: str) -> None:
    arguments = json.dumps({"message": text})
    options = {"use_assistant_message": True, "put_inner_thoughts_in_kwarg": False}
    assert said(inner_thoughts, called(arguments, size, "send_message"), **options).channels["text"] == text


@pytest.mark.parametrize("size", SIZES)
def test_only_the_top_level_thoughts_count_and_nested_values_stay_whole(size: int) -> None:
    rest = {"query": {"thinking": "not this", "list": [1, [2, {"thinking": None}], "}"]}, "tags": [], "deep": {"a": {}}}
    arguments = json.dumps({"thinking": "This.", **rest})
    fold = said(inner_thoughts, called(arguments, size))
    assert fold.channels["reasoning"] == "This."
    ((_, _, main),) = fold.calls
    assert json.loads(main) == rest
    assert [call.arguments for call in fold.result.tool_calls] == [arguments]


@pytest.mark.parametrize("size", SIZES)
def test_held_arguments_without_thoughts_are_released_when_the_object_closes(size: int) -> None:
    values = called('{"query": "rivers"}', size, finish=None)[:-1]
    state, messages = feed_open(values)
    assert channels(messages)["calls"] == [{"id": "call_0", "name": "archive", "arguments": '{"query": "rivers"}'}]
    assert said(inner_thoughts, values).calls == [("call_0", "archive", '{"query": "rivers"}')]
    assert state.end is None


def test_held_arguments_are_released_by_finish_at_the_latest() -> None:
    values = called('{"query": "riv', 3, finish=None)
    assert [message for message in feed_open(values)[1] if message.message_type == "tool_call_message"] == []
    fold = said(inner_thoughts, values, Cancelled())
    assert fold.calls == [("call_0", "archive", '{"query": "riv')]
    assert fold.stops == ["cancelled"]


@pytest.mark.parametrize("machine", [chat, inner_thoughts])
def test_a_call_without_arguments_shows_its_name(machine: Any) -> None:
    fold = said(machine, [delta(tool_calls=[begin()]), delta("tool_calls")])
    assert fold.calls == [("call_0", "archive", "")]
    assert [(call.arguments, call.complete) for call in fold.result.tool_calls] == [("{}", True)]


def test_inner_thoughts_reads_every_call_of_a_chunk_and_the_content_too() -> None:
    both = [begin("left", '{"thinking": "L", "a": 1}', 0), begin("right", '{"thinking": "R", "b": 2}', 1)]
    fold = said(inner_thoughts, [delta(content="Well. "), delta(tool_calls=both), delta("tool_calls")])
    assert fold.channels["text"] == "Well. "
    assert fold.channels["reasoning"] == "LR"
    assert [(call_id, name, json.loads(arguments)) for call_id, name, arguments in fold.calls] == [
        ("call_0", "left", {"a": 1}),
        ("call_1", "right", {"b": 2}),
    ]
    assert [call.complete for call in fold.result.tool_calls] == [True, True]


@pytest.mark.parametrize("machine", [chat, inner_thoughts])
def test_arguments_before_the_call_s_id_are_held_and_sent_with_it(machine: Any) -> None:
    first = [delta(tool_calls=[entry('{"query": ', "archive")]), delta(tool_calls=[entry('"rivers"')])]
    fold = said(machine, [*first, delta(tool_calls=[entry("}", id="call_7")]), delta("tool_calls")])
    assert fold.calls == [("call_7", "archive", '{"query": "rivers"}')]
    assert [call.id for call in fold.result.tool_calls] == ["call_7"]


@pytest.mark.parametrize("machine", [chat, inner_thoughts])
@pytest.mark.parametrize("pieces", [["delete", "_file"], ["delete_", "file"], ["d", "elete_fil", "e"]])
def test_a_name_in_pieces_settles_the_kind_before_the_first_message(machine: Any, pieces: list[str]) -> None:
    values = [delta(tool_calls=[begin(pieces[0])])]
    values += [delta(tool_calls=[entry(None, piece)]) for piece in pieces[1:]]
    values += [delta(tool_calls=[entry('{"path": "a.txt"}')]), delta("tool_calls")]
    assert said(machine, values, requires_approval_tools={"delete_file"}).types == ["approval_request_message"]
    fold = said(machine, values, requires_approval_tools={"delete"})
    assert fold.types == ["tool_call_message"]
    assert fold.calls == [("call_0", "delete_file", '{"path": "a.txt"}')]


def test_a_custom_tool_s_text_has_no_thoughts_in_it() -> None:
    first = {
        "index": 0,
        "id": "call_0",
        "type": "custom",
        "custom": {"name": "note", "input": '{"thinking": "x", "a": 1}'},
    }
    fold = said(inner_thoughts, [delta(tool_calls=[first]), delta("tool_calls")])
    assert fold.calls == [("call_0", "note", '{"thinking": "x", "a": 1}')]
