"""A turn as the Vercel AI SDK reads it: which events, of which members, in which version."""

import json
from typing import Any

import pytest
from hypothesis import given
from screens.cut_turns import check_shown, custom_tools, cut_streams, told
from screens.shown import shown_by_vercel
from streamfold.adapters.protocols import vercel
from streamfold.adapters.protocols.turn import ToolReturn
from streamfold.reducer import Result
from streamfold.reducer.messages import (
    AnnotationMessage,
    ApprovalRequestMessage,
    HiddenReasoningMessage,
    Message,
    ReasoningMessage,
    RefusalMessage,
    ServerToolMessage,
    ToolCallClosed,
    ToolCallDelta,
    ToolCallMessage,
)
from streamfold.reducer.stream_error import read_error
from support.law_checks import MESSAGE_ID, channels

CONFIG = vercel.Config(MESSAGE_ID)
IDS: Any = (MESSAGE_ID, "otid-1", None, None)
DONE = Result(outcome="completed", finish_reason="stop")


def events_of(*said: Any, config: vercel.Config = CONFIG, result: Result = DONE) -> list[dict[str, Any]]:
    """The events between those that open and close the turn and its step."""
    events = told(vercel, config, said, result)
    shown_by_vercel(events)
    assert [event["type"] for event in (*events[:2], events[-2])] == ["start", "start-step", "finish-step"]
    return events[2:-2]


@given(cut_streams())
def test_a_screen_shows_what_the_result_is(cut: tuple[list[Message], Result]) -> None:
    """The law: whatever a reducer says, cut anywhere and closed."""
    messages, result = cut
    config = vercel.Config(MESSAGE_ID, custom_tools=custom_tools(result))
    shown = shown_by_vercel(told(vercel, config, messages, result))
    check_shown(shown, messages, result)
    assert shown.end is not None
    for call in channels(messages)["calls"]:
        if call["id"] in shown.inputs:
            given, text = shown.inputs[call["id"]], call["arguments"]
            assert given == (text if isinstance(given, str) else json.loads(text or "{}") or {})
    asked = {call.id for call in result.tool_calls if call.needs_approval and call.complete} & shown.arguments.keys()
    assert asked <= set(shown.approvals) | shown.outputs.keys()
    assert (shown.end["type"] == "abort") == (result.outcome == "cancelled")
    assert (shown.end["type"] == "error") == (result.outcome in ("failed", "truncated"))


@pytest.mark.parametrize(
    ("word", "reason"),
    [
        ("stop", "stop"),
        ("length", "length"),
        ("content_filter", "content-filter"),
        ("max_steps", "other"),
        ("?", "other"),
    ],
)
def test_a_whole_turn_finishes_for_a_reason_that_the_client_knows(word: str, reason: str) -> None:
    events = told(vercel, CONFIG, (), Result(outcome="completed", finish_reason=word))
    assert events[-1] == {"type": "finish", "finishReason": reason}


def test_a_refusal_is_text_that_says_so() -> None:
    start, piece, end = events_of(RefusalMessage(*IDS, "No."))
    assert start == {
        "type": "text-start",
        "id": "otid-1",
        "providerMetadata": {"streamfold": {"refusal": True}},
    }
    assert (piece["delta"], end["type"]) == ("No.", "text-end")


def test_a_signature_goes_with_the_end_of_its_reasoning() -> None:
    *_, end = events_of(ReasoningMessage(*IDS, "Hm", signature="sealed"))
    assert end["providerMetadata"] == {"streamfold": {"signature": "sealed"}}
    assert [one["type"] for one in events_of(HiddenReasoningMessage(*IDS))] == ["reasoning-start", "reasoning-end"]


@pytest.mark.parametrize(
    ("note", "event"),
    [
        ({"type": "url_citation", "url": "https://a.example", "title": "A"}, {"type": "source-url", "title": "A"}),
        ({"type": "url_citation", "url_citation": {"url": "http://a.example", "title": None}}, {"type": "source-url"}),
        ({"type": "file_citation", "filename": "a.pdf", "file_id": "f"}, {"type": "source-document", "title": "a.pdf"}),
        ({"type": "url_citation", "url": "javascript:alert(1)"}, {"type": "data-annotation"}),
        ("as text", {"type": "data-annotation", "data": "as text"}),
    ],
)
def test_a_citation_is_a_source_where_it_names_one(note: Any, event: dict[str, Any]) -> None:
    (made,) = events_of(AnnotationMessage(*IDS, note))
    assert event.items() <= made.items()
    assert made.get("sourceId", "otid-1:1") == "otid-1:1"
    assert None not in made.values()


def test_a_tool_of_the_providers_begins_goes_on_and_gives_its_item() -> None:
    item = {"id": "ws_1", "type": "web_search_call", "status": "completed", "action": {"query": "rain"}}
    began, progress, ready, gave = events_of(
        ServerToolMessage(
            *IDS, "web_search_call", "ws_1", "in_progress", None, {"id": "ws_1", "status": "in_progress"}
        ),
        ServerToolMessage(*IDS, "web_search_call", "ws_1", "completed", None, item),
    )
    assert began["toolName"] == "web_search_call"
    assert progress == {
        "type": "data-server-tool",
        "data": {"id": "ws_1", "tool": "web_search_call", "status": "in_progress"},
        "transient": True,
    }
    assert (ready["input"], gave["output"]) == ({"action": {"query": "rain"}}, item)
    assert {one.get("providerExecuted") for one in (began, ready, gave)} == {True}


