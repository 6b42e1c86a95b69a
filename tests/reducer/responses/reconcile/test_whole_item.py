"""Whole items, begun or done: what they say, what they take away, and when a call is whole."""

from typing import Any

import pytest
from streamfold.reducer.result import TextPart
from support.event_shapes import (
    LEFT_OUT,
    annotation_added,
    begun,
    citation,
    completed,
    created,
    custom_call,
    folded,
    function_call,
    incomplete,
    item_added,
    item_done,
    message,
    message_lane,
    open_state,
    part_done,
    reasoning,
    server_tool,
    text_delta,
    text_part,
)
from support.law_checks import channels


def test_the_beginning_of_an_item_that_is_over_says_nothing() -> None:
    came = folded([*message_lane("a"), begun(message(0, "other"))])
    assert (came.result.text, came.notes("mismatch")) == ("a", [])


def test_a_refusal_in_a_reasoning_item_is_none() -> None:
    part = {"type": "summary_text", "text": "S", "refusal": "No"}
    came = folded([item_done(reasoning(0) | {"summary": [part]})])
    assert (came.result.reasoning, came.result.refusal) == ("S", "")


@pytest.mark.parametrize(
    ("status", "begins", "ends"), [("searching", "searching", "searching"), (LEFT_OUT, "in_progress", "completed")]
)
def test_a_server_tool_s_item_is_said_with_its_status(status: Any, begins: str, ends: str) -> None:
    item = server_tool("web_search_call", status=status)
    came = folded([item_added(item), item_done(item), item_done(item)])
    assert came.server_tools() == [
        ("web_search_call", "item_0", begins, None),
        ("web_search_call", "item_0", ends, None),
    ]
    assert [message.item for message in came.messages] == [item, item]  # type: ignore[union-attr]


def test_a_server_tool_without_an_id_has_none() -> None:
    came = folded([item_added(server_tool("web_search_call", id=LEFT_OUT))])
    assert came.server_tools() == [("web_search_call", None, "completed", None)]


@pytest.mark.parametrize("status", ["completed", "in_progress", LEFT_OUT])
def test_a_done_call_is_whole_unless_it_says_otherwise(status: Any) -> None:
    call = function_call(0, arguments="{}", status=status)
    assert folded([item_done(call)]).result.tool_calls[0].complete
    assert not folded([item_done(call | {"status": "incomplete"})]).result.tool_calls[0].complete


def test_a_call_named_by_the_final_list_is_said_under_that_name() -> None:
    nameless = function_call(0, "", "{}")
    came = folded([created(), item_added(nameless), item_done(nameless), completed(function_call(0, "go", "{}"))])
    assert channels(came.messages)["calls"] == [{"id": "call_0", "name": "go", "arguments": "{}"}]


@pytest.mark.parametrize("members", [{}, {"status": "in_progress"}, {"status": "completed"}])
def test_raw_text_that_the_limit_cut_off_is_not_whole(members: dict[str, Any]) -> None:
    custom = custom_call(0, text="SELECT", **members)
    came = folded([created(), item_done(custom), incomplete()])
    assert came.result.tool_calls[0].complete is (members == {"status": "completed"})


@pytest.mark.parametrize("name", ["encrypted_content", "phase", "namespace"])
def test_a_later_whole_takes_no_member_away(name: str) -> None:
    def kept(later: dict[str, Any]) -> Any:
        item = {"type": "reasoning", "id": "item_0", name: "first"}
        state = open_state([item_added(item), item_done({"type": "reasoning", "id": "item_0", **later})])
        return state.items.lanes.get(0).members.get(name)

    assert [kept(later) for later in ({}, {name: ""}, {name: None}, {name: "later"})] == ["first"] * 3 + ["later"]


@pytest.mark.parametrize("name", ["name", "call_id"])
@pytest.mark.parametrize("nothing", ["", None, LEFT_OUT])
def test_a_call_keeps_its_names_where_a_later_whole_lacks_them(name: str, nothing: Any) -> None:
    came = folded([begun(function_call()), item_done(function_call(0, **{"arguments": "{}", name: nothing}))])
    (call,) = came.result.tool_calls
    assert (call.id, call.name, came.notes("mismatch")) == ("call_0", "get_weather", [])


@pytest.mark.parametrize("changed", ["name", "call_id"])
def test_a_call_renamed_before_it_is_said_contradicts_nothing(changed: str) -> None:
    begins = function_call(0, "", "", call_id=LEFT_OUT)
    came = folded([item_added(begins), item_done(function_call(0, arguments="{}"))])
    assert came.notes("mismatch") == []
    came = folded(
        [begun(function_call()), item_done(function_call(0, arguments="{}") | {changed: "other"})], agree=False
    )
    assert came.notes("mismatch") == [f"the {changed} of function_call item_0 differs"]


def test_citations_of_a_whole_are_said_after_those_that_came() -> None:
    whole = text_part("a", citation("one"), citation("two"))
    came = folded([begun(message(0)), text_delta("a"), annotation_added(citation("one")), item_done(message(0, whole))])
    notes = [message.annotation["title"] for message in came.messages if message.message_type == "annotation_message"]
    assert notes == ["one", "two"]
    assert came.result.content == (TextPart("a", (citation("one"), citation("two"))),)
    came = folded([text_delta("a"), annotation_added(citation("one")), part_done(whole)])
    assert came.result.content == (TextPart("a", (citation("one"), citation("two"))),)


def test_an_item_s_members_are_kept_up_to_a_limit() -> None:
    named = [{"type": "web_search_call", "id": "ws", f"k{at}": at} for at in range(265)]
    fold = folded([item_added(item, 0) for item in named])
    (item,) = fold.result.output
    assert item.item["k7"] == 7
    assert len(item.item) == 256
    assert [note.count for note in fold.result.diagnostics if "beyond the limits" in note.detail] == [11]
