"""What providers really send on the Responses wire: ends, usage, and what no SDK knows (Q62-Q66, Q69-Q78)."""

from typing import Any

import pytest
from streamfold.reducer import Cancelled, Ended, Failed, responses
from streamfold.reducer.result import ServerToolPart, TextPart
from streamfold.reducer.values.json_values import freeze
from support.event_shapes import (
    LEFT_OUT,
    USAGE,
    EventJson,
    arguments_delta,
    begun,
    body,
    call_lane,
    chunks_of,
    completed,
    created,
    custom_call,
    custom_lane,
    error,
    failed,
    folded,
    function_call,
    in_progress,
    incomplete,
    item_added,
    item_done,
    message,
    message_lane,
    open_state,
    part_added,
    part_done,
    progress,
    server_tool,
    summary_lane,
    text_delta,
)
from support.law_checks import channels

PARIS = '{"city": "Paris"}'
RAIN = "It rains in Paris."


def stops(fold: Any) -> list[tuple[str, str | None]]:
    return [(message.stop_reason, message.detail) for message in fold.messages if message.message_type == "stop_reason"]


# Q62


@pytest.mark.parametrize("nested", [False, True], ids=["flat", "nested"])
@pytest.mark.parametrize("order", [1, -1], ids=["error first", "failed first"])
def test_q62_an_error_event_and_a_failed_response_are_one_failure(nested: bool, order: int) -> None:
    told = error("Slow down.", "rate_limit_exceeded")
    if nested:
        told = {"type": "error", "error": {"type": "requests", "code": told["code"], "message": told["message"]}}
    ends = [told, failed("Slow down.", "rate_limit_exceeded", usage=USAGE)][::order]
    fold = folded([created(), *message_lane(RAIN)[:4], *ends])
    assert stops(fold) == [("llm_api_error", "Slow down.")]
    assert channels(fold.messages)["text"] == fold.result.text == "It rains "
    assert fold.result.error is not None
    assert (fold.result.error.message, fold.result.error.code) == ("Slow down.", "rate_limit_exceeded")
    assert (fold.result.outcome, fold.result.finish_reason) == ("failed", "failed")
    assert fold.result.usage.output_tokens == 9


def test_q62_a_failure_keeps_what_had_come_and_offers_no_half_call() -> None:
    events = [*summary_lane(["Look it up."], 0), *call_lane(PARIS, 1), begun(function_call(2), 2)]
    fold = folded([created(), *events, arguments_delta('{"ci', 2), error()])
    assert fold.result.reasoning == "Look it up."
    assert [(call.arguments, call.complete) for call in fold.result.tool_calls] == [(PARIS, True), ('{"ci', False)]


def test_q62_a_failed_response_says_its_output_before_it_fails() -> None:
    fold = folded([created(), text_delta("It rains"), failed(output=[message(0, RAIN, status="incomplete")])])
    assert fold.types() == ["assistant_message", "stop_reason"]
    assert channels(fold.messages)["text"] == fold.result.text == RAIN


@pytest.mark.parametrize("arguments", ["", PARIS], ids=["none yet", "parsable"])
@pytest.mark.parametrize("terminal", [failed(), failed(status=LEFT_OUT), {"type": "response.failed"}])
def test_q62_a_failed_response_without_a_status_completes_no_call(terminal: EventJson, arguments: str) -> None:
    events = [created(), begun(function_call()), *([arguments_delta(arguments)] if arguments else [])]
    fold = folded([*events, terminal])
    assert (fold.result.outcome, len(stops(fold))) == ("failed", 1)
    assert [call.complete for call in fold.result.tool_calls] == [False]


def test_q62_an_error_followed_by_completed_completes_no_call() -> None:
    fold = folded([created(), begun(function_call()), error(), completed(output=None)])
    assert fold.result.outcome == "failed"
    assert [call.complete for call in fold.result.tool_calls] == [False]


def test_q62_an_error_event_is_known_by_its_frame_too() -> None:
    frame = b'event: error\ndata: {"code": "server_error", "message": "Out of order."}\n\n'
    fold = folded(body([created(), text_delta("It ")]) + frame)
    assert stops(fold) == [("llm_api_error", "Out of order.")]


def test_q62_a_context_overflow_in_the_stream_is_not_announced() -> None:
    fold = folded([created(), error("Your input exceeds the context window of this model.", "context_length_exceeded")])
    assert (stops(fold), fold.result.outcome) == ([], "failed")
    assert fold.result.error is not None


