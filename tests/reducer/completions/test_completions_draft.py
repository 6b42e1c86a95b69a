from typing import Any

import pytest
from streamfold.adapters import wire
from streamfold.reducer import Done, Ended, chat, inner_thoughts
from streamfold.reducer.messages import Message
from streamfold.reducer.otid import synthetic_call_id
from streamfold.reducer.values.text import EMPTY
from support.chat_shapes import call, calls, choice, chunk, delta, finished, folded, made, noted
from support.law_checks import MESSAGE_ID


def steps(*frames: Any, **options: Any) -> list[list[str]]:
    """What each frame made the fold say."""
    state, messages = chat.start(chat.Config(message_id=MESSAGE_ID, **options))
    said = [[spoken(message) for message in messages]] if messages else []
    for frame in frames:
        state, messages = chat.step(state, wire.decoder("chat")(frame))
        said.append([spoken(message) for message in messages])
    return said


def spoken(message: Message) -> str:
    made = getattr(message, "tool_call", None)
    if made is not None:
        return f"{made.tool_call_id}: {made.name or ''}({made.arguments or ''}"
    for name in ("content", "reasoning", "refusal", "annotation", "detail"):
        if hasattr(message, name):
            return f"{name}: {getattr(message, name)}"
    return message.message_type


def test_a_state_begins_with_nothing() -> None:
    begin, _ = chat.start(chat.Config(message_id=MESSAGE_ID))
    assert chat.State(begin.config, begin.run) == begin
    assert (begin.tags, begin.omitted, begin.chunks, begin.end) == (None, False, 0, None)
    assert (begin.arguments, begin.split) == (EMPTY, None)


def test_reasoning_is_said_before_content_and_that_before_the_rest() -> None:
    everything = delta(
        tool_calls=[call(index=0, id="a", name="go", arguments="{}")],
        refusal="No",
        reasoning="Hm",
        content="Hi",
        annotations=[{"url": "x"}],
        executed_tools=[{"type": "search"}],
    )
    assert steps(everything) == [
        [
            "reasoning: Hm",
            "content: Hi",
            "refusal: No",
            "a: go(",
            "a: ({}",
            "annotation: {'url': 'x'}",
            "server_tool_message",
        ]
    ]


@pytest.mark.parametrize("first", ["reasoning_content", "reasoning", "reasoning_text"])
def test_of_several_names_of_reasoning_one_counts(first: str) -> None:
    names = ("reasoning_content", "reasoning", "reasoning_text")
    later = names[names.index(first) :]
    members = {name: name for name in later} | {"reasoning_details": [{"type": "reasoning.text", "text": "details"}]}
    assert steps(delta(**members)) == [[f"reasoning: {first}"]]


def test_details_are_reasoning_where_there_is_no_other() -> None:
    assert steps(delta(reasoning_details=[{"type": "reasoning.text", "text": "Hm"}])) == [["reasoning: Hm"]]


def test_a_marker_that_says_nothing_new_leaves_the_very_state() -> None:
    state, _ = chat.start(chat.Config(message_id=MESSAGE_ID))
    over, _ = chat.step(state, Done())
    assert over is not state
    assert chat.step(over, Done()) == (over, ())
    assert chat.step(over, Done())[0] is over


def test_a_delta_after_the_error_is_noted_and_not_said() -> None:
    result, messages = folded(
        delta(content="Hi"),
        delta() | {"error": {"message": "boom"}},
        delta(content="more"),
        delta(tool_calls=[call(index=0, id="a", name="go")]),
        delta(role="assistant"),
    )
    assert [message.message_type for message in messages] == ["assistant_message", "stop_reason"]
    (note,) = noted(result, "ignored")
    assert (note.detail, note.count) == ("a delta after the error", 2)


def test_a_second_error_is_not_told() -> None:
    result, messages = folded(*(delta() | {"error": {"message": words}} for words in ("boom", "worse")))
    assert result.error is not None
    assert result.error.message == "boom"
    assert [message.message_type for message in messages] == ["stop_reason"]


def test_another_choice_is_noted_by_its_index() -> None:
    frames = [chunk(choice(0, content="a"), choice(1, content="b")), chunk(choice(1, content="c"))]
    result, _ = folded(*frames)
    assert (result.text, noted(result, "ignored")[0].detail, noted(result, "ignored")[0].count) == ("a", "choice 1", 2)
    assert folded(*frames, choice=1)[0].text == "bc"
    assert folded(*frames, choice=None)[0].text == "abc"


def test_the_call_of_the_old_api_is_said_as_it_comes() -> None:
    pieces = [{"name": "go", "arguments": ""}, {"arguments": "[1"}, {"arguments": "]"}]
    call_id = synthetic_call_id(MESSAGE_ID, -1)
    assert steps(*(delta(function_call=piece) for piece in pieces)) == [
        [f"{call_id}: go("],
        [f"{call_id}: ([1"],
        [f"{call_id}: (]"],
    ]


# What is undecided between snapshots and deltas comes out when anything else is said.

BEGUN = call(index=0, id="a", name="go", arguments='{"a":[')
HELD = call(index=0, arguments='{"a":[1')


