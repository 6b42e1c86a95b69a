"""Calls whose arguments stand under the other kind's name, or are no text (Q13), and calls whose id changes (Q51)."""

from typing import Any

import pytest
from streamfold.adapters.laws.checker import check_laws
from streamfold.reducer import Doubt, responses
from streamfold.reducer.responses.event import Event
from support.adapters.sdk_objects import READERS, chunks_by
from support.event_shapes import (
    EventJson,
    arguments_delta,
    begun,
    completed,
    created,
    folded,
    function_call,
    incomplete,
    item_added,
    item_done,
)
from support.law_checks import MESSAGE_ID

PARIS = '{"city":"Paris"}'


def call(kind: str, **members: Any) -> EventJson:
    return {"type": kind, "id": "item_0", "call_id": "call_0", "name": "f", "status": "completed", **members}


FUNCTION = call("function_call", input=PARIS)
CUSTOM = call("custom_tool_call", arguments=PARIS)
ALONE: dict[str, list[EventJson]] = {
    "in the list": [completed(FUNCTION)],
    "done": [item_done(FUNCTION), completed()],
    "begun": [item_added(FUNCTION), completed()],
    "custom in the list": [completed(CUSTOM)],
    "custom done": [item_done(CUSTOM), completed()],
    "custom begun": [item_added(CUSTOM), completed()],
    "decoded": [completed(call("function_call", arguments={"city": "Paris"}))],
    "decoded elsewhere": [completed(call("function_call", input={"city": "Paris"}))],
    "decoded, custom": [item_done(call("custom_tool_call", arguments={"city": "Paris"})), completed()],
    "beside empty text": [completed(call("function_call", arguments="", input=PARIS))],
    "beside a placeholder": [completed(call("function_call", arguments="{}", input=PARIS))],
    "event": [
        begun(function_call(0, "f")),
        {"type": "response.function_call_arguments.done", "output_index": 0, "input": PARIS},
        completed(),
    ],
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("events", ALONE.values(), ids=ALONE)
def test_q13_arguments_under_the_other_kind_s_name_are_the_arguments(events: list[EventJson], reader: str) -> None:
    chunks = chunks_by(reader, [created(), *events])
    check_laws(responses, responses.Config(message_id=MESSAGE_ID), chunks)
    came = folded_chunks(chunks)
    assert [(it.arguments, it.complete) for it in came.tool_calls] == [(PARIS, True)]
    assert all(PARIS not in it.extras.values() for it in came.tool_calls)


def folded_chunks(chunks: list[Any]) -> Any:
    state, _ = responses.start(responses.Config(message_id=MESSAGE_ID))
    for chunk in chunks:
        state, _ = responses.step(state, chunk)
    return responses.result(state)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("name", ["parameters", "text", "delta"])
@pytest.mark.parametrize("place", ["added", "done", "list"])
def test_q13_a_call_whose_arguments_stand_anywhere_else_is_doubted(place: str, name: str, reader: str) -> None:
    item = call("function_call", **{name: {"city": "Paris"}})
    events = {"added": [item_added(item), completed()], "done": [item_done(item)], "list": [completed(item)]}[place]
    (came,) = folded_chunks(chunks_by(reader, [created(), *events])).tool_calls
    doubts = [doubted.doubt for doubted in came.doubts]
    assert (came.complete, came.extras[name]) == (False, {"city": "Paris"})
    if place == "added":  # and nothing says more of it
        assert (came.arguments, doubts) == ("", [Doubt.CUT_OFF, Doubt.FRAME_LOST, Doubt.NOT_JSON])
    else:
        assert (came.arguments, doubts) == ("{}", [Doubt.FRAME_LOST])


def test_q13_arguments_of_a_chunk_that_are_no_text_are_doubted() -> None:
    done = Event(type="response.output_item.done", output_index=0, item=call("function_call", arguments=[1]))
    (came,) = folded_chunks([done]).tool_calls
    assert [doubted.doubt for doubted in came.doubts] == [Doubt.FRAME_LOST]
    assert came.extras == {}


def test_q13_arguments_under_both_names_are_those_under_its_own() -> None:
    item = call("function_call", arguments='{"a":1}', input="more")
    (came,) = folded([created(), completed(item)]).result.tool_calls
    assert (came.arguments, came.complete, came.extras) == ('{"a":1}', True, {"input": "more"})


CHANGED = function_call(0, arguments=PARIS, call_id="call_9")


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    "events",
    [
        [item_done(CHANGED), completed()],
        [item_done(CHANGED), completed(CHANGED)],
        [item_done(CHANGED), completed(CHANGED | {"id": "other"})],
        [completed(CHANGED)],
    ],
    ids=["done", "done and list", "list under another item's id", "list"],
)
def test_q51_a_call_keeps_the_id_that_the_messages_say(events: list[EventJson], reader: str) -> None:
    chunks = chunks_by(reader, [created(), begun(function_call()), arguments_delta(PARIS), *events])
    check_laws(responses, responses.Config(message_id=MESSAGE_ID), chunks)
    came = folded_chunks(chunks)
    (known,) = came.tool_calls
    assert (known.id, known.aliases, known.arguments, known.complete) == ("call_0", ("call_9",), PARIS, True)
    notes = [(note.detail, note.count) for note in came.diagnostics if note.kind == "mismatch"]
    assert notes == [("the call_id of function_call item_0 differs", 1)]
    assert came.output[0].item["call_id"] == "call_0"


