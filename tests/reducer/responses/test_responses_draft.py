from typing import Any

import pytest
from streamfold.reducer import Cancelled, responses
from streamfold.reducer.messages import Message
from streamfold.reducer.otid import synthetic_call_id
from streamfold.reducer.result import ServerToolPart, TextPart
from streamfold.reducer.values.text import EMPTY
from support.event_shapes import (
    LEFT_OUT,
    annotation_added,
    arguments_delta,
    begun,
    chunks_of,
    citation,
    completed,
    created,
    custom_call,
    folded,
    function_call,
    incomplete,
    input_delta,
    item_added,
    item_done,
    message,
    message_lane,
    open_state,
    part_added,
    progress,
    reasoning,
    refusal_delta,
    server_tool,
    summary_delta,
    summary_done,
    text_delta,
    text_done,
    text_part,
    without,
)
from support.law_checks import APPROVAL_ID, MESSAGE_ID, channels


def texts(*events: Any) -> list[str]:
    return [part.text for part in folded(events, agree=False).result.content if isinstance(part, TextPart)]


def calls_of(messages: list[Message]) -> list[tuple[str, str, str | None, str | None]]:
    return [
        (message.message_type, message.tool_call.tool_call_id, message.tool_call.name, message.tool_call.arguments)
        for message in messages
        if message.message_type in ("tool_call_message", "approval_request_message")
    ]


# The part in work


def test_a_delta_that_goes_on_looks_nothing_up() -> None:
    events = chunks_of([text_delta("a"), text_delta("b")])
    first, _ = responses.step(responses.start(responses.Config(message_id=MESSAGE_ID))[0], events[0])
    second, _ = responses.step(first, events[1])
    assert second.work is first.work
    assert second.items is first.items
    assert str(second.text) == "ab"


def test_a_part_that_is_over_leaves_no_text_in_work() -> None:
    lane = message_lane("Hi")
    for events in (lane, [*lane[:3], text_done("other"), text_delta("!")], [text_done("Hi")], [reasoning_tail()]):
        state = open_state(events)
        assert (state.work, state.text) == (None, EMPTY)


def reasoning_tail() -> Any:
    return item_done(reasoning(0, "S", raw=["R"]))


@pytest.mark.parametrize(("left_out", "announced"), [("output_index", True), ("item_id", True), ("item_id", False)])
def test_deltas_are_told_apart_by_index_or_by_id(left_out: str, announced: bool) -> None:
    deltas = [text_delta("a", 0), text_delta("b", 1), text_delta("c", 0), text_delta("d", 1)]
    before = [begun(message(0), 0), begun(message(1), 1)] if announced else []
    assert texts(*before, *without(deltas, left_out)) == ["ac", "bd"]


def test_deltas_are_told_apart_by_their_part_and_by_their_kind() -> None:
    deltas = [text_delta("a"), part_added(text_part(""), at=1), text_delta("b", at=1), text_delta("c")]
    came = folded([*deltas, refusal_delta("d", at=2), text_delta("e")], agree=False)
    assert [getattr(part, "text", getattr(part, "refusal", None)) for part in came.result.content] == ["ace", "b", "d"]


def test_an_id_that_a_delta_came_under_means_its_item() -> None:
    renamed = text_delta("a", item_id="msg_b")
    later = text_delta("c", item_id="msg_b", output_index=LEFT_OUT)
    assert texts(begun(message(0)), renamed, begun(message(1), 1), text_delta("b", 1), later) == ["ac", "b"]


def test_an_item_that_nothing_announced_is_of_the_response_that_goes_on() -> None:
    first = [created(), *message_lane("a", 0), *message_lane("b", 1), incomplete(reason="steered")]
    assert texts(*first, created("resp_2"), text_delta("c", item_id="msg_c")) == ["a", "b", "c"]


def test_progress_changes_no_item() -> None:
    before = open_state([begun(server_tool("web_search_call"), 0), begun(message(1), 1)])
    for event in (progress("web_search_call", "searching"), progress("web_search_call", "searching", item_id=LEFT_OUT)):
        after, messages = responses.step(before, chunks_of([event])[0])
        assert len(messages) == 1
        assert after.items is before.items


