"""What providers really send on the Responses wire: odd items, odd calls, odd text (Q61, Q64, Q72-Q75)."""

from collections.abc import Sequence
from typing import Any

import pytest
from streamfold.reducer.result import ReasoningPart, ServerToolPart, SummarizedReasoningPart, SummaryPart, TextPart
from streamfold.reducer.values.json_values import freeze
from support.event_shapes import (
    LEFT_OUT,
    EventJson,
    annotation_added,
    arguments_delta,
    arguments_done,
    begun,
    call_lane,
    citation,
    completed,
    created,
    custom_call,
    custom_lane,
    folded,
    function_call,
    incomplete,
    input_delta,
    item_added,
    item_done,
    message,
    message_lane,
    part_added,
    part_done,
    progress,
    raw_delta,
    reasoning,
    server_tool,
    summary_delta,
    summary_done,
    summary_lane,
    summary_part_added,
    summary_part_done,
    text_delta,
    text_part,
    without,
    words,
)
from support.law_checks import channels

PARIS = '{"city": "Paris", "unit": "C"}'
OSLO = '{"city": "Oslo"}'
SQL = "SELECT name FROM rivers WHERE length > 2000"


def answer() -> list[EventJson]:
    """A response with an item of each kind that a client is told about."""
    return [
        created(),
        *summary_lane(["Look it up.", "Then say it."], 0, encrypted_content="gAAAA-1"),
        *message_lane("It rains in Paris.", 1),
        *call_lane(PARIS, 2),
        *custom_lane(SQL, 3),
    ]


# Q61


def test_q61_encrypted_content_that_differs_later_wins() -> None:
    def encrypted(fold: Any) -> str | None:
        (part,) = fold.result.content
        assert isinstance(part, SummarizedReasoningPart)
        assert part.summary == (SummaryPart(0, "Look it up."),)
        return part.encrypted_content

    events = [created(), *summary_lane(["Look it up."], encrypted_content="gAAAA-done")]
    begin = {**events[1], "item": {**events[1]["item"], "encrypted_content": "gAAAA-added"}}
    assert encrypted(folded([created(), begin, *events[2:-1]])) == "gAAAA-added"
    assert encrypted(folded([created(), begin, *events[2:]])) == "gAAAA-done"
    last = completed(reasoning(0, "Look it up.", encrypted_content="gAAAA-last"))
    fold = folded([created(), begin, *events[2:], last])
    assert encrypted(fold) == "gAAAA-last"
    assert fold.notes("mismatch") == []


@pytest.mark.parametrize("later", [LEFT_OUT, None, ""], ids=["absent", "null", "empty"])
def test_q61_encrypted_content_is_not_lost_where_the_terminal_lacks_it(later: Any) -> None:
    events = [created(), *summary_lane(["Look it up."], encrypted_content="gAAAA-done")]
    (part,) = folded([*events, completed(reasoning(0, "Look it up.", encrypted_content=later))]).result.content
    assert isinstance(part, SummarizedReasoningPart)
    assert part.encrypted_content == "gAAAA-done"


# Q64


@pytest.mark.parametrize("reason", ["max_output_tokens", "content_filter"])
@pytest.mark.parametrize(
    "told", ["done incomplete", "list incomplete", "list in progress", "list without status", "not at all"]
)
@pytest.mark.parametrize("arguments", ['{"city": "Par', ""], ids=["half", "none yet"])
def test_q64_a_truncated_function_call_is_never_complete(reason: str, told: str, arguments: str) -> None:
    events = [created(), begun(function_call())]
    events += [arguments_delta(arguments)] if arguments else []
    cut_off = function_call(arguments=arguments, status="incomplete")
    if told == "done incomplete":
        events += [arguments_done(arguments), item_done(cut_off)]
    listed = {
        "done incomplete": [cut_off],
        "list incomplete": [cut_off],
        "list in progress": [{**cut_off, "status": "in_progress"}],
        "list without status": [function_call(arguments=arguments, status=LEFT_OUT)],
        "not at all": [],
    }
    fold = folded([*events, incomplete(*listed[told], reason=reason)])
    (call,) = fold.result.tool_calls
    assert (call.complete, call.closed) == (False, False)
    assert (call.name, call.arguments) == ("get_weather", arguments)
    assert fold.result.finish_reason == reason


def test_q64_a_call_before_the_truncated_one_stays_complete() -> None:
    events = [created(), *call_lane(PARIS, 0), begun(function_call(1), 1), arguments_delta('{"ci', 1)]
    output = [function_call(0, arguments=PARIS), function_call(1, arguments='{"ci', status="incomplete")]
    fold = folded([*events, incomplete(*output)])
    assert [call.complete for call in fold.result.tool_calls] == [True, False]


