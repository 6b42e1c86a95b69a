"""The types of output items that a Responses request takes back, beside those that the model itself writes.

By the openai SDK's `ResponseInputItemParam` (openai 3.57), which tests hold this to.
"""

from collections.abc import Mapping

from attrs import frozen

from ...reducer.values.json_values import Json, as_object, as_text
from .turns import JsonObject, copied

_NOT_SENT = frozenset({"created_by", "id", "parsed", "parsed_arguments"})
_FINAL = frozenset({"completed", "incomplete", "failed"})


@frozen
class ItemType:
    """What one type of item needs.

    Attributes:
        needs: the members without which it is refused.
        needs_id: whether its id is one of these.
        ran_here: whether the caller may have to run it, and to answer it.
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
    "tool_search_call": ItemType(("arguments",), needs_id=False, ran_here=True),
    "tool_search_output": ItemType(("tools",), needs_id=False),
    "web_search_call": ItemType(("action", "status"), needs_id=False),
}
"""Of a web search the SDK's type needs an id, and the API does not: OpenAI's own Codex sends none."""


def as_parameter(item: Mapping[str, Json], has_status: bool) -> JsonObject:
    """An item that is done as a request takes it, without its id.

    Servers leave some at `in_progress` or `generating`; what the API or its SDK adds to answers is not sent; and of the
    sources of a web search, those that are no pages have no place in a request.

    Args:
        item: as the provider sent it.
        has_status: whether its type needs a status.
    """
    made: JsonObject = {name: copied(member) for name, member in item.items() if name not in _NOT_SENT}
    if has_status or "status" in made:
        status = as_text(item.get("status"))
        made["status"] = status if status in _FINAL else "completed"
    action = made.get("action")
    if isinstance(action, dict) and isinstance(action.get("sources"), list):
        action["sources"] = [source for source in action["sources"] if as_object(source).get("type") == "url"]
    return made