def test_q51_events_with_the_later_id_of_a_call_are_about_it() -> None:
    late = {"type": "response.function_call_arguments.done", "call_id": "call_9", "arguments": PARIS}
    events = [created(), begun(function_call()), item_done(CHANGED | {"arguments": ""}), late, completed()]
    came = folded(events, agree=False)
    assert [(it.id, it.arguments) for it in came.result.tool_calls] == [("call_0", PARIS)]


def test_q51_ids_made_anew_at_the_end_are_other_names() -> None:
    """vLLM makes the ids of its final list anew."""
    calls = [function_call(at, arguments=f'{{"at":{at}}}') for at in (0, 1)]
    anew = [it | {"id": f"anew_{at}", "call_id": f"call_anew_{at}"} for at, it in enumerate(calls)]
    swapped = [it | {"id": it["call_id"], "call_id": it["id"]} for it in calls]
    for listed in (anew, anew[::-1], swapped):
        came = folded([created(), item_done(calls[0]), item_done(calls[1], 1), completed(*listed)], agree=False)
        assert sorted((it.id, it.complete, len(it.aliases)) for it in came.result.tool_calls) == [
            ("call_0", True, 1),
            ("call_1", True, 1),
        ]
        assert came.closed() == [("call_0", []), ("call_1", [])]
        assert len(came.notes("mismatch")) == 2


@pytest.mark.parametrize("late", [CHANGED | {"arguments": '{"city":"Oslo"}'}, CHANGED | {"arguments": ""}])
def test_q51_a_late_id_without_the_same_arguments_is_a_doubt(late: EventJson) -> None:
    done = item_done(function_call(0, arguments=PARIS))
    (came,) = folded([begun(function_call()), done, incomplete(late)], agree=False).result.tool_calls
    assert (came.id, came.aliases) == ("call_0", ("call_9",))
    assert [doubted.doubt for doubted in came.doubts] == [Doubt.CONFLICTING_WHOLE]


def test_a_call_has_so_many_other_ids_and_no_more() -> None:
    again = [item_done(CHANGED | {"call_id": f"call_{at}"}) for at in range(1, 40)]
    (came,) = folded([begun(function_call()), *again], agree=False).result.tool_calls
    assert (came.id, len(came.aliases)) == ("call_0", 16)
