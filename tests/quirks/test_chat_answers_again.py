"""A whole answer and its deltas after it, messages in the place of deltas, and calls that come twice."""

import pytest
from streamfold.reducer import Doubt
from streamfold.reducer.messages import AssistantMessage, Message
from support.chat_shapes import (
    DONE,
    Shape,
    call,
    calls,
    choice,
    chunk,
    custom,
    delta,
    finished,
    folded,
    folded_bytes,
    noted,
    sse,
    told,
)

TOWN = '{"city":"Oslo"}'
END = finished("tool_calls")
PIECES = (
    (("call_a", "run"), '{"cmd":"rm -r /tmp/x'),
    ((None, None), "/cache"),
    ((None, None), ' -v"}'),
)
LOST = '{"choices":[{"delta":{"tool'


def message(reason: str | None = None, **members: object) -> Shape:
    """A chunk with a message in the place of its delta."""
    return chunk({"index": 0, "message": {"role": "assistant", **members}, "finish_reason": reason})


def answer(messages: tuple[Message, ...]) -> str:
    """The text that messages say."""
    return "".join(message.content for message in messages if isinstance(message, AssistantMessage))


# Q84: a whole answer, then the same in deltas.


@pytest.mark.parametrize("pieces", [["Hello"], ["He", "llo"], ["H", "e", "llo", "Hello"]])
def test_q84_an_answer_that_comes_again_in_deltas_is_said_once(pieces: list[str]) -> None:
    thoughts = (delta(reasoning_content="Hm"), delta(reasoning_content="m."))
    whole = message("stop", content="Hello", reasoning_content="Hmm.")
    result, messages = folded(whole, *thoughts, *(delta(content=piece) for piece in pieces), finished(), DONE)
    assert (result.text, answer(messages), result.outcome) == ("Hello", "Hello", "completed")
    assert {"the whole text came again", "the whole reasoning came again"} <= {
        note.detail for note in noted(result, "repaired")
    }


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [([" world"], "Hello world"), (["Hel", "p"], "HelloHelp"), (["Hello", " you"], "Hello you"), ([], "Hello")],
)
def test_q84_what_is_no_repetition_is_said(pieces: list[str], expected: str) -> None:
    result, messages = folded(message("stop", content="Hello"), *(delta(content=piece) for piece in pieces), DONE)
    assert (result.text, answer(messages)) == (expected, expected)


def test_q84_a_repetition_that_is_cut_is_noted() -> None:
    result, _ = folded(message("stop", content="Hello"), delta(content="Hel"))
    assert (result.text, [note.detail for note in noted(result, "ignored")]) == (
        "Hello",
        ["the beginning of the answer, which came again"],
    )


def test_q84_an_answer_without_a_finish_word_may_go_on() -> None:
    begun = message(content="Hello", refusal="No")
    result, messages = folded(begun, delta(content="Hel"), delta(content="lo"), finished(), DONE)
    assert (result.text, answer(messages)) == ("Hello", "Hello")
    result, messages = folded(begun, delta(content="Hel"), finished(), DONE)
    assert (result.text, answer(messages), result.refusal) == ("HelloHel", "HelloHel", "No")
    result, _ = folded(message(content="ha"), message(content="haha"), delta(content="!"), finished(), DONE)
    assert result.text == "haha!"


def test_q84_a_refusal_that_comes_again_is_said_once() -> None:
    result, _ = folded(message("stop", refusal="No."), delta(refusal="No"), delta(refusal="."), delta(content="Well."))
    assert (result.refusal, result.text) == ("No.", "Well.")


@pytest.mark.parametrize("call_id", ["call_a", "call_z"])
@pytest.mark.parametrize("arguments", [TOWN, '{"city": "Oslo"}'])
def test_q84_a_call_that_comes_again_in_deltas_is_one(call_id: str, arguments: str) -> None:
    whole = message("tool_calls", tool_calls=[call(None, "call_a", "look", TOWN), call(None, "call_b", "put", "{}")])
    pieces = [calls(call(0, None, None, arguments[at : at + 4])) for at in range(0, len(arguments), 4)]
    result, _ = folded(whole, calls(call(0, call_id, "look", "")), *pieces, END, DONE)
    assert told(result) == [("look", TOWN, True), ("put", "{}", True)]


