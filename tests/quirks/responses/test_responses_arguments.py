"""A function call's arguments as providers send them: placeholders, repetitions, holes, and whose they are."""

from typing import Any

import pytest
from streamfold.adapters import wire
from streamfold.reducer import fold, responses
from support.event_shapes import (
    EventJson,
    Folded,
    arguments_delta,
    arguments_done,
    begun,
    body,
    completed,
    created,
    folded,
    function_call,
    incomplete,
    item_done,
    without,
)
from support.law_checks import MESSAGE_ID, channels

OSLO = '{"city": "Oslo"}'


def doubts(result: Any) -> list[list[str]]:
    return [[doubted.doubt.value for doubted in call.doubts] for call in result.tool_calls]


def called(*pieces: str, whole: str = OSLO) -> Folded:
    """A call from its beginning to its end, by these deltas."""
    done = item_done(function_call(arguments=whole))
    return folded([created(), begun(function_call()), *map(arguments_delta, pieces), done, completed(output=None)])


# Q80


@pytest.mark.parametrize("whole", [False, True], ids=["no whole", "whole"])
def test_q80_a_frame_lost_inside_the_arguments_is_a_doubt(whole: bool) -> None:
    pieces = ['{"cmd": "rm -r /tmp', '/cache", "dry": "', 'yes"}']
    events = [created(), begun(function_call()), *map(arguments_delta, pieces)]
    events += [item_done(function_call(arguments="".join(pieces) if whole else ""))]
    frames = body(events).split(b"\n\n")
    frames[3] = frames[3][:-12]
    chunks = wire.read("responses", [b"\n\n".join(frames)])
    state, messages = fold(responses, responses.Config(message_id=MESSAGE_ID), chunks)
    result = responses.result(state)
    assert doubts(result) == ([[]] if whole else [["FRAME_LOST"]])
    assert result.tool_calls[0].arguments == "".join(pieces if whole else pieces[::2])
    assert [closed.complete for closed in messages if closed.message_type == "tool_call_closed"] == [whole]


# Q82


@pytest.mark.parametrize(
    "pieces",
    [
        ["{}", OSLO],
        ["{}", *OSLO],
        ["{", "}", OSLO],
        [OSLO, OSLO],
        [OSLO, *'{"city":"Oslo"}'],
        [*OSLO, '{"city": "\\u004fslo"}\n'],
        ["{}", OSLO, OSLO],
    ],
)
def test_q82_placeholders_and_repetitions_say_nothing(pieces: list[str]) -> None:
    fold = called(*pieces)
    (call,) = fold.result.tool_calls
    said = channels(fold.messages)["calls"][0]["arguments"]
    assert (call.arguments.strip(), said.strip(), call.complete) == (OSLO, OSLO, True)
    assert fold.notes("mismatch") == []
    assert len(fold.notes("repaired")) == 1


def test_q82_another_object_after_a_whole_one_is_a_doubt() -> None:
    fold = called(OSLO, '{"city": "Bergen"}', whole="")
    assert doubts(fold.result) == [["CONFLICTING_WHOLE", "NOT_JSON"]]
    assert fold.closed() == [("call_0", ["CONFLICTING_WHOLE", "NOT_JSON"])]


def test_q82_null_alone_is_no_arguments() -> None:
    fold = called("null", whole="")
    assert [(call.arguments, call.complete) for call in fold.result.tool_calls] == [("{}", True)]


# Q64, Q91


def test_q64_a_call_that_was_done_before_the_limit_stays_complete() -> None:
    done = item_done(function_call(0, arguments=OSLO))
    cut_off = [begun(function_call(1), 1), arguments_delta('{"ci', 1)]
    fold = folded([created(), begun(function_call(0)), done, *cut_off, incomplete()])
    assert doubts(fold.result) == [[], ["CUT_OFF", "NOT_JSON"]]
    assert fold.closed() == [("call_0", []), ("call_1", ["CUT_OFF", "NOT_JSON"])]


def unannounced(item_id: str, arguments: str) -> list[EventJson]:
    events = [*map(arguments_delta, arguments), arguments_done(arguments)]
    return [{**event, "item_id": item_id} for event in without(events, "output_index")]


def test_q91_a_new_id_after_arguments_done_is_a_new_call() -> None:
    fold = folded([created(), *unannounced("fc_1", OSLO), *unannounced("fc_2", "{}"), completed(output=None)])
    assert [(call.id, call.arguments) for call in fold.result.tool_calls] == [("fc_1", OSLO), ("fc_2", "{}")]
