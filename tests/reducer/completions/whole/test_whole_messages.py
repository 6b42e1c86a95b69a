"""A whole message in the place of deltas, after them, or beside each of them: said once, and compared."""

import json
from typing import Any

import pytest
from streamfold.adapters import wire
from streamfold.reducer import Cancelled, Done, Ended, Result, chat, fold, inner_thoughts
from streamfold.reducer.completions.chunk import Delta
from streamfold.reducer.completions.think_tags import Tags
from streamfold.reducer.completions.whole import (
    joined,
    pieces_of,
)
from support.law_checks import MESSAGE_ID, runs

CALL = {"id": "call_a", "type": "function", "function": {"name": "look", "arguments": '{"city": "Oslo"}'}}
OTHER = {"id": "call_b", "type": "function", "function": {"name": "send", "arguments": '{"to": "Bo"}'}}
ANSWER = {"content": "Whole answer.", "reasoning_content": "Thought.", "refusal": "No.", "tool_calls": [CALL, OTHER]}


def whole(finish: str | None = "stop", **message: Any) -> Any:
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": finish}
    return {"id": "c", "object": "chat.completion", "model": "m", "choices": [choice]}


def delta(finish: str | None = None, message: Any = None, **members: Any) -> Any:
    choice = {"index": 0, "delta": members, "finish_reason": finish}
    return {"id": "c", "choices": [choice | ({} if message is None else {"message": message})]}


def piece(arguments: str, call: Any = None, index: int = 0) -> Any:
    """A delta of one call; its first, if the call is given."""
    function = {"arguments": arguments} | ({"name": call["function"]["name"]} if call else {})
    return delta(tool_calls=[{"index": index, "function": function} | ({"id": call["id"]} if call else {})])


def told(*frames: Any, machine: Any = chat, **options: Any) -> tuple[Result, dict[str, str]]:
    """The result, and what the messages say."""
    decode = wire.decoder("chat")
    config = machine.Config(message_id=MESSAGE_ID, **options)
    chunks = [decode(json.dumps(frame).encode()) for frame in frames]
    state, messages = fold(machine, config, [*chunks, Done()])
    said: dict[str, str] = {}
    for message in messages:
        made: Any = message
        call = getattr(made, "tool_call", None)
        if call is not None:
            said[call.tool_call_id] = said.get(call.tool_call_id, "") + (call.name or "") + (call.arguments or "")
        for name in ("content", "reasoning", "refusal"):
            said[name] = said.get(name, "") + getattr(made, name, "")
    return machine.result(state), {name: text for name, text in said.items() if text}


def notes(result: Result, kind: str = "mismatch") -> list[str]:
    own = ("the whole", "a whole")
    return [note.detail for note in result.diagnostics if note.kind == kind and note.detail.startswith(own)]


def calls(result: Result) -> list[tuple[str, str, str, bool]]:
    return [(call.id, call.name, call.arguments, call.complete) for call in result.tool_calls]


SAID = {
    "content": "Whole answer.",
    "reasoning": "Thought.",
    "refusal": "No.",
    "call_a": 'look{"city": "Oslo"}',
    "call_b": 'send{"to": "Bo"}',
}


def test_a_whole_alone_is_the_answer() -> None:
    result, said = told(whole("tool_calls", **ANSWER))
    assert said == SAID
    assert (result.text, result.reasoning, result.refusal) == ("Whole answer.", "Thought.", "No.")
    assert calls(result) == [
        ("call_a", "look", '{"city": "Oslo"}', True),
        ("call_b", "send", '{"to": "Bo"}', True),
    ]
    assert (result.outcome, result.finish_reason, result.model, result.provider_id) == (
        "completed",
        "tool_calls",
        "m",
        "c",
    )
    assert notes(result) == []
    assert notes(result, "repaired") == ["a whole message in place of a delta"]


@pytest.mark.parametrize("cut", range(len("Whole answer.") + 1))
def test_after_deltas_only_what_is_missing_is_said(cut: int) -> None:
    deltas = [
        delta(reasoning_content="Thought."[:cut]),
        delta(content="Whole answer."[:cut]),
        delta(refusal="No."[:cut]),
        piece('{"city": "Oslo"}'[:cut], CALL),
        piece('{"to": "Bo"}'[:cut], OTHER, 1),
    ]
    result, said = told(*deltas, whole("tool_calls", **ANSWER))
    assert said == SAID
    assert [arguments for _, _, arguments, complete in calls(result) if complete] == [
        '{"city": "Oslo"}',
        '{"to": "Bo"}',
    ]
    assert notes(result) == []


