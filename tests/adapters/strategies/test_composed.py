"""A composed stream: what tells it apart from a result, and how a person reads it."""

from typing import Any

import pytest
from attrs import evolve
from streamfold.adapters.strategies.composed import Call, Says, Stream
from streamfold.adapters.strategies.quirks import Quirk
from streamfold.reducer import Done, chat
from streamfold.reducer.completions.chunk import Choice, Chunk, Delta
from streamfold.reducer.result import ReasoningPart, RefusalPart, TextPart, ToolCall
from streamfold.reducer.usage import Usage
from support.adapters.results import result_of, with_other
from support.law_checks import MESSAGE_ID

SAYS = Says(
    text="Hello",
    reasoning="Hm.",
    refusal="No.",
    calls=(Call(id="a", name="f", arguments="{}", complete=True),),
    usage=Usage(1, 2, source="reported"),
    finish_reason="stop",
)
RESULT = result_of(
    content=(ReasoningPart("Hm."), TextPart("Hello"), RefusalPart("No.")),
    tool_calls=(ToolCall("a", "f", "{}", closed=True),),
    usage=Usage(1, 2, source="reported", raw={"prompt_tokens": 1}),
    finish_reason="stop",
    outcome="completed",
)


def test_a_result_with_the_same_content_has_no_difference() -> None:
    assert SAYS.difference(RESULT) is None
    assert evolve(SAYS, usage=None).difference(evolve(RESULT, usage=Usage(7, source="estimated"))) is None


@pytest.mark.parametrize(
    ("other", "wrong"),
    [
        ({"text": "Hi"}, "the text is 'Hello', not 'Hi'"),
        ({"reasoning": ""}, "the reasoning is 'Hm.', not ''"),
        ({"refusal": "Yes."}, "the refusal is 'No.', not 'Yes.'"),
        ({"calls": ()}, "the number of calls is 1, not 0"),
        ({"finish_reason": None}, "the finish reason is 'stop', not None"),
        ({"outcome": "truncated"}, "the outcome is 'completed', not 'truncated'"),
        ({"usage": Usage(1, 3)}, "the usage is "),
        ({"calls": (evolve(SAYS.calls[0], id="b"),)}, "a call's id is 'a', not 'b'"),
        ({"calls": (evolve(SAYS.calls[0], name="g"),)}, "a call's name is 'f', not 'g'"),
        ({"calls": (evolve(SAYS.calls[0], arguments="[]"),)}, "a call's arguments is '{}', not '[]'"),
        ({"calls": (evolve(SAYS.calls[0], complete=False),)}, "a call's complete is True, not False"),
        ({"calls": (evolve(SAYS.calls[0], kind="custom"),)}, "a call's kind is 'function', not 'custom'"),
    ],
)
def test_the_first_difference_is_told(other: dict[str, Any], wrong: str) -> None:
    assert str(evolve(SAYS, **other).difference(RESULT)).startswith(wrong)


def test_an_id_that_was_never_sent_may_be_any() -> None:
    assert evolve(SAYS, calls=(evolve(SAYS.calls[0], id=None),)).difference(RESULT) is None


def test_thoughts_come_before_the_text_in_the_order_of_the_calls() -> None:
    calls = (
        Call(id="a", name="f", arguments="{}", complete=True, thoughts="One. ", answer="x"),
        Call(id="b", name="f", arguments="{}", complete=True, thoughts="Two. ", answer="y"),
    )
    says = Says(text="Hello", calls=calls)
    assert (says.thoughts, says.answers) == ("One. Two. ", "xy")
    made = tuple(ToolCall(call.id or "", "f", "{}", closed=True) for call in calls)
    result = result_of(content=(TextPart("One. Two. Hello"),), tool_calls=made, outcome="completed")
    assert says.difference(result) is None
    assert says.difference(with_other(result, content=(TextPart("Hello"),))) is not None


@pytest.mark.parametrize(
    ("says", "line"),
    [
        (Says(), "nothing"),
        (Says(outcome="truncated"), "truncated"),
        (SAYS, 'thinks "Hm." | "Hello" | refuses "No." | call f({}) | finish stop'),
        (Says(text="a\n\ud800"), '"a\\n\\ud800"'),
        (Says(calls=(Call(id=None, name="g", arguments="\n", complete=False),)), "call g(\\n)"),
    ],
)
def test_what_is_said_is_shown_on_one_line(says: Says, line: str) -> None:
    assert str(says) == line


CHUNKS = (Chunk(choices=(Choice(delta=Delta(content="Hi")),)), Done())
STREAM = Stream(
    wire="chat", machine=chat, config=chat.Config(message_id=MESSAGE_ID), chunks=CHUNKS, says=Says(text="Hi")
)


def test_a_stream_is_shown_with_a_line_for_each_chunk() -> None:
    assert STREAM.lines() == ['chat: "Hi"', '  1  "Hi"', "  2  [DONE]"]
    assert repr(STREAM) == '<Stream\n    chat: "Hi"\n      1  "Hi"\n      2  [DONE]>'


def test_quirks_and_what_is_configured_otherwise_are_shown() -> None:
    config = chat.Config(message_id=MESSAGE_ID, run_id="run-1", think_tags=True, choice=None)
    lines = evolve(STREAM, config=config, quirks=frozenset({Quirk.NO_ID, Quirk.LATE_ID})).lines()
    assert lines[1] == "quirks: LATE_ID, NO_ID"
    assert lines[-1] == "config: choice=None, think_tags=True"


def test_hypothesis_shows_a_stream_by_its_lines() -> None:
    shown: list[str] = []

    class Printer:
        """As much of Hypothesis' printer as is asked for."""

        def group(self, indent: int) -> "Printer":
            assert indent == 4
            return self

        def __enter__(self) -> None: ...

        def __exit__(self, *_: object) -> None: ...

        def break_(self) -> None:
            shown.append("\n")

        def text(self, text: str) -> None:
            shown.append(text)

    STREAM._repr_pretty_(Printer(), cycle=False)  # the name is Hypothesis' protocol
    assert "".join(shown) == '<Stream\nchat: "Hi"\n  1  "Hi"\n  2  [DONE]>'