def test_q64_a_truncated_custom_tool_s_input_is_never_complete() -> None:
    cut_off = custom_call(text="SELECT name FROM", status="incomplete")
    events = [created(), begun(custom_call()), input_delta("SELECT name FROM"), item_done(cut_off)]
    assert not folded([*events, incomplete(cut_off)]).result.tool_calls[0].complete


# Q72


@pytest.mark.parametrize("call_id", ["", None, LEFT_OUT], ids=["empty", "null", "absent"])
def test_q72_a_call_without_a_call_id_goes_by_its_item_s(call_id: Any) -> None:
    item = function_call(arguments=PARIS, call_id=call_id)
    fold = folded([created(), begun(item), arguments_delta(PARIS), arguments_done(PARIS), item_done(item)])
    assert channels(fold.messages)["calls"] == [{"id": "item_0", "name": "get_weather", "arguments": PARIS}]
    assert [(call.id, call.complete) for call in fold.result.tool_calls] == [("item_0", True)]


def test_q72_a_call_without_any_id_has_one_all_the_same() -> None:
    item = function_call(arguments=PARIS, call_id="", id=LEFT_OUT)
    events = without([created(), begun(item), arguments_delta(PARIS), item_done(item)], "item_id")
    fold = folded(events)
    (call,) = fold.result.tool_calls
    assert call.id == channels(fold.messages)["calls"][0]["id"] != ""
    assert folded(events).result.tool_calls == (call,)


def test_q72_a_late_call_id_does_not_tear_the_call_in_two() -> None:
    begin = begun(function_call(call_id=""))
    fold = folded([created(), begin, arguments_delta(PARIS), item_done(function_call(arguments=PARIS))])
    said = {message.tool_call.tool_call_id for message in fold.said}
    assert said == {call.id for call in fold.result.tool_calls}


@pytest.mark.parametrize("call_id", ["", None, "call_9"])
def test_q72_a_server_tool_s_odd_members_pass_through(call_id: Any) -> None:
    begin = server_tool("tool_search_call", status="in_progress", arguments={}, call_id=call_id, execution="server")
    whole = {**begin, "status": "completed", "arguments": {"queries": ["exchange rate", "euro"]}}
    result = server_tool("tool_search_output", 1, call_id=call_id, tools=[{"type": "function", "name": "rate"}])
    fold = folded([created(), item_added(begin), item_done(whole), item_added(result, 1), item_done(result, 1)])
    assert fold.result.content == (ServerToolPart(freeze(whole)), ServerToolPart(freeze(result)))
    assert fold.result.tool_calls == ()
    assert [message.item for message in fold.messages] == [freeze(item) for item in (begin, whole, result, result)]  # type: ignore[union-attr]


def test_q72_a_function_call_s_arguments_as_an_object_are_json_text() -> None:
    begin, whole = function_call(arguments={}), function_call(arguments={"city": "Málaga"})
    fold = folded([created(), item_added({**begin, "arguments": ""}), item_done(whole), completed(whole)])
    (call,) = fold.result.tool_calls
    assert (call.arguments, call.complete) == ('{"city":"Málaga"}', True)
    assert fold.notes("repaired") == ["arguments came as an object in place of JSON text"]


@pytest.mark.parametrize(
    "annotation", [{"type": "url_citation"}, {"url": "https://example.org"}, {"type": "own"}, "p. 4"]
)
def test_q72_annotations_without_their_fields_pass_through(annotation: Any) -> None:
    events = [begun(message()), text_delta("Rain."), annotation_added(annotation, annotation_index=LEFT_OUT)]
    fold = folded([created(), *events, item_done(message(0, text_part("Rain.", annotation)))])
    assert fold.result.content == (TextPart("Rain.", (annotation,)),)
    assert [message.annotation for message in fold.messages if message.message_type == "annotation_message"] == [
        annotation
    ]


def test_q72_an_annotation_that_is_null_is_skipped() -> None:
    fold = folded([created(), begun(message()), annotation_added(None), text_delta("Rain.")])
    assert fold.result.content == (TextPart("Rain."),)


def test_q72_annotations_that_come_only_at_the_end_are_said_once() -> None:
    part = text_part("Rain.", citation("a"), citation("b"))
    events = [begun(message()), text_delta("Rain."), part_done(part), item_done(message(0, part))]
    fold = folded([created(), *events, completed(message(0, part))])
    notes = [message.annotation for message in fold.messages if message.message_type == "annotation_message"]
    assert notes == [citation("a"), citation("b")]
    assert fold.result.content == (TextPart("Rain.", (citation("a"), citation("b"))),)


# Q74


