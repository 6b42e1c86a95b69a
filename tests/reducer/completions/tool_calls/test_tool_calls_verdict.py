from typing import Any

import pytest
from streamfold.reducer import Done, Ended, Undecodable, chat
from streamfold.reducer.completions.chunk import CallDelta, CustomDelta, Delta, FunctionDelta
from streamfold.reducer.completions.finish_words import finish_class
from streamfold.reducer.completions.tool_calls.call import Call
from streamfold.reducer.completions.tool_calls.verdict import arguments_of
from streamfold.reducer.doubts import Doubt
from streamfold.reducer.messages import ToolCallClosed
from streamfold.reducer.result import ToolCall
from streamfold.reducer.values.text import text
from support.alphabets import called, said, whole
from support.law_checks import MESSAGE_ID

BEGUN = called(0, "a", "get", "")
WHOLE = called(0, piece='{"k":1}')
LOST = Undecodable("garbled", lost=True)
DONE = Done()


def finish(word: str) -> Any:
    return said(finish_reason=word)


def calls_after(*chunks: Any) -> tuple[list[ToolCall], list[ToolCallClosed]]:
    """The calls of a stream, and what was emitted when each was closed."""
    state, _ = chat.start(chat.Config(message_id=MESSAGE_ID))
    closed: list[ToolCallClosed] = []
    for chunk in chunks:
        state, messages = chat.step(state, chunk)
        closed += [message for message in messages if isinstance(message, ToolCallClosed)]
    state, messages = chat.finish(state, Ended())
    assert not any(isinstance(message, ToolCallClosed) for message in messages)
    return list(chat.result(state).tool_calls), closed


def doubts_after(*chunks: Any) -> list[list[str]]:
    calls, _ = calls_after(*chunks)
    return [[doubted.doubt.value for doubted in call.doubts] for call in calls]


@pytest.mark.parametrize(
    ("doubts", "chunks"),
    [
        ([], (BEGUN, WHOLE, finish("tool_calls"))),
        ([], (BEGUN, WHOLE, finish("STOP"), DONE)),
        ([], (BEGUN, finish("stop"))),
        ([], (BEGUN, called(0, piece=" null "), finish("stop"))),
        ([], (BEGUN, WHOLE, DONE)),
        (["NO_FINISH_WORD"], (BEGUN, DONE)),
        (["NO_FINISH_WORD"], (BEGUN, called(0, piece="null"), DONE)),
        (["NOT_JSON", "NO_FINISH_WORD"], (BEGUN, called(0, piece='{"'), DONE)),
        (["NOT_JSON", "CUT_OFF"], (BEGUN, called(0, piece='{"'))),
        (["CUT_OFF"], (BEGUN, WHOLE)),
        (["CUT_OFF"], (BEGUN, WHOLE, finish("length"))),
        (["CUT_OFF"], (BEGUN, WHOLE, finish("content_filter"))),
        (["CUT_OFF"], (BEGUN, WHOLE, finish("network_error"))),
        (["UNKNOWN_FINISH_WORD"], (BEGUN, WHOLE, finish("odd"))),
        (["CUT_OFF", "UNKNOWN_FINISH_WORD"], (BEGUN, WHOLE, finish("odd"), finish("length"))),
        (["CUT_OFF"], (BEGUN, WHOLE, finish("stop"), finish("length"))),
        (["CUT_OFF"], (BEGUN, WHOLE, finish("stop"), said(error={"message": "boom"}))),
        (["NO_NAME"], (called(0, "a", piece='{"k":1}'), finish("stop"))),
        (["NOT_AN_OBJECT"], (BEGUN, called(0, piece="[1]"), finish("stop"))),
        (["FRAME_LOST"], (BEGUN, LOST, WHOLE, finish("stop"))),
        ([], (LOST, BEGUN, WHOLE, LOST, finish("stop"))),
        (["FRAME_LOST"], (BEGUN, LOST, finish("stop"))),
        (["CONFLICTING_WHOLE"], (BEGUN, finish("stop"), WHOLE)),
        ([], (BEGUN, WHOLE, finish("stop"), WHOLE)),
        (["NOT_JSON", "CONFLICTING_WHOLE"], (BEGUN, WHOLE, finish("stop"), called(0, piece='{"k":2}'))),
        (["NOT_JSON", "CONFLICTING_WHOLE"], (BEGUN, WHOLE, finish("stop"), called(0, piece='{"k"'))),
        ([], (BEGUN, WHOLE, finish("stop"), called(0, piece=" "), called(0, "b"))),
        (["NO_FINISH_WORD"], (finish("stop"), BEGUN, WHOLE)),
        ([], (finish("stop"), BEGUN, WHOLE, DONE)),
        (["NOT_JSON", "NO_FINISH_WORD"], (finish("stop"), BEGUN)),
    ],
)
def test_each_way_to_end_leaves_its_doubts(doubts: list[str], chunks: tuple[Any, ...]) -> None:
    assert doubts_after(*chunks) == [doubts]