def test_q62_nothing_is_said_after_the_failure() -> None:
    fold = folded([created(), text_delta("It "), error(), text_delta("rains.")])
    assert fold.messages[-1].message_type == "stop_reason"
    assert fold.result.text == "It "
    assert fold.notes("ignored") == ["response.output_text.delta after the error"]


# Q63


@pytest.mark.parametrize("reason", ["max_output_tokens", "content_filter"])
def test_q63_an_incomplete_response_says_why_and_what_it_cost(reason: str) -> None:
    empty = message(0, status="incomplete")
    fold = folded([created(), begun(empty), item_done(empty), incomplete(empty, reason=reason)])
    assert (fold.result.finish_reason, fold.result.outcome) == (reason, "completed")
    assert (fold.result.content, fold.messages) == ((), [])
    assert (fold.result.usage.input_tokens, fold.result.usage.output_tokens) == (40, 9)
    assert fold.result.error is None


def test_q63_an_incomplete_response_keeps_its_text() -> None:
    lane = message_lane("It rains in", status="incomplete")
    fold = folded([created(), *lane, incomplete(message(0, "It rains in", status="incomplete"))])
    assert fold.result.text == channels(fold.messages)["text"] == "It rains in"


@pytest.mark.parametrize(
    "terminal", [{"type": "response.incomplete"}, incomplete(status=LEFT_OUT, incomplete_details=None)]
)
def test_q63_an_incomplete_response_without_details_is_incomplete_all_the_same(terminal: EventJson) -> None:
    fold = folded([created(), begun(function_call()), terminal])
    assert fold.result.finish_reason == "incomplete"
    assert [call.complete for call in fold.result.tool_calls] == [False]


# Q64


def test_q64_custom_input_that_the_limit_cut_off_is_never_complete() -> None:
    # A custom tool's call has no status to tell by, and raw text cannot be seen to be half.
    lane = custom_lane("SELECT name FROM")
    fold = folded([created(), *lane, incomplete(custom_call(text="SELECT name FROM"))])
    (call,) = fold.result.tool_calls
    assert (call.arguments, call.complete) == ("SELECT name FROM", False)


# Q65


@pytest.mark.parametrize(
    ("end", "outcome"), [(Ended(), "truncated"), (Cancelled(), "cancelled"), (Failed("reset by peer"), "failed")]
)
def test_q65_the_end_without_a_terminal_event(end: Any, outcome: str) -> None:
    fold = folded([created(), *message_lane(RAIN, 0), begun(function_call(1), 1), arguments_delta(PARIS, 1)], end)
    assert (fold.result.outcome, fold.result.finish_reason) == (outcome, None)
    assert fold.result.text == RAIN
    assert [(call.arguments, call.complete) for call in fold.result.tool_calls] == [(PARIS, False)]
    assert fold.result.usage.source == "unknown"
    assert fold.result.usage.output_tokens is None
    expected = {"truncated": [], "cancelled": [("cancelled", None)], "failed": [("error", "reset by peer")]}
    assert stops(fold) == expected[outcome]


def test_q65_nothing_at_all_is_truncated() -> None:
    fold = folded([])
    assert (fold.result.outcome, fold.result.content, fold.messages) == ("truncated", (), [])


# Q66


@pytest.mark.parametrize("usage", [None, {}, LEFT_OUT], ids=["null", "empty", "absent"])
def test_q66_no_usage_is_unknown_and_not_zero(usage: Any) -> None:
    fold = folded([created(), *message_lane(RAIN), completed(message(0, RAIN), usage=usage)])
    assert (fold.result.usage.source, fold.result.usage.input_tokens, fold.result.usage.raw) == ("unknown", None, None)
    assert fold.result.outcome == "completed"


def test_q66_partial_usage_is_what_it_reports() -> None:
    raw = {"input_tokens": 7, "output_tokens": 0, "input_tokens_details": None}
    usage = folded([created(), completed(usage=raw)]).result.usage
    assert (usage.input_tokens, usage.output_tokens, usage.cached_tokens, usage.total_tokens) == (7, 0, None, None)
    assert (usage.source, usage.raw) == ("reported", raw)


def test_q66_whole_usage() -> None:
    usage = folded([created(), completed()]).result.usage
    assert (usage.input_tokens, usage.output_tokens, usage.total_tokens) == (40, 9, 49)
    assert (usage.cached_tokens, usage.reasoning_tokens, usage.raw) == (16, 4, USAGE)


# Q69


