"""Folds of chat that mistake tool calls: the laws must catch every one."""

from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve
from streamfold.reducer import Done, Undecodable, chat
from streamfold.reducer.completions.chunk import CallDelta, Chunk, CustomDelta, Delta, FunctionDelta
from streamfold.reducer.diagnostics import Diagnostic
from streamfold.reducer.messages import ToolCallClosed
from streamfold.reducer.result import ReasoningPart, Result, TextPart
from support.alphabets import FINISH, called, said
from support.laws.faulty_folds import check_caught, faulty, of_closing, of_parts, undoubted

AGAIN = [
    called(0, "a", "f", '{"x":1}'),
    called(0, piece='{"x":1}'),
    called(1, "b", "pay", '{"amount": 1'),
    called(1, piece="00}"),
    FINISH,
    Done(),
]
ONCE = [called(0, "b", "pay", '{"amount": 1'), called(0, piece="00"), called(0, piece="}"), FINISH, Done()]


def of_last(change: Callable[[FunctionDelta], str], index: int = 1) -> Callable[[Any], Any]:
    """A change of the arguments of the call at this index."""

    def changed(chunk: Any) -> Any:
        if not isinstance(chunk, Chunk) or not (chunk.choices or ())[0].delta:
            return chunk
        (choice,) = chunk.choices or ()
        assert choice.delta is not None
        calls = []
        for call in choice.delta.tool_calls or ():
            if call.function is not None and call.index == index:
                call = evolve(call, function=evolve(call.function, arguments=change(call.function)))
            calls.append(call)
        delta = evolve(choice.delta, tool_calls=tuple(calls) or None)
        return evolve(chunk, choices=(evolve(choice, delta=delta),))

    return changed


def noting(kind: Any, detail: str) -> Callable[[Result], Result]:
    """A note that nothing in the stream is the reason of."""
    note = Diagnostic(kind, detail)
    return lambda result: evolve(result, diagnostics=(*result.diagnostics, note)) if result.tool_calls else result


def without_zeros(function: FunctionDelta) -> str:
    return (function.arguments or "").replace("0", "")


def other_digits(function: FunctionDelta) -> str:
    return (function.arguments or "").replace("1", "9")


def nothing_at_all(function: FunctionDelta) -> str:
    return "{}" if function.name else ""


CAME_AGAIN = noting("repaired", "arguments that came again, or held the place of others")
DIFFERS = noting("mismatch", "the whole differs")


@pytest.mark.parametrize(
    ("fault", "chunks"),
    [
        (faulty(chat, chunk=of_last(without_zeros)), AGAIN),
        (faulty(chat, chunk=of_last(other_digits)), AGAIN),
        (faulty(chat, chunk=of_last(nothing_at_all)), AGAIN),
        (faulty(chat, chunk=of_last(without_zeros, 0), result=CAME_AGAIN), ONCE),
        (faulty(chat, chunk=of_last(without_zeros, 0), result=DIFFERS), ONCE),
    ],
)
def test_a_fold_that_mistakes_arguments_is_caught(fault: Any, chunks: list[Any]) -> None:
    check_caught(chat, fault, chunks, 3)


TWO = [
    *(called(at, call_id, "f", head) for at, call_id, head in ((0, "a", '{"x":'), (1, "b", '{"y":'))),
    *(called(at, call_id, "f", rest) for at, call_id, rest in ((1, "b", "2}"), (0, "a", "1}"))),
    FINISH,
    Done(),
]


def swapped(result: Result) -> Result:
    """The arguments of two calls, each in the place of the other's."""
    calls = [item for item in result.output if item.call is not None]
    if len(calls) != 2:
        return result
    one, other = (item.call for item in calls)
    assert one is not None
    assert other is not None
    changed = {one.id: evolve(one, arguments=other.arguments), other.id: evolve(other, arguments=one.arguments)}
    output = tuple(item if item.call is None else evolve(item, call=changed[item.call.id]) for item in result.output)
    return evolve(result, output=output)


def test_a_fold_that_swaps_the_arguments_of_calls_is_caught() -> None:
    check_caught(chat, faulty(chat, result=swapped), TWO, 3)


LOST = Undecodable("not JSON", lost=True)
IDS = [called(0, "a", "f", '{"x"'), LOST, called(0, "a", "f", ":1}"), FINISH, Done()]
CUSTOM = [
    said(Delta(tool_calls=(CallDelta(index=0, id="a", custom=CustomDelta(name="sh", input="ab")),))),
    LOST,
    said(Delta(tool_calls=(CallDelta(index=0, custom=CustomDelta(input="cd")),))),
    FINISH,
]
OF_OLD = [
    said(Delta(function_call=FunctionDelta(name="f", arguments='{"x"'))),
    LOST,
    said(Delta(function_call=FunctionDelta(arguments=":1}"))),
    FINISH,
]


def loses_nothing(chunk: Any) -> Any:
    return evolve(chunk, lost=False) if isinstance(chunk, Undecodable) else chunk


@pytest.mark.parametrize("chunks", [IDS, CUSTOM, OF_OLD])
def test_a_fold_that_forgets_a_lost_frame_is_caught(chunks: list[Any]) -> None:
    check_caught(chat, faulty(chat, chunk=loses_nothing), chunks, 8)


def closes_early(message: Any) -> Any:
    call = getattr(message, "tool_call", None)
    if call is None or not (call.arguments or "").endswith("}"):
        return None if isinstance(message, ToolCallClosed) else message
    known = {"id": message.id, "run_id": message.run_id, "step_id": message.step_id}
    return message, ToolCallClosed(tool_call_id=call.tool_call_id, **known)


def never_closes_in_doubt(message: Any) -> Any:
    return None if isinstance(message, ToolCallClosed) and message.doubts else message


def closes_twice(message: Any) -> Any:
    return (message, message) if isinstance(message, ToolCallClosed) else message


CUT_OFF = [called(0, "a", "f", '{"x":1}'), said(Delta(content="more")), said(finish_reason="length")]


@pytest.mark.parametrize(
    ("fault", "chunks"),
    [
        (faulty(chat, message=of_closing(undoubted)), CUT_OFF),
        (faulty(chat, message=of_closing(undoubted)), IDS),
        (faulty(chat, message=closes_early), [*CUT_OFF[:2], FINISH]),
        (faulty(chat, message=never_closes_in_doubt), CUT_OFF),
        (faulty(chat, message=never_closes_in_doubt), IDS),
        (faulty(chat, message=closes_twice), CUT_OFF),
    ],
)
def test_a_fold_that_closes_calls_wrongly_is_caught(fault: Any, chunks: list[Any]) -> None:
    check_caught(chat, fault, chunks, 8)


def answers_by_reasoning(result: Result) -> Result:
    return of_parts(lambda part: TextPart(part.reasoning) if isinstance(part, ReasoningPart) else part)(result)


def test_a_fold_that_takes_reasoning_for_an_answer_too_early_is_caught() -> None:
    thought = said(Delta(reasoning_content="Hm."))
    fault = faulty(chat, result=lambda result: result if result.text else answers_by_reasoning(result))
    check_caught(chat, fault, [thought, said(Delta(content="Hi")), FINISH], 3)
