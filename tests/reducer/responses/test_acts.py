"""What the events of each family do: what is said of them, what is kept, and what a failure before them changes."""

import pytest
from streamfold.reducer.responses import acts
from streamfold.reducer.responses.table import RULES
from streamfold.reducer.result import ServerToolPart
from streamfold.reducer.values.json_values import freeze
from support.event_shapes import (
    begun,
    completed,
    created,
    error,
    failed,
    folded,
    function_call,
    incomplete,
    item_added,
    item_done,
    message,
    part_added,
    part_done,
    progress,
    server_tool,
    summary_part_added,
    summary_part_done,
    text_delta,
)

STAGES = {
    "web_search_call": ("in_progress", "searching", "completed"),
    "file_search_call": ("in_progress", "searching", "completed"),
    "code_interpreter_call": ("in_progress", "interpreting", "completed"),
    "image_generation_call": ("in_progress", "generating", "partial_image", "completed"),
    "mcp_call": ("in_progress", "completed", "failed"),
    "mcp_list_tools": ("in_progress", "completed", "failed"),
    "compaction": ("compacting",),
}
PIECES = {
    "code_interpreter_call_code": ("code_interpreter_call", "code", ("done",)),
    "mcp_call_arguments": ("mcp_call", "arguments", ("done",)),
    "shell_call_command": ("shell_call", "command", ("added", "done")),
    "shell_call_output_content": ("shell_call_output", "output", ("done",)),
    "apply_patch_call_operation_diff": ("apply_patch_call", "diff", ("done",)),
}
TEXTS = {
    "output_text": ("message", "text"),
    "refusal": ("message", "refusal"),
    "reasoning_text": ("reasoning", "reasoning"),
    "reasoning_summary_text": ("reasoning", "reasoning"),
    "function_call_arguments": ("function_call", "arguments"),
    "custom_tool_call_input": ("custom_tool_call", "arguments"),
}
WHOLES = {"refusal": "refusal", "function_call_arguments": "arguments", "custom_tool_call_input": "input"}
SAY_NOTHING = {
    "keepalive",
    "response.created",
    "response.queued",
    "response.in_progress",
    *(f"response.audio.{name}" for name in ("delta", "done", "transcript.delta", "transcript.done")),
    *(f"response.{name}.{stage}" for name, (_, _, stages) in PIECES.items() for stage in stages),
} - {"response.code_interpreter_call_code.done", "response.mcp_call_arguments.done"}


@pytest.mark.parametrize("tool", STAGES)
def test_the_progress_of_a_server_tool_is_said_with_its_stage(tool: str) -> None:
    came = folded([progress(tool, stage) for stage in STAGES[tool]])
    assert came.server_tools() == [(tool, "item_0", stage, None) for stage in STAGES[tool]]
    assert came.result.content == (ServerToolPart({"type": tool, "id": "item_0"}),)
    assert came.result.diagnostics == ()


@pytest.mark.parametrize("name", PIECES)
def test_pieces_of_a_server_tool_are_said_and_kept_by_member(name: str) -> None:
    tool, member, stages = PIECES[name]
    events = [progress(name, "delta", delta="x"), *(progress(name, stage) for stage in stages)]
    came = folded(events)
    assert came.server_tools() == [(tool, "item_0", None, "x")]
    assert came.result.content == (ServerToolPart({"type": tool, "id": "item_0", member: "x"}),)
    assert came.result.diagnostics == ()


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_in_pieces_or_whole_is_of_its_item(name: str) -> None:
    item, said = TEXTS[name]
    whole = {WHOLES.get(name, "text"): "abc"}
    for events in ([progress(name, "delta", delta="abc")], [progress(name, "done", **whole)]):
        came = folded(events)
        assert came.state.items.lanes.get(0).type == item
        if said == "arguments":
            assert came.result.tool_calls[0].arguments == "abc"
        else:
            assert getattr(came.result, said) == "abc"
        assert came.notes("ignored") == []


def test_what_begins_a_response_names_it_and_what_ends_it_says_how() -> None:
    for event in ("created", "queued", "in_progress"):
        came = folded([{"type": f"response.{event}", "response": {"id": "resp_9"}}])
        assert (came.result.provider_id, came.result.outcome, came.messages) == ("resp_9", "truncated", [])
        assert came.result.diagnostics == ()
    for event, outcome in (("completed", "completed"), ("incomplete", "completed"), ("failed", "failed")):
        came = folded([{"type": f"response.{event}", "response": {"id": "resp_9"}}])
        assert (came.result.provider_id, came.result.outcome) == ("resp_9", outcome)
        assert came.result.finish_reason == event
    assert folded([error("boom")]).result.outcome == "failed"


def test_items_and_their_parts_begin_and_are_done() -> None:
    tool = server_tool("web_search_call")
    assert folded([item_added(tool), item_done(tool)]).result.content == (ServerToolPart(freeze(tool)),)
    for event in (part_added, part_done):
        assert folded([begun(message()), event({"type": "output_text", "text": "Hi"})]).result.text == "Hi"
    for event in (summary_part_added, summary_part_done):
        typed = event(text="Hm")
        untyped = typed | {"part": {"text": "Hm"}}
        for summary in (typed, untyped):
            came = folded([summary])
            assert came.state.items.lanes.get(0).type == "reasoning"
            assert came.result.reasoning == "Hm"
    note = progress("output_text.annotation", "added", annotation={"type": "url_citation"})
    came = folded([text_delta("Hi"), note])
    assert came.types() == ["assistant_message", "annotation_message"]
    assert folded([note]).state.items.lanes.get(0).type == "message"


@pytest.mark.parametrize("kind", sorted(RULES))
def test_after_a_failure_only_what_could_be_a_message_is_noted(kind: str) -> None:
    came = folded([error("boom"), {"type": kind}])
    ended = {f"response.{how}" for how in ("completed", "incomplete", "failed", "done", "cancelled", "canceled")}
    assert came.notes("ignored") == ([] if kind in SAY_NOTHING | ended else [f"{kind} after the error"])


@pytest.mark.parametrize("kind", sorted(RULES))
def test_the_table_says_what_can_become_a_message(kind: str) -> None:
    rule = RULES[kind]
    assert rule.emits == (kind not in SAY_NOTHING)
    whole = (acts.nothing, acts.unsupported, acts.response, acts.terminal, acts.error, acts.begin_item, acts.end_item)
    if rule.act in whole:
        assert (rule.item, rule.channel) == ("", "")


def test_any_end_that_follows_an_error_has_the_usage() -> None:
    for terminal in (completed(), incomplete(), failed(usage={"input_tokens": 40})):
        came = folded([created(), begun(function_call()), error("boom"), terminal])
        assert came.result.usage.input_tokens == 40
        assert came.result.outcome == "failed"
