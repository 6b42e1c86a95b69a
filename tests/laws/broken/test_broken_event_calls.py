"""Folds of Responses that mistake calls in numbered streams, as OpenAI sends them: law 8 or 11 must catch every one."""

from typing import Any

import pytest
from attrs import evolve
from streamfold.adapters import wire
from streamfold.reducer import Undecodable, responses
from streamfold.reducer.doubts import Doubt
from streamfold.reducer.responses.event import Event
from support import event_shapes as wired
from support.laws.faulty_folds import check_caught, faulty, of_calls, of_closing, undoubted

WHOLE, OTHER = '{"x":1}', '{"y":2}'
LOST = object()
CALL = wired.function_call
WITHOUT = wired.function_call(arguments="")


def stream(*events: Any) -> list[Any]:
    """The events, numbered; `LOST` is a frame that could not be read."""
    decode = wire.decoder("responses")
    marked = [{"type": "lost"} if event is LOST else event for event in (wired.created(), *events)]
    return [Undecodable("not JSON") if event["type"] == "lost" else decode(event) for event in wired.numbered(marked)]


def deltas(index: int, *pieces: str) -> list[Any]:
    return [wired.begun(CALL(index), index), *(wired.arguments_delta(piece, index) for piece in pieces)]


INTERLEAVED = stream(
    wired.begun(CALL()),
    wired.begun(CALL(1), 1),
    *(
        wired.arguments_delta(piece, index)
        for index, piece in ((0, WHOLE[:4]), (1, OTHER[:4]), (0, WHOLE[4:]), (1, OTHER[4:]))
    ),
    wired.item_done(WITHOUT),
    wired.item_done(CALL(1), 1),
    wired.completed(),
)
CUT_OFF = stream(*deltas(0, WHOLE), wired.incomplete())
ENDED = stream(*deltas(0, WHOLE), wired.item_done(CALL(arguments=WHOLE, status="incomplete")))
TWICE = stream(*deltas(0, WHOLE), wired.arguments_done('{"x":2}'), wired.completed())
HOLE = stream(*deltas(0, WHOLE[:4]), LOST, wired.arguments_delta(WHOLE[4:]), wired.completed())
LISTED = stream(
    wired.item_added(wired.reasoning()),
    wired.item_done(wired.reasoning()),
    *deltas(1, WHOLE),
    wired.completed(wired.reasoning(), CALL(1, arguments=WHOLE)),
)


def swaps_interleaved_calls(event: Any) -> Any:
    if isinstance(event, Event) and event.type.endswith("arguments.delta"):
        return evolve(
            event, output_index=1 - (event.output_index or 0), item_id=f"item_{1 - (event.output_index or 0)}"
        )
    return event


def loses_nothing(event: Any) -> Any:
    return evolve(event, lost=False) if isinstance(event, Undecodable) else event


def takes_cut_off_for_complete(event: Any) -> Any:
    if isinstance(event, Event) and event.type == "response.incomplete":
        return evolve(event, type="response.completed", response={"status": "completed"})
    return event


def takes_an_ended_item_for_done(event: Any) -> Any:
    if isinstance(event, Event) and event.type == "response.output_item.done":
        return evolve(event, item={**event.item, "status": "completed"})
    return event


def without_conflict(call: Any) -> Any:
    return evolve(call, doubts=tuple(one for one in call.doubts if one.doubt is not Doubt.CONFLICTING_WHOLE))


def keeps_the_pieces(call: Any) -> Any:
    return evolve(call, arguments=WHOLE)


@pytest.mark.parametrize(
    ("fault", "chunks", "law"),
    [
        (faulty(responses, chunk=swaps_interleaved_calls), INTERLEAVED, 11),
        (faulty(responses, chunk=loses_nothing), HOLE, 8),
        (faulty(responses, message=of_closing(undoubted)), HOLE, 8),
        (faulty(responses, chunk=takes_cut_off_for_complete), CUT_OFF, 8),
        (faulty(responses, chunk=takes_an_ended_item_for_done), ENDED, 8),
        (faulty(responses, message=of_closing(without_conflict), result=of_calls(without_conflict)), TWICE, 8),
        (faulty(responses, result=of_calls(keeps_the_pieces)), TWICE, 11),
        (faulty(responses, message=of_closing(lambda _: None)), LISTED, 8),
    ],
)
def test_a_fold_that_mistakes_calls_is_caught(fault: Any, chunks: list[Any], law: int) -> None:
    check_caught(responses, fault, chunks, law)
