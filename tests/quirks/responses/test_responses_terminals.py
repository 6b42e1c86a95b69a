"""What providers really send on the Responses wire: terminals by status, and items without an address (Q90, Q91)."""

from typing import Any

import pytest
from streamfold.reducer import Cancelled, Ended, Failed
from support.event_shapes import (
    LEFT_OUT,
    USAGE,
    EventJson,
    Folded,
    arguments_delta,
    arguments_done,
    begun,
    body,
    completed,
    created,
    error,
    failed,
    folded,
    function_call,
    item_done,
    message,
    message_lane,
    progress,
    raw_delta,
    reasoning,
    response,
    server_tool,
    text_delta,
    text_done,
    without,
)
from support.law_checks import channels

PARIS = '{"city": "Paris"}'
OSLO = '{"city": "Oslo"}'
LIMIT = {"reason": "max_output_tokens"}
SLOW = {"code": "rate_limit_exceeded", "message": "Slow down."}


def stops(fold: Folded) -> list[tuple[str, str | None]]:
    return [(said.stop_reason, said.detail) for said in fold.messages if said.message_type == "stop_reason"]


def terminal(kind: str, status: Any = LEFT_OUT, *output: Any, **members: Any) -> EventJson:
    return {"type": f"response.{kind}", "response": response(status, list(output), usage=USAGE, **members)}


# Q90


@pytest.mark.parametrize(
    ("status", "whole"),
    [
        *((word, True) for word in (None, "", "completed", "COMPLETED", "succeeded", "in_progress", "in-progress")),
        *((word, False) for word in ("failed", "INCOMPLETE", "Failed", "cancelled", "error", "who knows")),
    ],
)
def test_q90_only_a_status_of_success_leaves_a_call_whole(status: Any, whole: bool) -> None:
    (call,) = folded(
        [created(), item_done(function_call(arguments=PARIS, status=status)), completed()]
    ).result.tool_calls
    assert call.complete is whole


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        ("FAILED", "failed"),
        ("expired", "failed"),
        ("canceled", "cancelled"),
        ("succeeded", "completed"),
        ("odd", "completed"),
    ],
)
def test_q90_a_whole_response_ends_as_its_status_says(status: str, outcome: str) -> None:
    came = folded([response(status, [message(0, "Hail")] if outcome == "completed" else [])]).result
    assert (came.outcome, came.text) == (outcome, "Hail" if outcome == "completed" else "")


@pytest.mark.parametrize(
    ("event", "outcome", "reason", "whole"),
    [
        (terminal("done", "completed"), "completed", "completed", True),
        (terminal("done"), "completed", "done", False),
        (terminal("done", "in_progress"), "completed", "in_progress", False),
        (terminal("done", "incomplete", incomplete_details=LIMIT), "completed", "max_output_tokens", False),
        (terminal("done", incomplete_details=LIMIT), "completed", "max_output_tokens", False),
        (terminal("done", "cancelled"), "cancelled", "cancelled", False),
        (terminal("done", "canceled"), "cancelled", "canceled", False),
        (terminal("cancelled"), "cancelled", "cancelled", False),
        (terminal("canceled", "cancelled"), "cancelled", "cancelled", False),
        (terminal("completed", "cancelled"), "cancelled", "cancelled", False),
        (terminal("done", "failed", error=SLOW), "failed", "failed", False),
        (terminal("done", error=SLOW), "failed", "failed", False),
        (terminal("completed", "failed", error=SLOW), "failed", "failed", False),
        (terminal("done", "COMPLETED"), "completed", "COMPLETED", True),
        (terminal("done", "succeeded"), "completed", "succeeded", True),
        (terminal("done", "INCOMPLETE"), "completed", "INCOMPLETE", False),
        (terminal("done", "Cancelled"), "cancelled", "Cancelled", False),
        *((terminal("done", word, error=SLOW), "failed", word, False) for word in ("FAILED", "error", "expired")),
        (terminal("completed", "in_progress"), "completed", "completed", True),
        (terminal("completed", "Succeeded"), "completed", "Succeeded", True),
        (terminal("incomplete", "in_progress"), "completed", "incomplete", False),
        (terminal("completed", "completed", incomplete_details=LIMIT), "completed", "max_output_tokens", False),
        (terminal("completed", "completed", incomplete_details={"reason": None}), "completed", "completed", True),
        (terminal("completed", "completed", error=SLOW), "failed", "completed", False),
        (terminal("completed", error=SLOW), "failed", "failed", False),
        (terminal("completed", "completed", error={"code": 0, "message": "Success"}), "completed", "completed", True),
        (terminal("completed") | {"error": SLOW}, "failed", "failed", False),
        (terminal("incomplete", "incomplete", error=SLOW), "failed", "incomplete", False),
    ],
)  # fmt: skip
def test_q90_a_terminal_is_what_its_name_or_status_says(
    event: EventJson, outcome: str, reason: str, whole: bool
) -> None:
    events = [created(), text_delta("Hail"), begun(function_call(1), 1), arguments_delta(PARIS, 1)]
    for end in (Ended(), Cancelled(), Failed("reset")) if outcome in ("cancelled", "failed") else (Ended(),):
        fold = folded([*events, event], end)
        assert (fold.result.outcome, fold.result.finish_reason, fold.result.text) == (outcome, reason, "Hail")
        assert [call.complete for call in fold.result.tool_calls] == [whole]
        assert fold.result.usage.input_tokens == 40
        said = {"cancelled": [("cancelled", None)], "failed": [("llm_api_error", "Slow down.")]}
        assert stops(fold) == said.get(outcome, [])


