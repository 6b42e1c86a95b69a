"""Errors under other names than an error's, and beside what an event says (Q41, Q83, Q90)."""

import json
from typing import Any

import pytest
from streamfold.adapters.laws.checker import check_laws
from streamfold.reducer import Done, responses
from streamfold.reducer.responses.event import Event
from support.adapters.sdk_objects import READERS, chunks_by
from support.event_shapes import (
    EventJson,
    Folded,
    begun,
    body,
    chunks_of,
    completed,
    created,
    folded,
    in_progress,
    item_done,
    message,
    message_lane,
    progress,
    server_tool,
    text_delta,
)
from support.law_checks import MESSAGE_ID, feed

BOOM = {"message": "boom", "code": "server_error"}
TEXT = [created(), begun(message()), text_delta("Hi")]
NAMES = (
    "message",
    "data",
    "chunk",
    "response",
    "failed",
    "stream_error",
    "response.failure",
    "response.output_text.delta",
)
NOTHING: dict[str, Any] = {
    "null": None,
    "object": {},
    "text": "",
    "word": "null",
    "code 0": {"code": 0, "message": "Success"},
    "code 200": {"code": "200", "message": "ok"},
    "struct": {"code": None, "message": ""},
}


def framed(event: str, data: Any, *, done: bool = False) -> Folded:
    """A text, then a frame of that name, then perhaps `[DONE]`."""
    return folded(
        body(TEXT) + f"event: {event}\ndata: {json.dumps(data)}\n\n{'data: [DONE]' if done else ''}\n\n".encode()
    )


def failure(fold: Folded) -> tuple[str, str, str | None]:
    error = fold.result.error
    assert error is not None
    assert (fold.result.outcome, fold.result.text) == ("failed", "Hi")
    assert [said.detail for said in fold.messages if said.message_type == "stop_reason"] == [error.message]
    return error.message, error.category, error.code