def test_q74_raw_reasoning_and_its_summary_are_two_channels() -> None:
    item = reasoning(0, "In short: four.", raw=["Two and two ", "is four."])
    events = [
        begun(item),
        part_added({"type": "reasoning_text", "text": ""}),
        raw_delta("Two and two "),
        raw_delta("is four.", 0, 1),
        summary_part_added(),
        summary_delta("In short: four."),
        summary_done("In short: four."),
        summary_part_done("In short: four."),
        item_done(item),
    ]
    fold = folded([created(), *events, completed(item)], agree=False)
    assert set(fold.result.content) == {
        SummarizedReasoningPart("item_0", (SummaryPart(0, "In short: four."),)),
        ReasoningPart("Two and two is four."),
    }
    assert channels(fold.messages)["reasoning"] == "Two and two is four.In short: four."
    assert fold.notes("mismatch") == []


def test_q74_raw_reasoning_before_its_summary_keeps_that_order_in_results() -> None:
    item = reasoning(0, "In short: four.", raw=["Two and two is four."])
    fold = folded(
        [created(), begun(item), raw_delta("Two and two is four."), summary_delta("In short: four."), item_done(item)]
    )
    assert fold.result.reasoning == channels(fold.messages)["reasoning"]


def test_q74_summary_parts_count_from_zero_between_blank_lines() -> None:
    fold = folded([created(), *summary_lane(["One.", "Two.", "Three."])])
    assert fold.result.content == (
        SummarizedReasoningPart("item_0", (SummaryPart(0, "One."), SummaryPart(1, "Two."), SummaryPart(2, "Three."))),
    )
    assert channels(fold.messages)["reasoning"] == fold.result.reasoning == "One.\n\nTwo.\n\nThree."
    assert all(message.reasoning for message in fold.messages)  # type: ignore[union-attr]


def test_q74_raw_reasoning_alone_has_no_summary() -> None:
    fold = folded([created(), begun(reasoning()), raw_delta("Two "), raw_delta("and two.")])
    assert fold.result.content == (ReasoningPart("Two and two."),)


# Q75


def test_q75_the_phase_is_stamped_on_every_piece() -> None:
    events = [*message_lane("Let me look.", 0, phase="commentary"), *message_lane("It rains.", 1, phase="final_answer")]
    output = [message(0, "Let me look.", phase="commentary"), message(1, "It rains.", phase="final_answer")]
    fold = folded([created(), *events, completed(*output)])
    assert {message.phase for message in fold.messages if message.content in words("Let me look.")} == {"commentary"}  # type: ignore[union-attr]
    assert {message.phase for message in fold.messages if message.content in words("It rains.")} == {"final_answer"}  # type: ignore[union-attr]
    assert fold.result.content == (
        TextPart("Let me look.", phase="commentary"),
        TextPart("It rains.", phase="final_answer"),
    )


def test_q75_the_phase_is_stamped_on_a_tail_that_the_item_adds() -> None:
    whole = message(0, "It rains in Paris.", phase="final_answer")
    fold = folded([created(), begun(whole), text_delta("It rains"), item_done(whole)])
    assert [(message.content, message.phase) for message in fold.messages] == [  # type: ignore[union-attr]
        ("It rains", "final_answer"),
        (" in Paris.", "final_answer"),
    ]


def test_q75_without_a_phase_there_is_none() -> None:
    fold = folded([created(), *message_lane("It rains.")])
    assert {message.phase for message in fold.messages} == {None}  # type: ignore[union-attr]


TWO = [function_call(at, arguments=f'{{"at":{at}}}', id="item_0") for at in (0, 1)]
ONE_ID: dict[str, list[EventJson]] = {
    "done alone": [item_done(TWO[0]), item_done(TWO[1], 1)],
    "one after the other": [
        *(begun(TWO[0]), arguments_delta('{"at":0}'), item_done(TWO[0])),
        *(begun(TWO[1], 1), arguments_delta('{"at":1}', 1, item_id="item_0"), item_done(TWO[1], 1)),
    ],
    "at once": [
        *(begun(TWO[0]), begun(TWO[1], 1)),
        *(arguments_delta('{"at":0}'), arguments_delta('{"at":1}', 1, item_id="item_0")),
        *(item_done(TWO[0]), item_done(TWO[1], 1)),
    ],
}


@pytest.mark.parametrize("end", [completed(), completed(*TWO)], ids=["without a list", "with a list"])
@pytest.mark.parametrize("events", ONE_ID.values(), ids=ONE_ID)
def test_q51_calls_with_one_item_s_id_are_told_apart(events: list[EventJson], end: EventJson) -> None:
    came = folded([created(), *events, end], agree=False).result
    said = [(it.id, it.arguments, it.complete) for it in came.tool_calls]
    assert said == [("call_0", '{"at":0}', True), ("call_1", '{"at":1}', True)]


def test_q51_messages_with_one_id_are_told_by_index() -> None:
    first, second = message(0, "A"), message(0, "B")
    streamed = [begun(second, 1), text_delta("B", 1, item_id="item_0"), item_done(second, 1)]
    for events in ([item_done(second, 1)], streamed):
        came = folded([created(), begun(first), text_delta("A"), item_done(first), *events, completed(first, second)])
        assert [item.item["content"][0]["text"] for item in came.result.output] == ["A", "B"]
        assert came.result.text == "AB"