def test_q90_nothing_comes_after_a_cancellation_but_usage() -> None:
    fold = folded([created(), text_delta("a"), {"type": "response.cancelled"}, text_delta("b"), completed()])
    assert (fold.result.text, fold.result.outcome) == ("a", "cancelled")
    assert fold.result.usage.input_tokens == 40
    assert fold.notes("ignored") == ["response.output_text.delta after the cancellation"]
    assert len(stops(fold)) == 1


@pytest.mark.parametrize(
    "event",
    [
        {"type": "response.error", "error": SLOW},
        {"type": "response.error", **SLOW},
        {"type": "response.error", "response": {"status": "failed", "error": SLOW}},
        {"type": "response.failed", "error": SLOW},
        {"type": "response.failed", "response": None, "error": SLOW},
        {"type": "response.failed", "response": {"status": "failed", "error": None}, "error": SLOW},
        {"type": "response.failed", **SLOW},
        failed("Slow down.", "rate_limit_exceeded"),
        error("Slow down.", "rate_limit_exceeded"),
    ],
)
def test_q90_a_failure_s_reason_is_read_wherever_it_stands(event: EventJson) -> None:
    fold = folded([created(), text_delta("Hail"), event])
    assert (fold.result.outcome, fold.result.text) == ("failed", "Hail")
    assert fold.result.error is not None
    assert (fold.result.error.message, fold.result.error.code) == ("Slow down.", "rate_limit_exceeded")
    assert stops(fold) == [("llm_api_error", "Slow down.")]


@pytest.mark.parametrize(
    "first", [failed(error=None), {"type": "response.failed"}, terminal("done", "failed")], ids=["null", "bare", "done"]
)
@pytest.mark.parametrize(
    "later", [error("Slow down."), failed("Slow down."), {"type": "response.error", "error": SLOW}]
)
def test_q90_a_failure_without_a_reason_takes_a_later_one(first: EventJson, later: EventJson) -> None:
    fold = folded([created(), text_delta("Hail"), first, later, error("Another.")])
    assert fold.result.error is not None
    assert fold.result.error.message == "Slow down."
    assert len(stops(fold)) == 1
    assert fold.notes("ignored") == ["error after the error"]


