"""Responses events that say things in another place, under another number, or of another type (Q13, Q51, Q83)."""

import json
from typing import Any

import pytest
from streamfold.adapters.wire import fold_bytes
from streamfold.reducer import Doubt, responses
from support.event_shapes import (
    EventJson,
    arguments_delta,
    arguments_done,
    begun,
    body,
    completed,
    created,
    failed,
    folded,
    function_call,
    item_added,
    item_done,
    message,
    message_lane,
    part_added,
    part_done,
    reasoning,
    text_delta,
    text_done,
    text_part,
)
from support.law_checks import MESSAGE_ID

PARIS = '{"city": "Paris"}'


def named(kind: str, **members: Any) -> EventJson:
    return {"type": kind, "item_id": "item_0", "output_index": 0, **members}


@pytest.mark.parametrize(
    "event",
    [
        named("response.function_call_arguments.delta", arguments=PARIS),
        named("response.function_call_arguments.done", text=PARIS),
        item_done(
            {
                "type": "function_call",
                "id": "item_0",
                "call_id": "call_0",
                "name": "get_weather",
                "parameters": {"a": 1},
            }
        ),
    ],
    ids=["delta", "done", "item"],
)
def test_q13_arguments_under_another_name_are_no_call_without_any(event: EventJson) -> None:
    result = folded([created(), item_added(function_call()), event, completed()], agree=False).result
    (call,) = result.tool_calls
    assert Doubt.FRAME_LOST in [doubted.doubt for doubted in call.doubts]


def test_q13_a_delta_of_arguments_that_was_decoded_is_its_json() -> None:
    deltas = [arguments_delta(piece) for piece in ('{"n": ', 1, ', "at": ', ["x"], "}")]  # type: ignore[arg-type]
    result = folded([created(), item_added(function_call()), *deltas, completed()], agree=False).result
    assert result.tool_calls[0].arguments == '{"n": 1, "at": ["x"]}'


def test_q51_a_call_s_end_under_another_index_is_its_end() -> None:
    whole = {"type": "function_call", "id": None, "call_id": "call_other", "name": "get_weather", "arguments": PARIS}
    events = [
        created(),
        item_added(function_call()),
        arguments_delta(PARIS[:5]),
        arguments_delta(PARIS[5:]),
        arguments_done(PARIS, 0) | {"output_index": 1},
        item_done(whole, 1),
        completed(),
    ]
    came = folded(events, agree=False).result
    assert [(call.name, call.arguments, call.complete) for call in came.tool_calls] == [("get_weather", PARIS, True)]


def test_q51_another_call_that_only_comes_whole_is_another_call() -> None:
    whole = {"type": "function_call", "id": None, "call_id": "call_other", "name": "get_time", "arguments": PARIS}
    events = [created(), item_added(function_call()), arguments_delta(PARIS), item_done(whole, 1), completed()]
    assert [call.name for call in folded(events, agree=False).result.tool_calls] == ["get_weather", "get_time"]


@pytest.mark.parametrize(("whole", "again"), [(1, 2), (0, 1)])
def test_q51_a_part_s_end_under_another_number_says_nothing_new(whole: int, again: int) -> None:
    part = {"type": "output_text", "text": "Hello", "annotations": []}
    events = [created(), *begun_message(), text_delta("Hello"), text_done("Hello", 0, whole), part_done(part, 0, again)]
    came = folded([*events, item_done(message(0, "Hello")), completed(message(0, "Hello"))])
    assert came.result.text == "Hello"
    assert came.notes("mismatch") == []


def begun_message() -> list[EventJson]:
    return [item_added(message(0), 0)]


def test_a_part_of_an_item_of_reasoning_is_reasoning() -> None:
    part = {"type": "output_text", "text": "Hm", "annotations": []}
    came = folded([created(), begun(reasoning()), part_done(part), completed()], agree=False).result
    assert (came.text, came.reasoning) == ("", "Hm")


@pytest.mark.parametrize("item", [reasoning(), function_call(arguments=PARIS)], ids=["reasoning", "call"])
def test_an_empty_part_of_another_type_is_no_message(item: Any) -> None:
    parts = [part_added(text_part("")), part_done(text_part(""))]
    came = folded([created(), begun(item), *parts, item_done(item), completed()]).result
    assert [one.kind for one in came.output] == [item["type"]]
    said = folded([created(), begun(item), *parts, text_delta("Hi"), item_done(item), completed()], agree=False).result
    assert ([one.kind for one in said.output], said.text) == ([item["type"], "message"], "Hi")
    texts = [part_added(text_part("H")), part_done(text_part("Hm"))]
    thought = folded([created(), begun(reasoning()), *texts, completed()]).result
    assert ([one.kind for one in thought.output], thought.reasoning) == (["reasoning"], "Hm")


def test_the_first_names_of_a_summary_s_events_are_read() -> None:
    said = [named("response.reasoning_summary.delta", summary_index=0, delta=piece) for piece in ("H", "m")]
    end = named("response.reasoning_summary.done", summary_index=0, text="Hm")
    assert folded([created(), begun(reasoning()), *said, end, completed()], agree=False).result.reasoning == "Hm"