def test_a_whole_that_says_nothing_takes_nothing_away() -> None:
    deltas = [delta(content="Hi", reasoning="Hm", refusal="No"), piece('{"city": "Oslo"}', CALL)]
    for message in ({}, {"content": None, "tool_calls": None}, {"content": "", "tool_calls": [], "refusal": ""}):
        result, said = told(*deltas, whole("stop", **message))
        assert said == {"content": "Hi", "reasoning": "Hm", "refusal": "No", "call_a": 'look{"city": "Oslo"}'}
        assert calls(result) == [("call_a", "look", '{"city": "Oslo"}', True)]
        assert notes(result) == []


def test_a_stale_whole_is_noted_and_what_came_stays() -> None:
    result, said = told(
        delta(content="Whole answer.", reasoning="Thought."),
        piece('{"city": "Oslo"}', CALL),
        whole(
            "stop",
            content="Whole",
            reasoning="Th",
            tool_calls=[CALL | {"function": {"name": "look", "arguments": "{"}}],
        ),
    )
    assert (result.text, result.reasoning) == (said["content"], said["reasoning"]) == ("Whole answer.", "Thought.")
    assert calls(result) == [("call_a", "look", '{"city": "Oslo"}', False)]
    assert notes(result) == [
        "the whole reasoning lacks the end of what came",
        "the whole text lacks the end of what came",
        "the whole arguments of call_a differ from what came",
    ]


def test_a_whole_that_contradicts_is_the_result_and_the_messages_stay() -> None:
    result, said = told(
        delta(content="Wrong", reasoning="Hm", refusal="Never"),
        piece('{"city": "Rome"}', CALL),
        whole("stop", **ANSWER | {"tool_calls": [CALL]}),
    )
    assert said == {"content": "Wrong", "reasoning": "Hm", "refusal": "Never", "call_a": 'look{"city": "Rome"}'}
    assert (result.text, result.reasoning, result.refusal) == ("Whole answer.", "Thought.", "No.")
    assert calls(result) == [("call_a", "look", '{"city": "Oslo"}', False)]
    assert [note.split(" differ")[0] for note in notes(result)] == [
        "the whole reasoning",
        "the whole text",
        "the whole refusal",
        "the whole arguments of call_a",
    ]


def test_a_message_that_repeats_the_delta_beside_it_is_no_whole() -> None:
    frames = [delta(content=word, message={"content": word}) for word in ("One", " two", " three")]
    result, said = told(*frames, delta("stop", message={"content": ""}))
    assert result.text == said["content"] == "One two three"
    assert notes(result) == []
    calls_too = delta(message={"tool_calls": [CALL]}, tool_calls=[CALL])
    result, said = told(calls_too, whole("stop", tool_calls=[CALL]))
    assert said == {"call_a": 'look{"city": "Oslo"}'}


def test_a_message_that_grows_beside_the_deltas_is_said_once() -> None:
    frames = [
        delta(content="One", message={"content": "One"}),
        delta(content=" two", message={"content": "One two"}),
        delta("stop", content=" three", message={"content": "One two three"}),
    ]
    result, said = told(*frames)
    assert result.text == said["content"] == "One two three"
    assert notes(result) == []
    late, said = told(delta(content="One", message={}), delta(content=" two", message={"content": "One"}), *frames[2:])
    assert late.text == said["content"] == "One two three"
    assert notes(late) == []
    odd, said = told(delta(content="One", message={"content": "Other"}), delta("stop", content=" two"))
    assert odd.text == said["content"] == "One two"
    assert notes(odd) == ["the whole text differs from what came"]


def test_calls_of_a_whole_are_matched_by_id_then_by_likeness() -> None:
    rotated = CALL | {"id": "call_x"}
    nameless = {"type": "function", "function": OTHER["function"]}
    result, said = told(
        piece('{"city"', CALL), piece('{"to":', OTHER, 1), whole("stop", tool_calls=[rotated, nameless])
    )
    assert said == {"call_a": 'look{"city": "Oslo"}', "call_b": 'send{"to": "Bo"}'}
    assert [complete for *_, complete in calls(result)] == [True, True]
    again = CALL | {"id": "call_c", "function": {"name": "look", "arguments": '{"city": "Rome"}'}}
    result, said = told(piece('{"city": "Oslo"}', CALL), whole("stop", tool_calls=[CALL, again]))
    assert said == {"call_a": 'look{"city": "Oslo"}', "call_c": 'look{"city": "Rome"}'}
    assert [arguments for _, _, arguments, _ in calls(result)] == ['{"city": "Oslo"}', '{"city": "Rome"}']


def test_a_delta_after_the_whole_goes_to_the_call_of_its_index() -> None:
    result, said = told(
        piece('{"city"', CALL), piece('{"to": ', OTHER, 1), whole(None, tool_calls=[CALL]), piece('"Bo"}', index=1)
    )
    assert said == {"call_a": 'look{"city": "Oslo"}', "call_b": 'send{"to": "Bo"}'}
    assert [arguments for _, _, arguments, _ in calls(result)] == ['{"city": "Oslo"}', '{"to": "Bo"}']


