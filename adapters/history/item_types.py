"""The types of output items that a Responses request takes back, beside those that the model itself writes.

By the openai SDK's `ResponseInputItemParam` (openai 3.57), which tests hold this to.
"""

from collections.abc import Mapping

from attrs import frozen

from ...reducer.values.json_values import Json, as_text

_FINAL = frozenset({"completed", "incomplete", "failed"})


@frozen
class ItemType:
    """What one type of item needs.

    Attributes:
        needs: the members without which it is refused.
        needs_id: whether its id is one of these.
        ran_here: whether the caller runs it, and has to answer it.
    """

    needs: tuple[str, ...]
    needs_id: bool = True
    ran_here: bool = False


ITEM_TYPES: Mapping[str, ItemType] = {
    "apply_patch_call": ItemType(("call_id", "operation", "status"), needs_id=False, ran_here=True),
    "apply_patch_call_output": ItemType(("call_id", "status"), needs_id=False),
    "code_interpreter_call": ItemType(("code", "container_id", "outputs", "status")),
    "compaction": ItemType(("encrypted_content",), needs_id=False),
    "computer_call": ItemType(("call_id", "pending_safety_checks", "status"), ran_here=True),
    "file_search_call": ItemType(("queries", "status")),
    "image_generation_call": ItemType(("result", "status")),
    "local_shell_call": ItemType(("action", "call_id", "status"), ran_here=True),
    "mcp_approval_request": ItemType(("arguments", "name", "server_label"), ran_here=True),
    "mcp_call": ItemType(("arguments", "name", "server_label")),
    "mcp_list_tools": ItemType(("server_label", "tools")),
    "program": ItemType(("call_id", "code", "fingerprint")),
    "program_output": ItemType(("call_id", "result", "status")),
    "shell_call": ItemType(("action", "call_id"), needs_id=False, ran_here=True),
    "shell_call_output": ItemType(("call_id", "output"), needs_id=False),
    "tool_search_call": ItemType(("arguments",), needs_id=False),
    "tool_search_output": ItemType(("tools",), needs_id=False),
    "web_search_call": ItemType(("action", "status"), needs_id=False),
}
"""Of a web search the SDK's type needs an id, and the API does not: OpenAI's own Codex sends none."""


def final_status(item: Mapping[str, Json]) -> str:
    """The status of an item that is done: servers leave some at `in_progress` or `generating`."""
    status = as_text(item.get("status"))
    return status if status in _FINAL else "completed"