@pytest.mark.parametrize("name", ["error", "response.error", "response.failed"])
@pytest.mark.parametrize(
    "data",
    [
        b'{"type": "server_error", "code": "internal", "message": "It went away."}',
        b'{"type": "server_error", "message": "It went away."}',
        b'{"type": "server_error", "error": {"message": "It went away."}}',
    ],
)
def test_q90_a_frame_s_name_counts_where_its_type_is_no_event(name: str, data: bytes) -> None:
    frame = b"event: %s\ndata: %s\n\n" % (name.encode(), data)
    fold = folded(body([created(), text_delta("Hail")]) + frame)
    assert (fold.result.outcome, fold.result.text) == ("failed", "Hail")
    assert fold.result.error is not None
    assert fold.result.error.message == "It went away."


def test_q90_a_frame_s_name_changes_no_event_that_is_known() -> None:
    delta = b'event: error\ndata: {"type": "response.output_text.delta", "output_index": 0, "delta": "Hail"}\n\n'
    assert folded(delta).result.text == "Hail"


# Q91


def unaddressed(events: list[EventJson]) -> list[EventJson]:
    return without(events, "output_index", "item_id")


def test_q91_a_delta_without_address_means_its_type_s_open_item() -> None:
    items = [begun(message()), begun(reasoning(1), 1), begun(function_call(2), 2)]
    deltas = [text_delta("a"), raw_delta("r"), arguments_delta(PARIS), text_delta("b"), raw_delta("s")]
    fold = folded([created(), *items, *unaddressed(deltas), completed(output=None)])
    assert (fold.result.text, fold.result.reasoning) == ("ab", "rs")
    assert [(call.id, call.arguments, call.complete) for call in fold.result.tool_calls] == [("call_2", PARIS, True)]
    assert channels(fold.messages)["text"] == "ab"


def test_q91_of_several_open_items_the_last_one_that_came_is_meant() -> None:
    items = [begun(message(0)), begun(message(1), 1), begun(reasoning(2), 2)]
    first, second = unaddressed([text_delta("b")]), unaddressed([text_delta("a")])
    fold = folded([created(), *items, *first, item_done(message(1, "b"), 1), *second])
    assert [part.text for part in fold.result.content if part.type == "text"] == ["a", "b"]


@pytest.mark.parametrize("keyed", ["item_id", "output_index", "both"])
@pytest.mark.parametrize("turned", [False, True])
def test_q91_calls_done_under_other_ids_are_known_by_call_id(keyed: str, turned: bool) -> None:
    begins = [begun(function_call(0)), begun(function_call(1), 1)]
    ends = [
        item_done(function_call(0, arguments=PARIS, id="x0")),
        item_done(function_call(1, arguments=OSLO, id="x1"), 1),
    ]
    left_out = [name for name in ("output_index", "item_id") if keyed not in (name, "both")]
    events = without([*begins, *(reversed(ends) if turned else ends)], *left_out)
    fold = folded([created(), *events, completed(output=None)])
    assert {(call.id, call.arguments, call.complete) for call in fold.result.tool_calls} == {
        ("call_0", PARIS, True),
        ("call_1", OSLO, True),
    }


def test_q91_a_call_id_is_a_key_of_deltas() -> None:
    begins = unaddressed([begun(function_call(0, id=LEFT_OUT)), begun(function_call(1, id=LEFT_OUT), 1)])
    deltas = [arguments_delta(PARIS[at], 0, call_id="call_0") for at in range(len(PARIS))]
    others = [arguments_delta(OSLO[at], 1, call_id="call_1") for at in range(len(OSLO))]
    mixed = [event for pair in zip(deltas, others, strict=False) for event in pair] + deltas[len(others) :]
    ends = unaddressed([arguments_done(PARIS, call_id="call_0"), arguments_done(OSLO, call_id="call_1")])
    fold = folded([created(), *begins, *unaddressed(mixed), *ends, completed(output=None)])
    assert [(call.id, call.arguments, call.complete) for call in fold.result.tool_calls] == [
        ("call_0", PARIS, True),
        ("call_1", OSLO, True),
    ]
    alone = folded([created(), *unaddressed([*mixed, *ends])])
    assert [(call.id, call.arguments) for call in alone.result.tool_calls] == [("call_0", PARIS), ("call_1", OSLO)]