def test_a_call_of_another_name_is_another_call() -> None:
    result, said = told(piece('{"city": "Oslo"}', CALL), whole("stop", tool_calls=[OTHER]))
    assert said == {"call_a": 'look{"city": "Oslo"}', "call_b": 'send{"to": "Bo"}'}
    assert [complete for *_, complete in calls(result)] == [True, True]


def test_what_is_held_of_arguments_is_said_before_the_whole() -> None:
    nested = CALL | {"function": {"name": "look", "arguments": "[[1]]"}}
    result, said = told(piece("[", CALL), piece("[1"), whole("stop", tool_calls=[nested]))
    assert said == {"call_a": "look[[1]]"}
    assert result.tool_calls[0].arguments == "[[1]]"


def test_calls_without_ids_are_each_one_of_their_own() -> None:
    bare = [{"type": "function", "function": one["function"]} for one in (CALL, OTHER, CALL)]
    result, _ = told(whole("stop", tool_calls=bare))
    assert [(name, complete) for _, name, _, complete in calls(result)] == [
        ("look", True),
        ("send", True),
        ("look", True),
    ]
    assert len({call.id for call in result.tool_calls}) == 3
    indexed, _ = told(whole("stop", tool_calls=[{**one, "index": at} for at, one in enumerate(bare)]))
    assert calls(indexed) == calls(result)


def test_an_id_and_a_name_may_come_with_the_whole() -> None:
    result, said = told(
        delta(tool_calls=[{"index": 0, "function": {"arguments": '{"city"'}}]), whole("stop", tool_calls=[CALL])
    )
    assert said == {"call_a": 'look{"city": "Oslo"}'}
    assert calls(result) == [("call_a", "look", '{"city": "Oslo"}', True)]


def test_custom_tools_and_the_call_before_tools_are_read_too() -> None:
    custom = {"id": "call_x", "type": "custom", "custom": {"name": "sql", "input": "SELECT 1"}}
    result, said = told(
        delta(tool_calls=[{"index": 0, "id": "call_x", "type": "custom", "custom": {"name": "sql", "input": "SEL"}}]),
        whole("stop", tool_calls=[custom]),
    )
    assert said == {"call_x": "sqlSELECT 1"}
    assert [(call.kind, call.complete) for call in result.tool_calls] == [("custom", True)]
    legacy = {"name": "look", "arguments": "{}"}
    for frames in ([], [delta(function_call={"name": "look", "arguments": "{"})]):
        result, said = told(*frames, whole("function_call", function_call=legacy))
        assert list(said.values()) == ["look{}"]
        assert [(name, arguments, complete) for _, name, arguments, complete in calls(result)] == [("look", "{}", True)]


def test_think_tags_divide_a_whole_as_they_divide_deltas() -> None:
    content = "<think>Hm</think>Hi"
    for cut in range(len(content) + 1):
        result, said = told(delta(content=content[:cut]), whole("stop", content=content), think_tags=True)
        assert (said, result.text, result.reasoning) == ({"reasoning": "Hm", "content": "Hi"}, "Hi", "Hm")
        assert notes(result) == []
    pieces = pieces_of(Delta(content="Hm</think>Hi", reasoning="A"), Tags(opened=True), False)
    assert (joined(pieces, "reasoning"), joined(pieces, "text")) == ("AHm", "Hi")


def emitted(*values: Any, **options: Any) -> list[tuple[str, str]]:
    """The runs of text and reasoning in their order."""
    config = chat.Config(message_id=MESSAGE_ID, **options)
    _, messages = fold(chat, config, map(wire.decoder("chat"), values))
    return [(run[0].removesuffix("_message"), run[-1]) for run in runs(messages)]


def test_reasoning_of_a_whole_goes_first_unless_the_text_goes_on() -> None:
    entire = whole(content="Hi you", reasoning_content="Hm.")
    assert emitted(entire) == [("reasoning", "Hm."), ("assistant", "Hi you")]
    assert emitted(delta(reasoning_content="H"), entire) == [("reasoning", "Hm."), ("assistant", "Hi you")]
    assert emitted(delta(content="Hi"), entire) == [("assistant", "Hi you"), ("reasoning", "Hm.")]


def test_parts_of_a_whole_keep_their_order() -> None:
    parts = [{"type": "text", "text": "One"}, {"type": "thinking", "thinking": "And?"}, {"type": "text", "text": "two"}]
    entire = whole(content=parts)
    every = [("assistant", "One"), ("reasoning", "And?"), ("assistant", "two")]
    assert emitted(entire) == every
    assert emitted(delta(content="On"), entire) == every
    assert emitted(delta(content="Onetw"), entire) == [
        ("assistant", "Onetw"),
        ("reasoning", "And?"),
        ("assistant", "o"),
    ]
    decode = wire.decoder("chat")
    assert decode(wire.to_wire(decode(entire))) == decode(entire)