def test_a_word_for_which_there_is_no_room_is_a_doubt() -> None:
    words = [finish(("stop", "tool_calls")[at % 2]) for at in range(16)]
    assert doubts_after(BEGUN, WHOLE, *words) == [[]]
    assert doubts_after(BEGUN, WHOLE, *words, finish("length")) == [["UNKNOWN_FINISH_WORD"]]


def test_a_whole_that_is_no_json_makes_up_for_no_frame() -> None:
    assert doubts_after(
        called(0, "a", "p", '{"a"'), LOST, whole(tool_calls=(entry('{"a":'),)), called(0, piece="1}"), DONE
    ) == [["FRAME_LOST"]]
    assert doubts_after(called(0, "a", "p", '{"a"'), LOST, whole(tool_calls=(entry('{"a":1}'),)), DONE) == [[]]


def test_a_whole_with_another_name_is_a_conflict() -> None:
    assert doubts_after(called(0, "a", "q", '{"a":1}'), whole(tool_calls=(entry('{"a":1}'),)), DONE) == [
        ["CONFLICTING_WHOLE"]
    ]


def entry(arguments: str) -> CallDelta:
    return CallDelta(index=0, id="a", function=FunctionDelta(name="p", arguments=arguments))


def test_each_doubt_stands_once_and_in_one_order() -> None:
    (doubts,) = doubts_after(called(0, "a"), LOST, called(0, piece='[{"'), finish("length"), called(0, piece="]"))
    assert doubts == ["NO_NAME", "NOT_JSON", "CUT_OFF", "FRAME_LOST", "CONFLICTING_WHOLE"]
    assert [Doubt(doubt) for doubt in doubts] == sorted(map(Doubt, doubts), key=list(Doubt).index)


def test_every_class_of_finish_words_is_judged() -> None:
    for word, doubts in {"eos": 0, "max_tokens": 1, "safety": 1, "abort": 1, "null": 1, "what": 1}.items():
        assert len(doubts_after(BEGUN, WHOLE, finish(word))[0]) == doubts, finish_class(word)


def test_a_call_is_closed_once_with_the_doubts_of_then() -> None:
    calls, closed = calls_after(BEGUN, finish("stop"), WHOLE, finish("stop"), called(1, "b", "rm", "{"), DONE, DONE)
    assert [(message.tool_call_id, message.complete) for message in closed] == [("a", True), ("b", False)]
    assert [call.complete for call in calls] == [False, False]


def test_what_closes_a_call_emits_what_was_held_of_it_first() -> None:
    state, _ = chat.start(chat.Config(message_id=MESSAGE_ID))
    for chunk in (called(0, name="get"), called(0, piece="{}")):
        state, messages = chat.step(state, chunk)
        assert messages == ()
    _, messages = chat.step(state, finish("stop"))
    assert [message.message_type for message in messages] == ["tool_call_message", "tool_call_closed"]


@pytest.mark.parametrize(
    ("came", "closed", "expected"),
    [
        ("", True, "{}"),
        ("null", True, "{}"),
        ("\nnull ", True, "{}"),
        ("nul", True, "nul"),
        ("null", False, "null"),
        ("", False, ""),
    ],
)
def test_no_arguments_read_as_an_empty_object(came: str, closed: bool, expected: str) -> None:
    assert arguments_of(Call(0, arguments=text(came)), closed) == expected
    assert arguments_of(Call(0, kind="custom", arguments=text(came)), closed) == came
    assert arguments_of(Call(0, arguments=text(" " * 64 + "null")), True) == " " * 64 + "null"


def test_raw_text_needs_a_word_and_nothing_else() -> None:
    raw = said(Delta(tool_calls=(CallDelta(index=0, id="a", custom=CustomDelta(name="sh", input="ls {")),)))
    assert doubts_after(raw, finish("stop")) == [[]]
    assert doubts_after(raw, DONE) == [["NO_FINISH_WORD"]]
    assert doubts_after(raw, LOST, finish("stop")) == [["FRAME_LOST"]]
