"""Laws 3 and 11: every way in which the chunks, the messages and the result can say something else."""

from typing import Any

import pytest
from attrs import evolve
from streamfold.adapters.laws.conservation import agreeing, conserving, repeats
from streamfold.reducer import inner_thoughts
from streamfold.reducer.diagnostics import Diagnostic
from streamfold.reducer.result import (
    ReasoningPart,
    RefusalPart,
    Result,
    SummarizedReasoningPart,
    SummaryPart,
    TextPart,
    ToolCall,
)
from support.adapters.finished_folds import call, content, finished, refusal, text, thought
from support.adapters.results import result_of, with_other
from support.law_checks import MESSAGE_ID

UNTOLD = "a diagnostic must say that a whole contradicts what was folded, exactly where one does"
UNTOLD_CALLS: dict[str, Any] = {"calls": None}
MADE_OF = "the messages' arguments are made of '{\"q\":1}', the chunks' of "
ARGUMENTS = "the provider's arguments are {!r}, the result's ['{{\"q\":1}}']"
MISMATCH = Diagnostic("mismatch", "a whole is another")
RESULT = result_of(
    content=(ReasoningPart("Hm."), TextPart("Hello"), RefusalPart("No.")),
    tool_calls=(ToolCall("a", "find", '{"q":1}', closed=True),),
)
MESSAGES = (
    thought("Hm."),
    text("Hel", 1),
    text("lo", 1),
    refusal("No.", 2),
    call("a", "find", '{"q"', 3),
    call("a", None, ":1}", 3),
)
READ = content("Hello", "Hm.", "No.", '{"q":1}', calls=('{"q":1}',))


def test_what_is_the_same_everywhere_is_conserved() -> None:
    assert conserving(finished(*MESSAGES, result=RESULT, read=READ)) is None
    assert conserving(finished(*MESSAGES, result=RESULT)) is None


@pytest.mark.parametrize(
    ("other", "wrong"),
    [
        ({"text": "Hello!"}, "the messages' text is 'Hello', the chunks' 'Hello!'"),
        ({"text": "Hello "}, "the messages' text is 'Hello', the chunks' 'Hello '"),
        ({"reasoning": "Hm"}, "the messages' reasoning is 'Hm.', the chunks' 'Hm'"),
        ({"refusal": ""}, "the messages' refusal is 'No.', the chunks' ''"),
        (
            {"calls": None, "arguments": '{"q":12}'},
            "the messages' arguments are made of '{\"q\":1}', the chunks' of '{\"q\":12}'",
        ),
        (
            {"calls": None, "arguments": '{"q":}'},
            "the messages' arguments are made of '{\"q\":1}', the chunks' of '{\"q\":}'",
        ),
        ({"calls": ('{"q":1}', "{}")}, "the result's arguments are ['{\"q\":1}'], the chunks' ('{\"q\":1}', '{}')"),
        ({"calls": ("{}",)}, "the result's arguments are ['{\"q\":1}'], the chunks' ('{}',)"),
    ],
)
def test_what_the_chunks_said_otherwise_is_told(other: dict[str, Any], wrong: str) -> None:
    assert conserving(finished(*MESSAGES, result=RESULT, read=evolve(READ, **other))) == wrong


@pytest.mark.parametrize(
    ("other", "wrong"),
    [
        ({"content": RESULT.content[1:]}, "the messages' reasoning is 'Hm.', the result's []"),
        ({"content": RESULT.content[:2]}, "the messages' refusal is 'No.', the result's []"),
        (
            {"content": (*RESULT.content[:1], TextPart("Hell"), *RESULT.content[2:])},
            "the messages' text is 'Hello', the result's ['Hell']",
        ),
        ({"tool_calls": ()}, "the messages' call a is find({\"q\":1}), the result's None"),
        (
            {"tool_calls": (evolve(RESULT.tool_calls[0], name="seek"),)},
            'the messages\' call a is find({"q":1}), the result\'s seek({"q":1})',
        ),
        (
            {"tool_calls": (evolve(RESULT.tool_calls[0], arguments="{}"),)},
            "the messages' call a is find({\"q\":1}), the result's find({})",
        ),
        (
            {"tool_calls": (*RESULT.tool_calls, evolve(RESULT.tool_calls[0], id="b"))},
            "2 calls in the result, 1 in the messages",
        ),
    ],
)
def test_what_the_result_says_otherwise_is_told(other: dict[str, Any], wrong: str) -> None:
    assert conserving(finished(*MESSAGES, result=with_other(RESULT, **other))) == wrong


def test_after_a_mismatch_the_result_may_say_something_unless_chunks_tell() -> None:
    result = with_other(RESULT, content=(), diagnostics=(MISMATCH,))
    read = evolve(READ, calls=None)
    assert conserving(finished(*MESSAGES, result=result, read=read)) is None
    assert conserving(finished(*MESSAGES[1:], result=result, read=read)) is not None
    assert conserving(finished(*MESSAGES, result=result, read=READ)) is not None