def test_what_comes_for_an_item_that_is_done_is_noted() -> None:
    tool = server_tool("code_interpreter_call")
    late = [
        progress("code_interpreter_call", "interpreting"),
        progress("code_interpreter_call_code", "delta", delta="1"),
    ]
    came = folded([item_added(tool), item_done(tool), *late])
    assert len(came.messages) == 2
    assert came.notes("ignored") == [f"{event['type']} for an item that is done" for event in late]
    came = folded([*message_lane("Hi"), completed(), text_delta("late")])
    assert (came.result.text, came.notes("ignored")) == ("Hi", ["response.output_text.delta for an item that is done"])


# Wholes


def test_a_text_that_was_contradicted_and_then_confirmed_is_what_was_said() -> None:
    came = folded([text_delta("abc"), text_done("xyz"), text_delta("!"), item_done(message(0, "abc!"))])
    assert (came.result.text, channels(came.messages)["text"]) == ("abc!", "abc!")
    assert [diagnostic.count for diagnostic in came.result.diagnostics] == [1]


def test_a_contradicted_text_that_goes_on_has_its_tail_said() -> None:
    came = folded([text_delta("abc"), text_done("xyz"), item_done(message(0, "abcdef"))])
    assert (came.result.text, channels(came.messages)["text"]) == ("abcdef", "abcdef")


def test_an_empty_whole_does_not_take_a_contradiction_back() -> None:
    assert folded([text_delta("abc"), text_done("xyz"), item_done(message(0, ""))]).result.text == "xyz"


def test_a_contradiction_that_is_repeated_is_noted_once() -> None:
    came = folded([text_delta("abc"), text_done("xyz"), text_done("xyz")])
    assert [diagnostic.count for diagnostic in came.result.diagnostics] == [1]
    assert came.notes("mismatch") == ["the text of message item_0 differs"]


def test_each_part_has_a_whole_of_its_own() -> None:
    assert texts(text_done("a"), text_done("b", at=1)) == ["a", "b"]
    came = folded([summary_done("one"), summary_done("two", at=1)])
    assert channels(came.messages)["reasoning"] == "one\n\ntwo"


def test_the_tail_of_a_summary_s_part_is_not_set_off() -> None:
    events = [summary_delta("one"), summary_delta("two", at=1), summary_done("two more", at=1)]
    assert [message.reasoning for message in folded(events).messages] == ["one", "\n\ntwo", " more"]  # type: ignore[union-attr]
    assert folded(events).result.reasoning == "one\n\ntwo more"


def test_a_summary_part_is_set_off_from_another_part_alone() -> None:
    came = folded([item_done(reasoning(0, "S", raw=["R"]))])
    assert [message.reasoning for message in came.messages] == ["S", "R"]  # type: ignore[union-attr]
    came = folded([item_done(reasoning(0, "S")), item_done(reasoning(1, "T"), 1)])
    assert [message.reasoning for message in came.messages] == ["S", "T"]  # type: ignore[union-attr]


def test_a_summary_s_part_that_says_nothing_sets_nothing_off() -> None:
    cited = {"type": "summary_text", "text": "", "annotations": [citation("a")]}
    added = summary_delta("", at=0) | {"type": "response.reasoning_summary_part.added", "part": cited}
    came = folded([added, summary_delta("two", at=1)])
    assert channels(came.messages)["reasoning"] == came.result.reasoning == "two"


# Citations


def test_a_citation_may_come_before_its_text() -> None:
    came = folded([annotation_added(citation("a")), text_delta("Hi")])
    assert came.result.content == (TextPart("Hi", (citation("a"),)),)


def test_a_citation_is_of_its_part() -> None:
    came = folded([text_delta("a"), text_done("a"), text_delta("b", at=1), annotation_added(citation("x"), at=1)])
    assert came.result.content == (TextPart("a"), TextPart("b", (citation("x"),)))