def test_q51_an_item_done_again_elsewhere_is_the_same() -> None:
    came = folded([created(), item_done(message(0, "A")), item_done(message(0, "A"), 1), completed()])
    assert (came.result.text, len(came.result.output)) == ("A", 1)


SHARED = [function_call(at, arguments=f'{{"at":{at}}}', call_id="call_0") for at in (0, 1)]


@pytest.mark.parametrize("listed", [(), SHARED], ids=["without a list", "with a list"])
def test_q51_another_call_under_one_id_has_its_own(listed: Sequence[EventJson]) -> None:
    second = SHARED[1]
    streamed = [begun(second, 1), arguments_delta('{"at":1}', 1), item_done(second, 1)]
    nameless = [item_added(second | {"name": "", "arguments": ""}, 1), item_done(second, 1)]
    for events in ([item_done(second, 1)], streamed, nameless):
        came = folded([created(), item_done(SHARED[0]), *events, completed(*listed)], agree=False)
        first, other = came.result.tool_calls
        assert (first.id, first.arguments, first.complete) == ("call_0", '{"at":0}', True)
        assert (other.arguments, other.complete, other.aliases) == ('{"at":1}', True, ("call_0",))
        assert other.id.startswith("call_")
        assert other.id != first.id
        assert came.notes("repaired") == ["the call_id of function_call item_1 is another call's"]


def test_q51_a_call_that_comes_again_is_not_run_twice() -> None:
    again = SHARED[0] | {"id": "item_1"}
    came = folded([created(), item_done(SHARED[0]), item_done(again, 1), completed()]).result
    assert [(it.id, it.complete) for it in came.tool_calls] == [("call_0", True)]
    streamed = [begun(again, 1), arguments_delta('{"at":0}', 1), item_done(again, 1)]
    came = folded([created(), item_done(SHARED[0]), *streamed, completed()], agree=False).result
    assert [it.complete for it in came.tool_calls] == [True, False]


def test_q51_an_open_item_keeps_its_keys() -> None:
    call = function_call(0, arguments='{"at":0}')
    odd = [text_delta("H"), text_delta("i"), progress("mcp_call", "in_progress"), progress("mcp_call", "completed")]
    events = [created(), begun(call), *odd, arguments_delta('{"at":0}'), item_done(call), completed(call)]
    came = folded(events, agree=False).result
    assert [(it.id, it.arguments, it.complete) for it in came.tool_calls] == [("call_0", '{"at":0}', True)]
    assert [item.kind for item in came.output if item.id == "item_0"] == ["function_call", "message", "mcp_call"]
    assert came.text == "Hi"


def test_q51_thoughts_under_the_keys_of_a_message_leave_it_its_text() -> None:
    said = message(0, "Hi")
    events = [begun(said), raw_delta("Hm"), text_delta("H"), text_delta("i"), item_done(said), completed(said)]
    came = folded([created(), *events], agree=False).result
    assert (came.text, came.reasoning) == ("Hi", "Hm")


GIVEN = [
    ("code_interpreter_call", "code", "code_interpreter_call_code"),
    ("mcp_call", "arguments", "mcp_call_arguments"),
]


@pytest.mark.parametrize(("kind", "member", "name"), GIVEN)
def test_q75_what_a_server_tool_was_given_is_kept(kind: str, member: str, name: str) -> None:
    tool = server_tool(kind, **{member: ""})
    pieces = [progress(name, "delta", delta=piece) for piece in ("1", "+1")]
    whole = progress(name, "done", **{member: "1+1"})
    for said in (pieces, [whole], [*pieces, whole], [*pieces, progress(name, "done")]):
        for end in ([], [item_done(tool | {member: None})], [item_done(tool)]):
            came = folded([created(), begun(tool), *said, *end, completed()])
            (part,) = came.result.content
            assert isinstance(part, ServerToolPart)
            assert part.item[member] == "1+1"
            assert "".join(delta for *_, delta in came.server_tools() if delta) == "1+1"
    came = folded([created(), item_done(tool | {member: "2"}), whole, completed()])
    assert came.result.content == (ServerToolPart(freeze(tool | {member: "2"})),)


def test_q75_a_command_s_pieces_are_not_kept_twice() -> None:
    tool = server_tool("shell_call", action={"commands": ["ls"]})
    for done, kept in ((tool, False), (tool | {"action": None}, True)):
        came = folded([created(), progress("shell_call_command", "delta", delta="ls"), item_done(done), completed()])
        (part,) = came.result.content
        assert isinstance(part, ServerToolPart)
        assert ("command" in part.item) is kept