def test_text_around_tags_of_a_whole_keeps_its_order() -> None:
    entire = whole(content=" <think>Hm.</think>Hi", reasoning_content="Native.")
    told = emitted(entire, think_tags=True)
    assert told == [("reasoning", "Native."), ("assistant", " "), ("reasoning", "Hm."), ("assistant", "Hi")]
    thinking = [{"type": "thinking", "thinking": "Then."}, {"type": "text", "text": "<think>Hm.</think>Hi"}]
    assert emitted(whole(content=thinking), think_tags=True) == [("reasoning", "Then.Hm."), ("assistant", "Hi")]


def test_a_whole_may_be_flagged_as_reasoning() -> None:
    assert emitted(whole(content="Hm.", thought=True)) == [("reasoning", "Hm.")]


def test_thoughts_ride_in_a_whole_call_as_well() -> None:
    function = {"name": "look", "arguments": '{"thinking": "Hm", "city": "Oslo"}'}
    thoughtful = CALL | {"function": function}
    for cut in range(len(function["arguments"]) + 1):
        result, said = told(
            piece(function["arguments"][:cut], CALL), whole("stop", tool_calls=[thoughtful]), machine=inner_thoughts
        )
        assert said["reasoning"] == "Hm"
        assert json.loads(said["call_a"].removeprefix("look")) == {"city": "Oslo"}
        assert calls(result) == [("call_a", "look", function["arguments"], True)]
    alone, said = told(whole("stop", tool_calls=[thoughtful]), machine=inner_thoughts)
    assert (said["reasoning"], calls(alone)) == ("Hm", calls(result))


def test_citations_tools_and_details_are_not_doubled() -> None:
    members = {
        "annotations": [{"url": "x"}],
        "executed_tools": [{"type": "search", "output": "y"}],
        "reasoning_details": [{"type": "reasoning.text", "text": "Hm", "signature": "S"}],
    }
    once, said = told(whole("stop", content="Hi", **members))
    twice, again = told(delta(content="Hi", **members), whole("stop", content="Hi", **members))
    assert said == again == {"content": "Hi", "reasoning": "Hm"}
    for result in (once, twice):
        assert result.content == once.content
        assert result.reasoning_details == once.reasoning_details
        assert len(result.reasoning_details) == 1


def test_of_several_whole_answers_the_chosen_one_is_read() -> None:
    both = whole("stop", content="One")
    both["choices"].append({"index": 1, "message": {"content": "Two"}, "finish_reason": "stop"})
    assert told(both)[0].text == "One"
    assert told(both, choice=1)[0].text == "Two"


def test_a_list_of_parts_is_one_content() -> None:
    parts = [
        {"type": "thinking", "thinking": [{"type": "text", "text": "H"}, {"type": "text", "text": "m"}]},
        {"type": "text", "text": "Hi "},
        "there",
    ]
    result, said = told(delta(content=parts[:2]), whole("stop", content=parts))
    assert said == {"reasoning": "Hm", "content": "Hi there"}
    assert told(whole("stop", content=parts[1]))[0].text == "Hi "
    assert notes(result) == []


def test_a_whole_after_an_error_says_nothing_more() -> None:
    result, said = told({"error": {"message": "x"}}, whole("stop", content="Hi"))
    assert (result.outcome, said) == ("failed", {})


@pytest.mark.parametrize("end", [Ended(), Cancelled()])
def test_a_whole_is_folded_once_and_snapshots_keep_it(end: Any) -> None:
    config = chat.Config(message_id=MESSAGE_ID)
    chunk = wire.decoder("chat")(json.dumps(whole("stop", **ANSWER)))
    state, messages = fold(chat, config, [chunk, chunk, chunk], end)
    once, first = fold(chat, config, [chunk], end)
    assert messages == first
    assert chat.result(state).content == chat.result(once).content


def test_a_whole_call_of_another_text_needs_no_two_ids() -> None:
    unlike = {"name": "look", "arguments": '{"town": 2}'}
    begun = piece('{"city": 1', CALL)
    without_id, _ = told(begun, whole(tool_calls=[{"type": "function", "function": unlike}]))
    assert [call[0] for call in calls(without_id)] == ["call_a"]
    assert notes(without_id)
    of_another, _ = told(begun, whole(tool_calls=[{"id": "call_b", "type": "function", "function": unlike}]))
    assert [call[0] for call in calls(of_another)] == ["call_a", "call_b"]
    assert not notes(of_another)
