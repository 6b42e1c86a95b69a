"""Items without a type (Q13), and calls that only the event with their whole arguments names."""

from typing import Any

import pytest
from streamfold.adapters.laws.checker import check_laws
from streamfold.reducer import Doubt, fold, responses
from support.adapters.sdk_objects import READERS, chunks_by
from support.event_shapes import (
    EventJson,
    annotation_added,
    arguments_delta,
    arguments_done,
    begun,
    citation,
    completed,
    created,
    custom_call,
    folded,
    function_call,
    item_added,
    item_done,
    message,
    reasoning,
    text_delta,
)
from support.law_checks import MESSAGE_ID

CONFIG = responses.Config(message_id=MESSAGE_ID)
ARGUMENTS = '{"a":1}'


def untyped(item: Any) -> Any:
    return {name: member for name, member in item.items() if name != "type"}


ITEMS = {
    "message": message(0, "Hi", role="assistant"),
    "reasoning": reasoning(0, "Hm"),
    "function_call": function_call(arguments=ARGUMENTS),
    "custom_tool_call": custom_call(text="x"),
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("kind", ITEMS)
def test_q13_an_item_without_a_type_is_known_by_its_members(kind: str, reader: str) -> None:
    item = ITEMS[kind]
    for events in ([completed(untyped(item))], [item_added(untyped(item)), item_done(untyped(item)), completed()]):
        chunks = chunks_by(reader, [created(), *events])
        check_laws(responses, CONFIG, chunks)
        came = responses.result(fold(responses, CONFIG, chunks)[0])
        typed = folded([created(), *([completed(item)] if len(events) == 1 else [item_done(item), completed()])]).result
        assert [(it.kind, it.id, it.done) for it in came.output] == [(kind, item["id"], True)]
        assert (came.text, came.reasoning, came.tool_calls) == (typed.text, typed.reasoning, typed.tool_calls)
        assert any(f"taken for a {kind}" in note.detail for note in came.diagnostics)


@pytest.mark.parametrize(
    "item",
    [
        {"id": "x", "name": "f"},
        {"id": "x", "call_id": "c", "name": "f", "arguments": "{}", "output": "done"},
        {"id": "x", "content": []},
        {"id": "x", "summary": "s"},
        {"id": "x", "name": ["f"], "arguments": "{}"},
    ],
    ids=str,
)
def test_q13_an_item_of_unclear_members_is_no_call(item: EventJson) -> None:
    came = folded([created(), completed(item)]).result
    assert (came.tool_calls, came.text, came.reasoning, len(came.output)) == ((), "", "", 1)


def test_a_nameless_call_takes_the_name_beside_its_whole_arguments() -> None:
    named = arguments_done(ARGUMENTS, name="get")
    for events in ([named], [arguments_delta(ARGUMENTS), named], [begun(untyped_name()), named]):
        came = folded([created(), *events, completed()])
        assert [(it.name, it.arguments, it.complete) for it in came.result.tool_calls] == [("get", ARGUMENTS, True)]


def untyped_name() -> Any:
    return function_call(name="")


def test_another_name_beside_the_whole_arguments_contradicts_the_call_s() -> None:
    for name, expected in (("get_weather", []), ("rm", [Doubt.CONFLICTING_WHOLE])):
        came = folded([created(), begun(function_call()), arguments_done(ARGUMENTS, name=name), completed()]).result
        (one,) = came.tool_calls
        assert (one.name, [doubted.doubt for doubted in one.doubts]) == ("get_weather", expected)


def test_a_name_without_an_address_goes_with_its_arguments() -> None:
    begun_ones = [begun(function_call(at, name), at) for at, name in enumerate(("get", "put"))]
    ends = [{"type": "response.function_call_arguments.done", "arguments": ARGUMENTS, "name": "get"}]
    came = folded([created(), *begun_ones, *ends, completed()]).result
    assert all(Doubt.CONFLICTING_WHOLE not in [it.doubt for it in one.doubts] for one in came.tool_calls)


@pytest.mark.parametrize("reader", READERS)
def test_q13_a_call_may_have_its_name_and_arguments_in_a_function(reader: str) -> None:
    item = {"type": "function_call", "id": "fc", "call_id": "c", "function": {"name": "f", "arguments": ARGUMENTS}}
    for events in ([completed(item)], [item_added(item), item_done(item), completed()]):
        chunks = chunks_by(reader, [created(), *events])
        check_laws(responses, CONFIG, chunks)
        (came,) = responses.result(fold(responses, CONFIG, chunks)[0]).tool_calls
        assert (came.id, came.name, came.arguments, came.complete) == ("c", "f", ARGUMENTS, True)


def test_citations_come_under_their_other_name() -> None:
    note = annotation_added(citation("T")) | {"type": "response.output_text_annotation.added"}
    came = folded([created(), begun(message(0)), text_delta("Hi"), note, completed()]).result
    assert [it["title"] for it in came.output[0].parts[0].annotations] == ["T"]
