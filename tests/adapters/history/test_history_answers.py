"""Outputs, denials and approvals, as both APIs take them."""

from typing import Any

import pytest
from streamfold.adapters.history import denial, mcp_approval, tool_message, tool_output_item
from streamfold.reducer.result import OutputItem, ServerToolPart, ToolCall
from streamfold.reducer.values.json_values import FrozenObject
from support.adapters.next_requests import fits_items, fits_messages

CALL = ToolCall("call_1", "look_up", "{}")
CUSTOM = ToolCall("call_2", "run_sql", "SELECT 1", kind="custom")
REQUEST = {"id": "mcpr_1", "type": "mcp_approval_request", "arguments": "{}", "name": "ask", "server_label": "s"}


@pytest.mark.parametrize("call", [CALL, CUSTOM])
@pytest.mark.parametrize("output", ["Rain.", "", [{"type": "text", "text": "Rain."}]])
def test_a_tool_message_answers_either_kind_of_call(call: ToolCall, output: Any) -> None:
    message = tool_message(call, output)
    assert message == {"role": "tool", "tool_call_id": call.id, "content": output}
    fits_messages([message])


@pytest.mark.parametrize(("call", "kind"), [(CALL, "function_call_output"), (CUSTOM, "custom_tool_call_output")])
@pytest.mark.parametrize("output", ["Rain.", [{"type": "input_text", "text": "Rain."}]])
def test_an_output_item_is_of_its_call_s_kind(call: ToolCall, kind: str, output: Any) -> None:
    item = tool_output_item(call, output)
    assert item == {"type": kind, "call_id": call.id, "output": output}
    fits_items([item])


def test_an_answer_to_a_program_s_call_says_so() -> None:
    caller = FrozenObject(type="program", caller_id="prog_1")
    item = tool_output_item(ToolCall("call_1", "f", "{}", extras=FrozenObject(caller=caller)), "x")
    assert item["caller"] == {"type": "program", "caller_id": "prog_1"}
    fits_items([item])


def test_a_denial_is_an_output_in_words() -> None:
    assert denial() == "The user did not allow this tool call."
    assert denial("too dear") == "The user did not allow this tool call: too dear"


@pytest.mark.parametrize(
    "request_of",
    [
        REQUEST,
        "mcpr_1",
        OutputItem("mcp_approval_request", "mcpr_1", True, (ServerToolPart(FrozenObject(REQUEST)),)),
    ],
)
def test_a_decision_names_its_request(request_of: Any) -> None:
    item = mcp_approval(request_of, approve=False, reason="No.")
    assert item == {
        "type": "mcp_approval_response",
        "approval_request_id": "mcpr_1",
        "approve": False,
        "reason": "No.",
    }
    assert "reason" not in mcp_approval(request_of, approve=True)
    fits_items([item, mcp_approval(request_of, approve=True)])


@pytest.mark.parametrize("wrong", [{"type": "mcp_call", "id": "x"}, REQUEST | {"id": ""}, "", OutputItem("message")])
def test_what_is_no_request_cannot_be_decided(wrong: Any) -> None:
    with pytest.raises(ValueError, match=r"an mcp_approval_request is needed|cannot be answered"):
        mcp_approval(wrong, approve=True)