@pytest.mark.parametrize("named", [False, True], ids=["data only", "with event names"])
def test_q69_a_patch_in_pieces_passes_though_no_sdk_knows_it(named: bool) -> None:
    begin = server_tool("apply_patch_call", status="in_progress", call_id="call_0", operation={"type": "update_file"})
    diff = {"type": "update_file", "path": "a.txt", "diff": "@@\n-one\n+two\n"}
    events = [
        item_added(begin),
        progress("apply_patch_call_operation_diff", "delta", delta="@@\n-one\n"),
        progress("apply_patch_call_operation_diff", "delta", delta="+two\n"),
        progress("apply_patch_call_operation_diff", "done", diff="@@\n-one\n+two\n"),
        item_done({**begin, "status": "completed", "operation": diff}),
    ]
    fold = folded(body([created(), *events, completed(output=None)], named=named))
    assert [delta for *_, delta in fold.server_tools()] == [None, "@@\n-one\n", "+two\n", None]
    assert fold.result.content == (ServerToolPart(freeze({**begin, "status": "completed", "operation": diff})),)
    assert {note.kind for note in fold.result.diagnostics} == {"kept"}


def test_q69_a_keepalive_says_nothing_and_is_no_progress() -> None:
    before = open_state([created(), text_delta("It ")])
    (keepalive,) = chunks_of([{"type": "keepalive", "sequence_number": 2}])
    after, messages = responses.step(before, keepalive)
    assert messages == ()
    assert responses.result(after).content == responses.result(before).content
    assert responses.result(after).diagnostics == ()


def test_q69_an_unknown_event_changes_nothing_but_a_count() -> None:
    once = folded([created(), text_delta("It ")])
    fold = folded([created(), {"type": "response.hologram.delta", "delta": "boo"}, text_delta("It ")])
    assert (fold.messages, fold.result.content) == (once.messages, once.result.content)
    assert fold.notes("ignored") == ["response.hologram.delta"]
    assert fold.result.chunks == once.result.chunks + 1


def test_q69_an_unknown_event_about_a_server_tool_is_its_progress() -> None:
    events = [begun(server_tool("hologram_call")), progress("hologram_call", "projecting")]
    fold = folded([created(), *events, progress("hologram_call_light", "delta", delta={"lumen": 3})])
    assert fold.server_tools()[1:] == [
        ("hologram_call", "item_0", "projecting", None),
        ("hologram_call", "item_0", None, {"lumen": 3}),
    ]


# Q70


@pytest.mark.parametrize("kind", ["hologram_call", "message_v2", "function_call_output", "program"])
def test_q70_an_item_of_another_type_is_what_its_type_says(kind: str) -> None:
    item = {"id": "item_0", "type": kind, "call_id": "call_0", "name": "f", "arguments": "{}", "content": []}
    fold = folded([created(), item_added(item), item_done({**item, "output": "7"}), completed({**item, "output": "7"})])
    assert fold.result.content == (ServerToolPart(freeze({**item, "output": "7"})),)
    assert fold.result.tool_calls == ()
    assert [(tool, status) for tool, _, status, _ in fold.server_tools()] == [
        (kind, "in_progress"),
        (kind, "completed"),
    ]


def test_q70_an_item_without_a_type_raises_nothing() -> None:
    fold = folded(
        [created(), item_added({"id": "item_0"}), text_delta("It rains."), item_done(message(0, "It rains."))]
    )
    assert channels(fold.messages)["text"] == fold.result.text == "It rains."


# Q71


@pytest.mark.parametrize("nothing", [None, LEFT_OUT, {}, [], "item", 7])
def test_q71_an_item_that_is_null_is_skipped(nothing: Any) -> None:
    events = [item_added(nothing), *message_lane(RAIN), item_done(nothing), item_done(nothing, 4)]
    fold = folded([created(), *events, completed(nothing if nothing is not LEFT_OUT else None, message(0, RAIN))])
    assert fold.result.content == (TextPart(RAIN),)
    assert (channels(fold.messages)["text"], fold.result.outcome) == (RAIN, "completed")


@pytest.mark.parametrize("part", [None, LEFT_OUT, {}, ""])
def test_q71_a_part_that_is_null_is_skipped(part: Any) -> None:
    fold = folded([created(), part_added(part), text_delta("It rains."), part_done(part)])
    assert fold.result.content == (TextPart("It rains."),)


# Q73


