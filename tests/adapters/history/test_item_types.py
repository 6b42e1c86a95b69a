"""What each type of item needs, held to the openai SDK's own types."""

from typing import Any

import pytest
from openai.types.responses import ResponseOutputItem
from pydantic import ValidationError
from streamfold.adapters.history.item_types import ITEM_TYPES, as_parameter
from streamfold.reducer.responses.items import MODEL_ITEMS
from streamfold.reducer.values.json_values import FrozenObject
from support.adapters.next_requests import fits_items
from support.sdk_unions import models, type_of

OUTPUTS = {type_of(model): model for model in models(ResponseOutputItem)}
NOT_OF_REQUESTS = {"additional_tools"}
"""Types of output that are left out: nothing says that the API takes them back from a turn."""


def test_every_type_of_output_has_its_place() -> None:
    answers = {name for name in OUTPUTS if name.endswith("_output")} - ITEM_TYPES.keys()
    calls = {name.removesuffix("_output") for name in answers}
    assert calls <= ITEM_TYPES.keys() | MODEL_ITEMS | {"mcp_approval_response"}
    assert OUTPUTS.keys() - ITEM_TYPES.keys() - MODEL_ITEMS - answers - NOT_OF_REQUESTS <= {"mcp_approval_response"}


NAMED = {"name": "ask", "server_label": "s"}
PATCH = {"type": "delete_file", "path": "p"}
EXAMPLES: dict[str, dict[str, Any]] = {
    "apply_patch_call": {"call_id": "c", "operation": PATCH},
    "apply_patch_call_output": {"call_id": "c"},
    "code_interpreter_call": {"code": None, "container_id": "c", "outputs": None},
    "compaction": {"encrypted_content": "gAAAA"},
    "computer_call": {"call_id": "c", "pending_safety_checks": []},
    "file_search_call": {"queries": ["q"]},
    "image_generation_call": {"result": None},
    "local_shell_call": {"call_id": "c", "action": {"type": "exec", "command": ["ls"], "env": {}}},
    "mcp_approval_request": {"arguments": "{}", **NAMED},
    "mcp_call": {"arguments": "{}", **NAMED},
    "mcp_list_tools": {"server_label": "s", "tools": []},
    "program": {"call_id": "c", "code": "1", "fingerprint": "f"},
    "program_output": {"call_id": "c", "result": "1"},
    "shell_call": {"call_id": "c", "action": {"commands": ["ls"]}},
    "shell_call_output": {"call_id": "c", "output": []},
    "tool_search_call": {"arguments": {}},
    "tool_search_output": {"tools": []},
    "web_search_call": {"action": {"type": "search", "query": "q"}},
}


@pytest.mark.parametrize("kind", ITEM_TYPES)
def test_each_type_needs_what_the_sdk_s_type_requires(kind: str) -> None:
    known = ITEM_TYPES[kind]
    made = {"type": kind, **as_parameter(EXAMPLES[kind], "status" in known.needs)}
    named = {"id": "an_id"} if known.needs_id else {}
    fits_items([made | named])
    for name in (*known.needs, *named):
        lacking = {member: value for member, value in (made | named).items() if member != name}
        with pytest.raises(ValidationError):
            fits_items([lacking])


@pytest.mark.parametrize(
    ("status", "final"),
    [("in_progress", "completed"), ("generating", "completed"), ("failed", "failed"), ("incomplete", "incomplete")],
)
def test_an_item_that_is_done_has_a_final_status(status: str, final: str) -> None:
    assert as_parameter({"status": status}, False) == {"status": final}
    assert as_parameter({}, True) == {"status": "completed"}
    assert as_parameter({}, False) == {}


def test_what_the_api_adds_is_not_sent_back() -> None:
    item: Any = FrozenObject(id="x", created_by="y", parsed=None, queries=("a",))
    assert as_parameter(item, False) == {"queries": ["a"]}


def test_of_the_sources_of_a_search_pages_alone_go_back() -> None:
    page = {"type": "url", "url": "https://example.org"}
    action = {"type": "search", "sources": [page, {"type": "api", "name": "oai-weather"}]}
    assert as_parameter({"action": action}, False) == {"action": {"type": "search", "sources": [page]}}