def test_a_call_without_arguments_has_an_empty_object_in_the_result_alone() -> None:
    result = result_of(tool_calls=(ToolCall("a", "f", "{}", closed=True),))
    assert conserving(finished(call("a", "f", None), result=result, read=content(calls=("",)))) is None


def test_blank_lines_between_the_parts_of_a_summary_are_not_the_chunks() -> None:
    parts = SummarizedReasoningPart("rs", (SummaryPart(0, "One."), SummaryPart(1, "Two.")))
    done = finished(thought("One.\n\nTwo."), result=result_of(content=(parts,)), read=content(reasoning="One.Two."))
    assert conserving(done) is None


def test_an_answer_that_came_as_reasoning_may_be_the_result_s_text() -> None:
    same = result_of(content=(TextPart("Four."),))
    assert conserving(finished(thought("Four."), result=evolve(same, outcome="completed"))) is None
    assert conserving(finished(thought("Four."), result=evolve(same, outcome="cancelled"))) is not None
    assert conserving(finished(thought("Four."), result=result_of(content=(TextPart("Five."),)))) is not None


def test_several_parts_may_come_in_another_order_and_lose_nothing() -> None:
    result = result_of(content=(TextPart("ab"), TextPart("c")))
    assert conserving(finished(text("cab"), result=result)) is None
    assert conserving(finished(text("abd"), result=result)) == "the messages' text is 'abd', the result's ['ab', 'c']"
    assert conserving(finished(text("ba"), result=result_of(content=(TextPart("ab"),)))) is not None


def test_two_calls_of_one_id_are_said_as_one() -> None:
    calls = tuple(ToolCall("a", "f", arguments, closed=True) for arguments in ("[1]", "{}"))
    result = result_of(tool_calls=calls)
    for said_of_both in ("[1]", "[1]{}"):  # of a call that was given none, the result alone says `{}`
        assert conserving(finished(call("a", "ff", said_of_both), result=result)) is None
    assert conserving(finished(call("a", "ff", "[1"), result=result)) is not None


@pytest.mark.parametrize(
    ("messages", "wrong"),
    [
        ((thought("Hm.", source="non_reasoner_model"), call("a", "f", "{}", 1)), None),
        (
            (thought("Hm", source="non_reasoner_model"), call("a", "f", "{}", 1)),
            "the messages' thoughts are 'Hm', the chunks' 'Hm.'",
        ),
    ],
)
def test_thoughts_that_ride_in_arguments_are_the_result_s_text(messages: Any, wrong: str | None) -> None:
    result = result_of(content=(TextPart("Hm."),), tool_calls=(ToolCall("a", "f", "{}", closed=True),))
    config = inner_thoughts.Config(message_id=MESSAGE_ID)
    read = content(thoughts="Hm.", arguments="{}")
    assert conserving(finished(*messages, result=result, read=read, config=config, thoughtful=True)) == wrong
    other = with_other(result, content=(TextPart("Hm!"),))
    found = conserving(finished(*messages, result=other, config=config, thoughtful=True))
    assert found is not None
    assert found.startswith("the messages' thoughts and text are {")


@pytest.mark.parametrize(
    ("read", "result", "wrong"),
    [
        (None, RESULT, None),
        (content(), RESULT, None),
        (content(wholes={"text": ["Hello"], "reasoning": ["Hm.", ""]}), RESULT, None),
        (content(wholes={"text": ["Hell"]}), RESULT, "the provider's text is ['Hell'], the result's ['Hello']"),
        (content(wholes={"refusal": []}), RESULT, "the provider's refusal is [], the result's ['No.']"),
        (content(wholes={"arguments": ["{}"]}), RESULT, ARGUMENTS.format(["{}"])),
        (content(wholes={"arguments": []}), RESULT, ARGUMENTS.format([])),
        (content(wholes={}, contradicted=True), RESULT, UNTOLD),
        (content(wholes={}), evolve(RESULT, diagnostics=(MISMATCH,)), UNTOLD),
        (content(wholes={}, contradicted=True), evolve(RESULT, diagnostics=(MISMATCH,)), None),
    ],
)
def test_the_provider_s_wholes_are_the_result_s_parts(read: Any, result: Result, wrong: str | None) -> None:
    assert agreeing(finished(result=result, read=read)) == wrong


def test_snapshots_are_known_by_their_note() -> None:
    assert not repeats(RESULT)
    assert not repeats(Result(diagnostics=(MISMATCH,)))
    assert repeats(Result(diagnostics=(MISMATCH, Diagnostic("repaired", "arguments came as snapshots"))))


def test_the_ids_of_calls_agree_after_a_mismatch() -> None:
    known = Diagnostic("mismatch", "the arguments differ")
    other = evolve(RESULT.tool_calls[0], id="b", arguments="{}")
    differs = with_other(RESULT, diagnostics=(known,), tool_calls=(other,))
    assert conserving(finished(*MESSAGES, result=differs)) == "the messages' calls are ['a'], the result's ['b']"
    assert conserving(finished(*MESSAGES, result=with_other(RESULT, diagnostics=(known,)))) is None