def test_a_tool_of_the_providers_that_failed_says_why() -> None:
    item = {"id": "m_1", "type": "mcp_call", "status": "failed", "error": "no such tool"}
    *_, gave = events_of(ServerToolMessage(*IDS, "mcp_call", "m_1", "failed", None, item))
    assert (gave["type"], gave["errorText"]) == ("tool-output-error", "no such tool")


def called(arguments: str, name: str = "run", doubts: Any = ()) -> tuple[Message, ...]:
    pieces = [ToolCallMessage(*IDS, ToolCallDelta(name, None, "c"))]
    pieces += [ToolCallMessage(*IDS, ToolCallDelta(None, letter, "c")) for letter in arguments]
    return (*pieces, ToolCallClosed(MESSAGE_ID, None, None, "c", doubts))


@pytest.mark.parametrize("text", ["rain in Oslo", '"quoted"\n', " \t x", "0", "[1]", "😀"])
def test_raw_text_of_a_custom_tool_is_a_json_string(text: str) -> None:
    *pieces, ready = events_of(*called(text))
    assert ready["input"] == text
    assert json.loads("".join(piece.get("inputTextDelta", "") for piece in pieces)) == text


def test_raw_text_that_looks_like_json_is_told_by_the_tools_name() -> None:
    config = vercel.Config(MESSAGE_ID, custom_tools=frozenset({"run"}))
    *pieces, ready = events_of(*called("{x}"), config=config)
    assert ready["input"] == "{x}"
    assert json.loads("".join(piece.get("inputTextDelta", "") for piece in pieces)) == "{x}"


@pytest.mark.parametrize("arguments", ['{"__proto__": 1}', '{"a": [{"constructor": {"prototype": 1}}]}'])
def test_what_the_clients_reader_refuses_does_not_end_the_stream(arguments: str) -> None:
    """Its reader of JSON guards against polluted prototypes, and takes no event that has such a member."""
    *_, refused = events_of(*called(arguments))
    assert (refused["type"], refused["input"]) == ("tool-input-error", "")
    (note,) = events_of(AnnotationMessage(*IDS, json.loads(arguments)))
    assert note["data"] == {"note": "The client cannot read this value."}
    assert [one["type"] for one in events_of(*called('{"constructor": 1}'))][-1] == "tool-input-available"


@pytest.mark.parametrize("depth", [300, 5_000, 200_000])
def test_arguments_nested_too_deeply_are_refused(depth: int) -> None:
    """Some versions of Python read them as objects, and no encoder need write these."""
    deep = '{"a":' * depth + "1" + "}" * depth
    said = (ToolCallMessage(*IDS, ToolCallDelta("run", deep, "c")), ToolCallClosed(MESSAGE_ID, None, None, "c"))
    state, events = vercel.start(CONFIG)
    for message in said:
        state, events = vercel.step(state, message)
    assert events[-1]["type"] == "tool-input-error" or events[-1]["input"] == deep
    shallow = '{"a":' * 200 + "1" + "}" * 200
    assert events_of(*called(shallow))[-1]["input"] == json.loads(shallow)


@pytest.mark.parametrize("version", [5, 6, 7])
def test_an_approval_is_asked_for_where_the_version_knows_it(version: Any) -> None:
    asked = ApprovalRequestMessage(*IDS, ToolCallDelta("rm", "{}", "c"))
    config = vercel.Config(MESSAGE_ID, version)
    said = (asked, ToolCallClosed(MESSAGE_ID, None, None, "c"), ToolReturn("c", "no", "denied"))
    types = [event["type"] for event in events_of(*said, config=config)]
    assert ("tool-approval-request" in types) == (version > 5)
    assert types[-1] == ("tool-output-error" if version == 5 else "tool-output-denied")


def test_what_tools_gave_is_output_or_an_error() -> None:
    assert events_of(ToolReturn("c", {"a": 1})) == [
        {"type": "tool-output-available", "toolCallId": "c", "output": {"a": 1}}
    ]
    assert events_of(ToolReturn("c", {"a": 1}, "error"))[0]["errorText"] == '{"a":1}'


@pytest.mark.parametrize("shows", [True, False])
def test_the_providers_error_is_masked_unless_it_may_be_shown(shows: bool) -> None:
    failed = Result(outcome="failed", error=read_error({"message": "key sk-1 is wrong"}))
    config = vercel.Config(MESSAGE_ID, shows_errors=shows)
    *_, end = told(vercel, config, (), failed)
    assert end["type"] == "error"
    assert ("sk-1" in end["errorText"]) == shows
    assert told(vercel, config, (), Result(outcome="truncated"))[-1]["type"] == "error"


def test_a_frame_is_one_line_of_data() -> None:
    framed = vercel.frame({"type": "text-delta", "id": "o", "delta": "a\u2028\ud800é\n"})
    assert framed.startswith(b'data: {"type":"text-delta"')
    assert framed.endswith(b"\n\n")
    assert framed.count(b"\n") == 2
    assert json.loads(framed[6:]) == {"type": "text-delta", "id": "o", "delta": "a\u2028\ud800é\n"}
    assert vercel.HEADERS["x-vercel-ai-ui-message-stream"] == "v1"