def test_q73_a_shell_s_delta_is_an_object() -> None:
    call = server_tool("shell_call", 0, status="in_progress", call_id="call_0", action={"commands": ["ls"]})
    output = server_tool("shell_call_output", 1, call_id="call_0", output=[{"stdout": "a.txt\n", "stderr": ""}])
    events = [
        item_added(call),
        progress("shell_call_command", "added", item_id=LEFT_OUT, command_index=0, command=""),
        progress("shell_call_command", "delta", item_id=LEFT_OUT, command_index=0, delta="ls"),
        progress("shell_call_command", "done", item_id=LEFT_OUT, command_index=0, command="ls"),
        item_done({**call, "status": "completed"}),
        begun(output, 1),
        progress("shell_call_output_content", "delta", 1, command_index=0, delta={"stdout": "a.txt\n"}),
        progress("shell_call_output_content", "done", 1, command_index=0, output=output["output"]),
        item_done(output, 1),
    ]
    fold = folded([created(), *events])
    assert [delta for *_, delta in fold.server_tools() if delta] == ["ls", {"stdout": "a.txt\n"}]
    assert fold.result.content == (
        ServerToolPart(freeze({**call, "status": "completed"})),
        ServerToolPart(freeze(output)),
    )


def test_q73_a_delta_of_another_type_has_its_text_read() -> None:
    events = [text_delta({"text": "It "}), text_delta(None), text_delta(7), text_delta([1]), text_delta(" rains.")]
    result = folded([created(), *events]).result
    assert result.text == "It 7 rains."
    assert "delta is a list, left out" in [note.detail for note in result.diagnostics]


# Q76


def test_q76_done_after_the_terminal_is_ignored() -> None:
    events = [created(), *message_lane(RAIN), completed(message(0, RAIN))]
    with_marker, without_marker = folded(body(events, done=True)), folded(body(events))
    assert with_marker == without_marker
    assert (with_marker.result.outcome, with_marker.result.chunks) == ("completed", len(events))


def test_q76_done_without_a_terminal_is_an_end_that_completes_no_call() -> None:
    fold = folded(body([created(), begun(function_call()), arguments_delta(PARIS)], done=True))
    assert (fold.result.outcome, fold.result.finish_reason) == ("completed", None)
    assert [call.complete for call in fold.result.tool_calls] == [False]


# Q78


def test_q78_queued_is_no_message() -> None:
    queued = {"type": "response.queued", "response": {**created()["response"], "status": "queued"}}
    fold = folded([created(), queued, in_progress(), text_delta("It ")])
    assert fold.types() == ["assistant_message"]
    assert fold.result.diagnostics == ()


@pytest.mark.parametrize("kind", ["compaction", "program", "program_output", "additional_tools"])
def test_q78_compactions_and_programs_are_items(kind: str) -> None:
    item = server_tool(kind, 0, status=LEFT_OUT, encrypted_content="gAAAA", code="print(7)")
    events = [
        created(),
        begun(item),
        *([progress(kind, "compacting")] if kind == "compaction" else []),
        item_done(item),
    ]
    fold = folded([*events, *message_lane("Shorter.", 1), completed(item, message(1, "Shorter."))])
    assert fold.result.content == (ServerToolPart(freeze(item)), TextPart("Shorter."))
    assert {tool for tool, *_ in fold.server_tools()} == {kind}
    assert fold.result.diagnostics == ()


@pytest.mark.parametrize("kind", ["audio.delta", "audio.done", "audio.transcript.delta", "audio.transcript.done"])
def test_q78_audio_is_counted_and_nothing_else(kind: str) -> None:
    fold = folded(
        [created(), text_delta("It "), {"type": f"response.{kind}", "delta": "UklGRg=="}, text_delta("rains.")]
    )
    assert fold.result.content == (TextPart("It rains."),)
    assert fold.notes("ignored") == [f"response.{kind}"]


def test_q78_a_server_tool_s_output_is_kept_when_cut_off() -> None:
    item = server_tool("code_interpreter_call", status="in_progress", container_id="c_1", code="")
    pieces = [progress("code_interpreter_call_code", "delta", delta=piece) for piece in ("import ", "math")]
    (part,) = folded([created(), item_added(item), *pieces], Cancelled()).result.content
    assert part == ServerToolPart(freeze({**item, "code": "import math"}))


def test_q78_commands_of_a_cut_off_shell_call_stay_apart() -> None:
    item = server_tool("shell_call", status="in_progress", call_id="call_0", action={"commands": []})
    pieces = [
        progress("shell_call_command", "delta", item_id=LEFT_OUT, command_index=at, delta=command)
        for at, command in enumerate(["ls -l", "pwd"])
    ]
    (part,) = folded([created(), item_added(item), *pieces], Cancelled()).result.content
    assert "ls -lpwd" not in str(part)
    assert "ls -l" in str(part)
    assert "pwd" in str(part)