def test_q84_another_call_after_a_whole_answer_is_another() -> None:
    whole = message("tool_calls", tool_calls=[call(None, "call_a", "look", TOWN)])
    other = '{"city":"Rome"}'
    result, _ = folded(whole, calls(call(0, "call_b", "look", "")), calls(call(0, None, None, other)), END, DONE)
    assert told(result) == [("look", TOWN, True), ("look", other, True)]
    result, _ = folded(whole, calls(call(0, "call_b", "put", TOWN)), END, DONE)
    assert told(result) == [("look", TOWN, True), ("put", TOWN, True)]


# Messages in the place of deltas.


def test_q84_messages_in_pieces_are_joined() -> None:
    pieces = [message(content=piece) for piece in ("He", "llo", ", you")]
    result, messages = folded(message(reasoning_content="Hm"), *pieces, message("stop", content="."), DONE)
    assert (result.text, answer(messages)) == ("Hello, you.", "Hello, you.")
    assert "a message in pieces" in [note.detail for note in noted(result, "repaired")]


def test_q84_messages_that_each_say_all_are_said_once() -> None:
    result, messages = folded(*(message(content=piece) for piece in ("He", "Hello")), message("stop", content="Hello!"))
    assert (result.text, answer(messages), noted(result, "mismatch")) == ("Hello!", "Hello!", [])


def test_q84_a_last_message_that_contradicts_deltas_is_the_whole() -> None:
    result, _ = folded(delta(content="He"), message("stop", content="Hallo"))
    assert (result.text, len(noted(result, "mismatch"))) == ("Hallo", 1)


@pytest.mark.parametrize("pieces", [("Hel", "lo"), ("", "Hel", "lo"), ("1", "0"), ("ha", "!")])
def test_q84_the_last_piece_may_come_with_the_finish_word(pieces: tuple[str, ...]) -> None:
    *first, last = pieces
    result, messages = folded(*(message(content=piece) for piece in first), message("stop", content=last), DONE)
    assert (result.text, answer(messages)) == ("".join(pieces), "".join(pieces))
    assert noted(result, "mismatch") == []


@pytest.mark.parametrize("empty", [{}, {"delta": {}}, {"delta": None}])
def test_q84_an_empty_delta_beside_messages_says_nothing(empty: Shape) -> None:
    frames = [chunk({"index": 0, "message": {"content": piece}, **empty}) for piece in ("He", "llo")]
    assert folded(*frames, finished(), DONE)[0].text == "Hello"


def test_q84_a_call_in_messages_in_pieces_keeps_its_id() -> None:
    pieces = [call(0, "call_a", "look", TOWN[:4]), call(0, "call_a", None, TOWN[4:])]
    result, _ = folded(*(message(tool_calls=[piece]) for piece in pieces), message("tool_calls", content=""), DONE)
    assert told(result) == [("look", TOWN, True)]


def test_q84_calls_in_messages_in_pieces_are_joined() -> None:
    begun = message(tool_calls=[call(0, "call_a", "look", '{"city":'), call(1, "call_b", "put", "{")])
    rest = message(tool_calls=[call(0, None, None, '"Oslo"}'), call(1, None, None, '"to":1}')])
    result, _ = folded(begun, rest, message("tool_calls", content=""), DONE)
    assert told(result) == [("look", TOWN, True), ("put", '{"to":1}', True)]


# A call whose kind changes.