def test_a_citation_after_its_item_is_said_by_new_number_else_noted() -> None:
    lane = message_lane("Hi")
    numbered = [annotation_added(citation("a"), annotation_index=at) for at in (0, 0, 1)]
    came = folded([*lane, *numbered])
    assert [message.message_type for message in came.messages].count("annotation_message") == 2
    assert came.notes("ignored") == []
    came = folded([*lane, *[annotation_added(citation(name), annotation_index=None) for name in "aab"]])
    assert titles(came) == ["a", "b"]
    assert came.notes("ignored") == ["a citation for an item that is done"]


def titles(fold: Any) -> list[Any]:
    """The citations, which the messages say as the result has them."""
    (part,) = fold.result.content
    said = [message.annotation for message in fold.messages if message.message_type == "annotation_message"]
    assert said == list(part.annotations)
    return [note["title"] for note in part.annotations]


def test_a_number_that_all_citations_have_tells_none_apart() -> None:
    notes = [annotation_added(citation(name)) for name in "abba"]
    assert titles(folded([begun(message()), text_delta("Hi"), *notes])) == ["a", "b"]


@pytest.mark.parametrize(
    ("came", "whole", "kept"),
    [("b", "ab", "ba"), ("ba", "aabc", "baac"), ("ab", "ba", "ab"), ("ax", "abc", "axc"), ("ab", "b", "ab")],
)
def test_all_citations_have_those_that_came(came: str, whole: str, kept: str) -> None:
    notes = [annotation_added(citation(name), annotation_index=at) for at, name in enumerate(came)]
    done = item_done(message(0, text_part("Hi", *map(citation, whole))))
    assert "".join(titles(folded([begun(message()), text_delta("Hi"), *notes, done]))) == kept


def test_citations_are_kept_as_they_were() -> None:
    note = citation("a")
    state = open_state([text_delta("Hi"), annotation_added(note)])
    note["title"] = "changed"
    (part,) = responses.result(state).content
    assert part == TextPart("Hi", (citation("a"),))


# Calls


@pytest.mark.parametrize(
    ("asks", "kind"), [({"get_weather"}, "approval_request_message"), ({"get"}, "tool_call_message")]
)
def test_every_piece_of_a_call_is_of_its_name_s_kind(asks: set[str], kind: str) -> None:
    events = [begun(function_call()), arguments_delta('{"a"'), arguments_delta(":1}"), item_done(function_call())]
    came = folded(events, requires_approval_tools=asks)
    assert calls_of(came.messages) == [
        (kind, "call_0", "get_weather", None),
        (kind, "call_0", None, '{"a"'),
        (kind, "call_0", None, ":1}"),
    ]
    ids = {message.id for message in came.said}
    assert ids == ({APPROVAL_ID} if kind == "approval_request_message" else {MESSAGE_ID})


def test_the_pieces_of_a_call_wait_for_its_name() -> None:
    events = [arguments_delta('{"a"'), arguments_delta(":1}")]
    assert folded(events, Cancelled()).messages[0].message_type == "tool_call_message"
    state = open_state(events)
    assert state.items.lanes.get(0).arguments == '{"a":1}'
    named = folded([*events, item_done(function_call(0, arguments='{"a":1}'))])
    assert calls_of(named.messages) == [("tool_call_message", "call_0", "get_weather", '{"a":1}')]


@pytest.mark.parametrize(
    ("item", "call_id"),
    [
        (function_call(0, arguments="{}"), "call_0"),
        (function_call(0, arguments="{}", call_id=""), "item_0"),
        (function_call(0, arguments="{}", call_id=LEFT_OUT, id=LEFT_OUT), synthetic_call_id(MESSAGE_ID, 0)),
    ],
)
def test_a_call_goes_by_call_id_item_id_or_one_made_up(item: Any, call_id: str) -> None:
    came = folded([item_done(item)])
    assert calls_of(came.messages) == [("tool_call_message", call_id, "get_weather", "{}")]
    assert came.result.tool_calls[0].id == call_id


def test_a_call_without_a_call_id_waits_until_it_is_done() -> None:
    begins = begun(function_call(0, call_id=""))
    came = folded([begins, arguments_delta("{}"), item_done(function_call(0, arguments="{}"))])
    assert calls_of(came.messages) == [("tool_call_message", "call_0", "get_weather", "{}")]