def test_what_is_held_of_a_call_is_said_before_another_call_speaks() -> None:
    other = call(index=1, id="b", name="come", arguments='{"')
    assert steps(calls(BEGUN), calls(HELD), calls(other))[1:] == [[], ['a: ({"a":[1', 'b: come({"']]


@pytest.mark.parametrize(
    "other",
    [
        {"content": "x"},
        {"reasoning": "x"},
        {"reasoning_content": "x"},
        {"reasoning_text": "x"},
        {"reasoning_details": [{"type": "reasoning.text", "text": "x"}]},
        {"refusal": "x"},
        {"function_call": {"name": "x"}},
        {"annotations": [{"url": "x"}]},
        {"executed_tools": [{"type": "x"}]},
    ],
    ids=lambda other: next(iter(other)),
)
def test_what_is_held_of_a_call_is_said_before_anything_else(other: dict[str, Any]) -> None:
    said = steps(calls(BEGUN), calls(HELD), delta(**other))
    assert said[2][0] == 'a: ({"a":[1'
    assert len(said[2]) == 2


def test_an_empty_delta_leaves_what_is_held() -> None:
    for nothing in ({}, {"content": ""}, {"role": "assistant"}, {"function_call": {}}):
        assert steps(calls(BEGUN), calls(HELD), delta(**nothing))[2] == []


def test_what_is_held_of_a_call_without_a_name_names_it_not() -> None:
    nameless = [{"index": 0, "function": {"arguments": piece}} for piece in ('{"a":[', '{"a":[1')]
    named = call(index=0, id="a", name="go", arguments="]}")
    assert steps(calls(nameless[0]), calls(nameless[1]), delta(content="x"), calls(named)) == [
        [],
        [],
        ["content: x"],
        ['a: go({"a":[{"a":[1]}'],
    ]


def test_a_call_that_is_named_while_it_is_undecided_loses_nothing() -> None:
    nameless = [{"index": 0, "function": {"arguments": piece}} for piece in ('{"a":[', '{"a":[1')]
    result, _ = folded(calls(nameless[0]), calls(nameless[1]), calls(call(index=0, id="a", name="go")), finished())
    assert made(result) == [("a", "go", '{"a":[{"a":[1')]
    said = steps(calls(nameless[0]), calls(nameless[1]), calls(call(index=0, id="a", name="go")), delta(content="x"))
    assert said == [[], [], ['a: go({"a":['], ['a: ({"a":[1', "content: x"]]


def test_what_was_held_and_has_come_out_is_not_said_again() -> None:
    more = call(index=0, arguments="]}")
    assert steps(calls(BEGUN), calls(HELD), calls(more), delta(content="x"))[2:] == [
        ['a: ({"a":[1]}'],
        ["content: x"],
    ]


def test_what_changes_with_each_delta_is_in_the_state_once() -> None:
    for machine in (chat, inner_thoughts):
        state, _ = machine.start(machine.Config(message_id=MESSAGE_ID))
        for frame in (calls(BEGUN), calls(HELD), delta(content="x")):
            state, _ = machine.step(state, wire.decoder("chat")(frame))
        lane = state.calls.lanes.lane
        assert lane is not None
        assert (lane.arguments, lane.split, str(state.arguments)) == (EMPTY, None, '{"a":[{"a":[1')
    state, _ = inner_thoughts.start(inner_thoughts.Config(message_id=MESSAGE_ID))
    state, _ = inner_thoughts.step(state, wire.decoder("chat")(calls(call(index=0, id="a", name="go"))))
    over, _ = inner_thoughts.finish(state, Ended())
    assert over.calls.lanes.lane is not None
    assert over.calls.lanes.lane.split is None
    assert over.split is not None


# Tools that the provider ran


def test_an_executed_tool_replaces_its_unfinished_self_by_index_and_type() -> None:
    def items(*tools: Any) -> list[Any]:
        return [part.item for part in folded(*(delta(executed_tools=[tool]) for tool in tools))[0].content]

    begun, done = {"index": 0, "type": "search"}, {"index": 0, "type": "search", "output": "x"}
    assert items(begun, done) == [done]
    assert items(done, done) == [done, done]
    assert items(begun, done | {"type": "python"}) == [begun, done | {"type": "python"}]
    assert items(begun, done | {"index": 1}) == [begun, done | {"index": 1}]


@pytest.mark.parametrize(("others", "placed"), [(63, True), (64, False)])
def test_a_tool_s_output_is_looked_for_64_tools_back(others: int, placed: bool) -> None:
    tools = [{"index": at, "type": "search"} for at in range(others + 1)]
    done = {"index": 0, "type": "search", "output": "x"}
    items = [part.item for part in folded(*(delta(executed_tools=[tool]) for tool in [*tools, done]))[0].content]  # type: ignore[union-attr]
    assert items == ([done, *tools[1:]] if placed else [*tools, done])


def test_an_executed_tool_is_said_with_its_type_and_status() -> None:
    _, messages = folded(delta(executed_tools=[{"type": "search"}, {"type": "search", "output": ""}, {"output": None}]))
    said = [(message.tool, message.item_id, message.status) for message in messages]  # type: ignore[union-attr]
    assert said == [("search", None, "in_progress"), ("search", None, "completed"), ("", None, "in_progress")]