@pytest.mark.parametrize(
    "error",
    [
        {"type": "server_error", "code": "internal", "message": "boom"},
        {"code": 500, "message": "boom"},
        {"detail": "boom"},
        {"object": "error", "message": "boom", "code": 400},
        {"object": "error", "message": "boom", "type": "BadRequestError", "code": 400},
        {"object": "error", "message": "boom", "type": "Bad Request", "code": 400},
        {"object": "error", "message": "boom", "type": "TIMEOUT", "param": None},
        {"base_resp": {"status_code": 1008, "status_msg": "boom"}},
        {"choices": [], "error": {"message": "boom"}},
        failed(status_details={"error": {"message": "boom"}}, error=None),
        failed(last_error={"message": "boom"}, error=None),
        failed(incomplete_details={"reason": "boom"}, error=None),
        {"type": "error", "detail": "boom"},
        {"type": "error", "detail": [{"msg": "boom"}]},
        {"type": "response.failed", "response": {"id": "resp_1", "status": "failed", "message": "boom"}},
        failed(errors=[{"message": "boom"}], error=None),
        failed(error=None) | {"detail": "boom"},
        failed(error=None) | {"errors": ["boom"]},
    ],
    ids=str,
)
def test_q83_errors_of_other_shapes_fail_the_run(error: EventJson) -> None:
    came = folded([created(), *message_lane("a"), error]).result
    assert (came.outcome, came.error and came.error.message) == ("failed", "boom")


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("kind", ["BadRequestError", "NotFoundError", "InternalServerError", "Bad Request", "TIMEOUT"])
def test_q83_an_error_is_known_by_its_object_alone(kind: str, named: bool) -> None:
    error = {"object": "error", "message": "boom", "type": kind, "code": 400}
    for data in (body([error], named=named), json.dumps(error).encode(), body([created(), error], named=named)):
        state, _ = fold_bytes(responses, responses.Config(message_id=MESSAGE_ID), [data])
        came = responses.result(state)
        assert came.error is not None
        assert (came.outcome, came.error.message, came.error.code) == ("failed", "boom", "400")


@pytest.mark.parametrize(
    ("error", "category"),
    [
        ({"type": "NotFoundError", "message": "boom", "code": 404}, "bad request"),
        ({"type": "ThrottlingException", "message": "boom"}, "rate limit"),
        ({"type": "Bad Request", "message": "boom", "code": "400", "param": None}, "bad request"),
        ({"type": "unavailable", "message": "boom", "status": 503}, "server"),
        ({"type": "unavailable", "message": "boom", "status_code": 503}, "server"),
    ],
)
def test_q83_an_error_s_own_type_is_no_event(error: EventJson, category: str) -> None:
    came = folded([created(), text_delta("a"), error]).result
    assert came.error is not None
    assert (came.outcome, came.error.message, came.error.category) == ("failed", "boom", category)


@pytest.mark.parametrize(
    "event",
    [
        {"type": "status", "message": "searching", "code": 200},
        {"type": "status", "message": "searching"},
        {"type": "odd", "code": 404},
        {"type": "response.new.error", "message": "boom", "code": 404},
        {"type": "odd", "message": "boom", "code": True},
    ],
)
def test_q83_an_unknown_event_with_a_message_is_no_error(event: EventJson) -> None:
    came = folded([created(), event, *message_lane("a"), completed()]).result
    assert (came.outcome, came.error, list(came.extras["events"])) == ("completed", None, [event["type"]])


@pytest.mark.parametrize(
    "empty",
    [
        {"type": "error", "error": {}},
        {"type": "error", "message": ""},
        {"type": "error", "code": "early"},
        {"type": "error", "error": {"message": ""}},
        {"type": "error", "error": {"message": None, "code": "early"}},
        failed(error={"message": ""}),
        failed(error=None),
    ],
    ids=str,
)
@pytest.mark.parametrize("reason", [failed(error={"message": "boom"}), {"type": "error", "message": "boom"}], ids=str)
def test_q92_an_empty_error_gives_way_to_the_reason_after_it(empty: EventJson, reason: EventJson) -> None:
    came = folded([created(), empty, reason, failed(error={"message": "late"})]).result
    assert (came.outcome, came.error and came.error.message) == ("failed", "boom")
    assert ("early" in str(came.extras)) is ("early" in str(empty))


def test_q92_an_error_by_a_code_alone_says_more_than_none() -> None:
    came = folded([created(), failed(error=None), {"type": "error", "error": {"code": "overloaded"}}]).result
    assert came.error
    assert came.error.code == "overloaded"


@pytest.mark.parametrize("late", [failed(), {"type": "error", "message": "late"}], ids=["failed", "error"])
def test_q92_a_failure_after_the_end_of_the_answer_changes_nothing(late: EventJson) -> None:
    came = folded([created(), *message_lane("a"), completed(message(0, "a")), late])
    assert (came.result.outcome, came.result.error, came.result.finish_reason) == ("completed", None, "completed")
    assert came.notes("ignored") == [f"{late['type']} after the end of the answer"]