def test_at_the_end_a_call_is_said_with_what_is_known() -> None:
    came = folded([arguments_delta("{"), input_delta("SELECT", 1)], Cancelled())
    assert calls_of(came.messages) == [
        ("tool_call_message", "item_0", None, "{"),
        ("tool_call_message", "item_1", None, "SELECT"),
    ]


def test_all_pieces_of_a_call_go_by_one_id() -> None:
    half, whole = (function_call(0, arguments=text, call_id=LEFT_OUT) for text in ('{"a"', '{"a":1}'))
    came = folded([item_done(half), completed(whole)])
    assert calls_of(came.messages) == [
        ("tool_call_message", "item_0", "get_weather", '{"a"'),
        ("tool_call_message", "item_0", None, ":1}"),
    ]


def test_a_custom_tool_s_input_is_said_as_it_comes() -> None:
    came = folded([begun(custom_call()), input_delta("SEL"), input_delta("ECT")])
    assert [said for *_, said in calls_of(came.messages)] == [None, "SEL", "ECT"]


# Server tools


def test_the_pieces_of_a_shell_s_commands_stay_apart_by_their_numbers() -> None:
    kind = "shell_call_command"
    deltas = [("ls", 0), ("pwd", 1), (" -l", 0)]
    events = [progress(kind, "delta", delta=piece, command_index=at) for piece, at in deltas]
    came = folded(events)
    assert [delta for *_, delta in came.server_tools()] == ["ls", "pwd", " -l"]
    (part,) = came.result.content
    assert ("ls -l", "pwd") in part.item.values()  # type: ignore[union-attr]
    (part,) = folded([progress(kind, "delta", delta="ls")]).result.content
    assert "ls" in part.item.values()  # type: ignore[union-attr]


def test_a_member_that_comes_again_for_its_item_is_kept_once() -> None:
    events = [begun(message(0, "aa")), *(text_delta("a", provider="x") for _ in range(2))]
    (item,) = responses.result(open_state(events)).output
    assert item.extras == {"provider": "x"}


CODE = server_tool("code_interpreter_call", code="")


def code(stage: str, said: str) -> Any:
    return progress("code_interpreter_call_code", stage, **{"delta" if stage == "delta" else "code": said})


@pytest.mark.parametrize(
    ("events", "said", "kept", "differs"),
    [
        ([code("delta", "1"), code("done", "1+1")], "1+1", "1+1", False),
        ([code("done", "1+1"), code("delta", "1"), code("delta", "+1")], "1+1", "1+1", False),
        ([code("done", "1+1"), code("delta", "1+"), code("delta", "2")], "1+11+2", "1+11+2", False),
        ([code("delta", "2"), code("done", "1+1")], "2", "1+1", True),
        ([code("delta", "2"), code("done", "1+1"), code("done", "1+1")], "2", "1+1", True),
        ([code("delta", "1+1"), code("done", "1")], "1+1", "1+1", True),
        ([code("delta", "\ud83d"), code("done", "😀")], "😀", "😀", False),
    ],
    ids=["more", "again", "other pieces", "another", "another again", "stale", "half"],
)
def test_the_whole_of_what_a_server_tool_is_given(events: Any, said: str, kept: str, differs: bool) -> None:
    fold = folded([created(), begun(CODE), *events, completed()])
    (part,) = fold.result.content
    assert isinstance(part, ServerToolPart)
    assert "".join(delta for *_, delta in fold.server_tools() if delta) == said
    assert (part.item["code"], bool(fold.notes("mismatch"))) == (kept, differs)


@pytest.mark.parametrize(
    ("action", "kept"),
    [({"commands": ["pwd", "ls"]}, False), ({"commands": [], "timeout": 3}, True), ({}, True), ("ls", False)],
)
def test_pieces_that_an_item_has_not_inside_are_kept(action: Any, kept: bool) -> None:
    tool, piece = server_tool("shell_call", action=action), progress("shell_call_command", "delta", delta="ls")
    (part,) = folded([created(), item_added(tool), piece, completed()]).result.content
    assert isinstance(part, ServerToolPart)
    assert ("command" in part.item) is kept