def test_q91_calls_that_share_a_call_id_are_two_by_their_indices() -> None:
    calls = [function_call(at, arguments=text, call_id="call_0") for at, text in enumerate((PARIS, OSLO))]
    lanes = [event for at, call in enumerate(calls) for event in (begun(call, at), item_done(call, at))]
    fold = folded([created(), *lanes, completed(*calls)], agree=False)
    assert [call.arguments for call in fold.result.tool_calls] == [PARIS, OSLO]


def test_q91_an_end_without_address_is_of_what_it_goes_on_with() -> None:
    opened = [begun(message(0)), text_delta("One", 0), begun(message(1), 1), text_delta("Two", 1)]
    ends = [message(0, "One.", id="x"), message(1, "Two.", id="y")]
    for order in (ends, ends[::-1]):
        events = [*opened, *without([item_done(item) for item in order], "output_index")]
        fold = folded([created(), *events], agree=False)
        assert [part.text for part in fold.result.content if part.type == "text"] == ["One.", "Two."]
        assert fold.notes("mismatch") == []


def test_q91_the_final_list_s_items_are_matched_by_content_before_place() -> None:
    lanes = [*message_lane("One.", 0), *message_lane("Two.", 1), *message_lane("Three.", 2)]
    texts = ["Three.", "One.", "Two."]
    output = [message(at, text, id=f"x{at}") for at, text in enumerate(texts)]
    fold = folded([created(), *lanes, completed(*output)], agree=False)
    assert [part.text for part in fold.result.content if part.type == "text"] == texts
    assert fold.notes("mismatch") == []
    fewer = folded([created(), *lanes, completed(*output[:1])], agree=False)
    assert [part.text for part in fewer.result.content if part.type == "text"].count("Three.") == 1
    thoughts = [begun(reasoning(0)), raw_delta("A", 0), begun(reasoning(1), 1), raw_delta("B", 1)]
    turned = completed(reasoning(id="x", raw=["B"]), reasoning(id="y", raw=["A"]))
    assert folded([created(), *thoughts, turned], agree=False).result.reasoning == "BA"


# The older names of raw reasoning, and a shell's commands and output


def test_q90_reasoning_under_its_older_name_is_raw_reasoning() -> None:
    pieces = [progress("reasoning", "delta", content_index=0, delta=piece) for piece in ("Hm, ", "hail.")]
    for end in range(len(pieces) + 1):
        assert folded([created(), begun(reasoning()), *pieces[:end]]).result.reasoning == ("", "Hm, ", "Hm, hail.")[end]
    done = progress("reasoning", "done", content_index=0, text="Hm, hail.")
    fold = folded([created(), begun(reasoning()), *pieces, done])
    assert channels(fold.messages)["reasoning"] == fold.result.reasoning == "Hm, hail."


def test_q90_a_shell_s_commands_go_by_index_and_its_output_stays() -> None:
    commands = [(1, "p"), (0, "ls "), (1, "wd"), (0, "-l")]
    pieces = [progress("shell_call_command", "delta", command_index=at, delta=piece) for at, piece in commands]
    (part,) = folded([begun(server_tool("shell_call")), *pieces]).result.content
    assert part.item["command"] == ("ls -l", "pwd")  # type: ignore[union-attr]
    outputs = [(0, {"stdout": "a"}), (1, {"stderr": "no"}), (0, {"stdout": "b", "stderr": "?"}), (0, {"exit": 1})]
    pieces = [progress("shell_call_output_content", "delta", command_index=at, delta=piece) for at, piece in outputs]
    (part,) = folded([begun(server_tool("shell_call_output")), *pieces]).result.content
    assert part.item["output"] == ({"stdout": "ab", "stderr": "?"}, {"stderr": "no"})  # type: ignore[union-attr]


def test_q91_a_text_s_end_without_address_ends_the_open_text() -> None:
    fold = folded(
        [created(), begun(message()), begun(function_call(1), 1), *unaddressed([text_delta("a"), text_done("ab")])]
    )
    assert fold.result.text == "ab"