@pytest.mark.parametrize(
    "frames",
    [
        [calls(call(0, "call_a", "run", '{"a":')), calls({"index": 0, "type": "custom", "custom": {"input": "raw"}})],
        [calls(call(0, "call_a", "run", '{"a":1}')), calls(custom(0, text="raw"))],
        [calls(call(0, "call_a", "run", "{")), calls(custom(0, text="raw"))],
        [calls(custom(0, "call_a", "run", "ra")), calls(call(0, None, None, "w"))],
        [calls(custom(0, "call_a", "run", "ra")), delta(content="x"), calls(call(0, None, None, "w"))],
        [calls(custom(0, "call_a", "run", "raw")), calls({"index": 0, "type": "function", "id": "call_a"})],
        [calls(custom(0, "call_a", "run", "raw")), calls(call(0, None, "run"))],
    ],
)
def test_q22_a_call_that_comes_as_two_kinds_is_in_doubt(frames: list[Shape]) -> None:
    result, _ = folded(*frames, END, DONE)
    assert [doubted.doubt for doubted in result.tool_calls[0].doubts] == [Doubt.CONFLICTING_WHOLE]


def test_q22_a_type_that_every_delta_has_is_no_change() -> None:
    entries = [{**custom(0, *who, text=piece), "type": "function"} for who, piece in ((("a", "sh"), "l"), ((), "s"))]
    result, _ = folded(*map(calls, entries), END, DONE)
    assert told(result) == [("sh", "ls", True)]
    result, _ = folded(calls(custom(0, "a", "sh", "ls")), calls({"index": 0, "id": "a"}), END, DONE)
    assert told(result) == [("sh", "ls", True)]
    result, _ = folded(calls(call(0, "a", "sh", "")), calls(custom(0, text="ls")), END, DONE)
    assert told(result) == [("sh", "ls", True)]


# Arguments that nothing names, and that are a named call's once more.


@pytest.mark.parametrize("other", ['{"city":"Rome"}', TOWN + "x", '{"city"', "{}"])
def test_q81_other_arguments_of_no_call_stay(other: str) -> None:
    result, _ = folded(calls(call(0, "call_a", "look", TOWN)), calls(call(5, None, None, other)), END, DONE)
    assert told(result) == [("look", TOWN, True), ("", other, False)]


def test_q81_arguments_that_a_call_lacks_are_no_repetition() -> None:
    frames = [calls(call(0, "a", "look", TOWN)), calls(call(1, "b", "look")), calls(call(2, "c", "look"))]
    result, _ = folded(*frames, calls(call(5, None, None, TOWN)), END, DONE)
    assert [one.complete for one in result.tool_calls] == [True, False, False, False]


# Q80: a frame that is lost after what may only hold the place of arguments.


def test_q80_a_frame_lost_after_a_placeholder_casts_doubt() -> None:
    begun = calls(call(0, "call_a", "look", "{}"))
    for between in ((), (delta(content="x"),)):
        result, _ = folded_bytes(sse(begun, *between, LOST, END, DONE))
        assert [doubted.doubt for doubted in result.tool_calls[0].doubts] == [Doubt.FRAME_LOST]
    result, _ = folded_bytes(sse(begun, END, LOST, DONE))
    assert told(result) == [("look", "{}", True)]
    result, _ = folded_bytes(sse(calls(call(0, "call_a", "look", TOWN)), LOST, END, DONE))
    assert told(result) == [("look", TOWN, True)]


@pytest.mark.parametrize("name", ["ta", "dat", "chunk"])
def test_q80_a_frame_whose_name_is_torn_is_read_or_casts_doubt(name: str) -> None:
    begun, middle, end = (calls(call(0, *who, piece)) for who, piece in PIECES)
    assert (b"data: " + sse(middle)[6:]) in sse(begun, middle, end)
    torn = sse(begun, middle, end, END, DONE).replace(sse(middle), name.encode() + sse(middle)[4:])
    assert told(folded_bytes(torn)[0]) == [("run", '{"cmd":"rm -r /tmp/x/cache -v"}', True)]
    broken = sse(begun, middle, end, END, DONE).replace(sse(middle), name.encode() + b": " + sse(middle)[20:])
    assert [doubted.doubt for doubted in folded_bytes(broken)[0].tool_calls[0].doubts] == [Doubt.FRAME_LOST]


def test_a_choice_with_both_is_read_by_its_delta_first() -> None:
    both = chunk({**choice(content="Hi"), "message": {"content": "Hi there"}})
    assert folded(both, finished(), DONE)[0].text == "Hi there"