@pytest.mark.parametrize("done", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_q83_an_error_without_a_type_under_any_name(name: str, done: bool) -> None:
    assert failure(framed(name, {"error": BOOM}, done=done)) == ("boom", "server", "server_error")
    assert failure(framed(name, {"error": "boom"}, done=done)) == ("boom", "unknown", None)


@pytest.mark.parametrize("error", NOTHING.values(), ids=NOTHING)
@pytest.mark.parametrize("name", NAMES[:5])
def test_q83_what_is_no_error_fails_nothing_whatever_its_frame_is_called(name: str, error: Any) -> None:
    fold = framed(name, {"error": error}, done=True)
    assert (fold.result.outcome, fold.result.error) == ("completed", None)


def test_q83_a_code_and_a_message_without_a_type() -> None:
    for name in ("message", "data", "chunk", "response.output_text.delta"):
        assert failure(framed(name, BOOM)) == ("boom", "server", "server_error")
        assert framed(name, {"code": 0, "message": "Success"}).result.error is None
    for name in ("exception", "stream_error", "agent.failed"):
        assert failure(framed(name, {"message": "boom"}))[0] == "boom"
    for name in ("status", "progress", "response.note"):
        assert framed(name, {"status": "searching", "message": "Looking it up"}).result.error is None
        assert framed(name, {"code": "L1", "message": "Looking it up"}).result.error is None


def test_q83_an_error_beside_a_delta_without_a_type_comes_after_it() -> None:
    fold = framed("response.output_text.delta", {"item_id": "item_0", "output_index": 0, "delta": "!", "error": BOOM})
    assert (fold.result.text, fold.result.outcome) == ("Hi!", "failed")
    fold = framed("response.mcp_call.failed", {"item_id": "item_1", "output_index": 1, "error": BOOM}, done=True)
    assert (fold.result.outcome, fold.result.error) == ("completed", None)


TYPED: dict[str, EventJson] = {
    "in_progress": {"type": "response.in_progress"},
    "in_progress with response": in_progress(),
    "errored": {"type": "response.errored"},
    "failure": {"type": "response.failure"},
    "stream_error": {"type": "response.stream_error"},
    "message": {"type": "message"},
    "keepalive": {"type": "keepalive"},
    "audio": {"type": "response.audio.delta"},
    "delta": text_delta(""),
    "done item": item_done(message(0, "Hi")),
    "unknown of a message": {"type": "response.output_text.note", "item_id": "item_0", "output_index": 0},
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("event", TYPED.values(), ids=TYPED)
def test_q83_an_error_beside_what_an_event_says_fails_the_run(event: EventJson, reader: str) -> None:
    chunks = chunks_by(reader, [*TEXT, event | {"error": BOOM}])
    check_laws(responses, responses.Config(message_id=MESSAGE_ID), chunks)
    state, _ = feed(responses, responses.Config(message_id=MESSAGE_ID), [*chunks, Done()])
    result = responses.result(state)
    assert (result.outcome, result.text) == ("failed", "Hi")
    assert result.error is not None
    assert (result.error.message, result.error.category) == ("boom", "server")
    assert "error" not in result.extras


@pytest.mark.parametrize("error", NOTHING.values(), ids=NOTHING)
@pytest.mark.parametrize("event", TYPED.values(), ids=TYPED)
def test_q83_what_is_no_error_beside_what_an_event_says_fails_nothing(event: EventJson, error: Any) -> None:
    fold = folded([*TEXT, event | {"error": error}, completed(message(0, "Hi"))], agree=False)
    assert (fold.result.outcome, fold.result.error) == ("completed", None)


def test_q83_a_server_tool_s_error_is_the_tool_s() -> None:
    tool = begun(server_tool("mcp_call", 1), 1)
    for event in (
        progress("mcp_call", "failed", 1, error=BOOM),
        progress("mcp_call", "unheard_of", 1, error=BOOM),
        item_done(server_tool("mcp_call", 1), 1) | {"error": BOOM},
        {"type": "response.mcp_list_tools.failed", "error": BOOM},
    ):
        fold = folded([*TEXT, tool, event, completed(message(0, "Hi"), server_tool("mcp_call", 1))])
        assert (fold.result.outcome, fold.result.error) == ("completed", None)


def test_q83_text_beside_an_error_is_said_before_it() -> None:
    fold = folded([*TEXT, text_delta("!", error=BOOM), text_delta("?"), completed()])
    assert (fold.result.text, fold.result.outcome) == ("Hi!", "failed")
    assert fold.types() == ["assistant_message", "stop_reason"]


def test_q90_an_error_beside_an_event_after_the_end_changes_nothing() -> None:
    late = text_delta("", error=BOOM)
    fold = folded([*message_lane("Hi"), completed(message(0, "Hi")), late])
    assert fold.result.outcome == "completed"
    assert "an error in response.output_text.delta after the end of the answer" in fold.notes("ignored")
    known = folded([*TEXT, {"type": "error", "message": "first"}, late, {"type": "response.errored", "error": BOOM}])
    assert known.result.error is not None
    assert known.result.error.message == "first"
    assert folded([*TEXT, {"type": "response.cancelled"}, late]).result.outcome == "cancelled"


def test_q83_an_error_of_a_chunk_made_by_hand_is_one() -> None:
    for event in (Event(type="response.errored", error=BOOM), Event(type="keepalive", extras={"error": BOOM})):
        state, _ = feed(responses, responses.Config(message_id=MESSAGE_ID), [*chunks_of(TEXT), event])
        assert responses.result(state).outcome == "failed"


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    "event",
    [
        {"type": "error", "status": 429, "error": {"type": "x", "message": "no"}},
        {"type": "error", "status_code": 429, "error": {"message": "no"}},
        {"type": "error", "code": 429, "error": {"message": "no"}},
        {"type": "response.failed", "status_code": 429, "response": {"status": "failed", "error": {"message": "no"}}},
        {"type": "response.in_progress", "status": 429, "error": {"message": "no"}},
        {"type": "error", "error": {"type": "usage_limit_reached", "message": "no"}},
    ],
)
def test_q83_a_status_beside_an_error_says_of_what_kind_it_is(event: EventJson, reader: str) -> None:
    state, _ = feed(responses, responses.Config(message_id=MESSAGE_ID), chunks_by(reader, [*TEXT, event]))
    error = responses.result(state).error
    assert error is not None
    assert error.category == "rate limit"
