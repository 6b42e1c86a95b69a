from typing import Any

import pytest
from streamfold.reducer import Cancelled, Done, chat, fold, inner_thoughts
from streamfold.reducer.completions.chunk import CallDelta, Delta, FunctionDelta
from streamfold.reducer.doubts import Doubt
from streamfold.reducer.messages import Message, ToolCallClosed
from support.alphabets import FINISH, called, said, whole
from support.law_checks import MESSAGE_ID

TEXT = said(Delta(content="t"))
MACHINES = [chat, inner_thoughts]


def steps(machine: Any, *chunks: Any) -> list[list[str]]:
    """What each chunk emits, and at last what a cancellation does: the pieces of calls, and the types of the rest."""
    state, _ = machine.start(machine.Config(message_id=MESSAGE_ID))
    shown: list[list[str]] = []
    for chunk in chunks:
        state, messages = machine.step(state, chunk)
        shown.append([show(message) for message in messages])
    _, messages = machine.finish(state, Cancelled())
    return [*shown, [show(message) for message in messages if message.message_type != "stop_reason"]]


def show(message: Message) -> str:
    if isinstance(message, ToolCallClosed):
        return f"{message.tool_call_id} {'safe' if message.complete else 'in doubt'}"
    call = getattr(message, "tool_call", None)
    return f"{call.tool_call_id}: {call.name or ''}({call.arguments or ''}" if call else message.message_type


@pytest.mark.parametrize("placeholder", ["{}", " null", "{ }\n"])
@pytest.mark.parametrize("pieces", [['{"k":2}'], list('{"k":2}'), [" ", '{"k"', ":2}"]])
def test_an_object_after_an_emitted_placeholder_is_the_result_s(placeholder: str, pieces: list[str]) -> None:
    other, late = called(1, "b", "ls", '{"k":1}'), [called(0, piece=piece) for piece in pieces]
    chunks = [called(0, "a", "rm", placeholder), other, *late, FINISH]
    shown = steps(chat, *chunks)
    assert shown[:2] == [["a: rm("], [f"a: ({placeholder}", 'b: ls({"k":1}']]
    assert shown[-2:] == [["a safe", "b safe"], []]
    state, _ = fold(chat, chat.Config(message_id=MESSAGE_ID), chunks)
    result = chat.result(state)
    assert [(call.arguments, call.complete) for call in result.tool_calls] == [('{"k":2}', True), ('{"k":1}', True)]
    assert any(note.kind == "mismatch" for note in result.diagnostics)


def wholly(arguments: str) -> Any:
    """A whole message with that call."""
    return whole(tool_calls=(CallDelta(index=0, id="a", function=FunctionDelta(name="rm", arguments=arguments)),))


@pytest.mark.parametrize(
    ("chunks", "arguments"),
    [
        ([called(0, "a", "rm", '{"k":1}'), called(0, piece='{"k"'), wholly('{"k":1}')], '{"k":1}{"k"'),
        ([called(0, "a", "rm", '{"k"'), FINISH, wholly('{"k":1}')], '{"k":1}'),
    ],
    ids=["a repetition that is held", "after the end"],
)
def test_a_whole_leaves_a_doubt_where_more_came(chunks: list[Any], arguments: str) -> None:
    state, _ = fold(chat, chat.Config(message_id=MESSAGE_ID), [*chunks, Done()])
    (call,) = chat.result(state).tool_calls
    assert (call.arguments, call.complete) == (arguments, False)
    assert Doubt.CONFLICTING_WHOLE in [doubted.doubt for doubted in call.doubts]


def test_an_object_after_a_closed_placeholder_is_in_conflict() -> None:
    chunks = [called(0, "a", "rm", "{}"), FINISH, called(0, piece='{"k":2}')]
    state, _ = fold(chat, chat.Config(message_id=MESSAGE_ID), chunks)
    (call,) = chat.result(state).tool_calls
    assert (call.arguments, call.complete) == ('{}{"k":2}', False)


def test_a_placeholder_comes_out_before_anything_else() -> None:
    begun = [called(0, "a", "rm", "{}"), called(1, "b", "ls", "null")]
    assert steps(chat, *begun)[:2] == [["a: rm("], ["a: ({}", "b: ls("]]
    assert steps(chat, *begun, TEXT)[2] == ["b: (null", "assistant_message"]
    assert steps(chat, *begun)[-1] == ["b: (null"]
    assert steps(chat, *begun, FINISH)[2] == ["b: (null", "a safe", "b safe"]


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("word", [FINISH, Done()])
def test_each_call_is_closed_once(machine: Any, word: Any) -> None:
    whole = called(0, "a", "rm", '{"k":1}')
    shown = steps(machine, whole, word, word, Done(), called(1, "b", "ls", '{"k":1}'), Done(), FINISH)
    closed = [line for lines in shown for line in lines if line.endswith(("safe", "doubt"))]
    assert closed == ["a safe", "b safe"]


@pytest.mark.parametrize("machine", MACHINES)
def test_what_comes_after_the_end_is_emitted_all_the_same(machine: Any) -> None:
    shown = steps(machine, called(0, "a", "rm", '{"k":1}'), FINISH, called(0, piece='{"k":2}'), called(0, piece="x"))
    assert [line for lines in shown[2:] for line in lines] == ['a: ({"k":2}', "a: (x"]
