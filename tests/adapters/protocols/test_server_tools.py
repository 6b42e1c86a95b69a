"""The tools that the provider runs: each begins once and is over once, whatever the wire sends of it."""

from typing import Any

import pytest
from streamfold.adapters.protocols.acts import ServerToolOver, ServerToolProgress
from streamfold.adapters.protocols.server_tools import ServerTool, over, progress
from streamfold.reducer.messages import ServerToolMessage
from support.law_checks import MESSAGE_ID


def said(
    status: str | None = None, delta: Any = None, item: Any = None, item_id: str | None = "i"
) -> ServerToolMessage:
    return ServerToolMessage(MESSAGE_ID, "otid-1", None, None, "search_call", item_id, status, delta, item)


def test_a_tool_begins_is_somewhere_and_is_over() -> None:
    tool, acts = progress(ServerTool("i", "search_call"), said("in_progress", item={"id": "i"}))
    assert acts == (ServerToolProgress("i", "search_call", "in_progress", None),)
    tool, acts = progress(tool, said(delta="piece"))
    assert acts == (ServerToolProgress("i", "search_call", None, "piece"),)
    tool, acts = progress(tool, said("completed"))
    assert acts == (ServerToolProgress("i", "search_call", "completed", None),)
    tool, acts = progress(tool, said("completed", item={"id": "i", "status": "completed"}))
    assert acts == (ServerToolOver("i", "search_call", {"id": "i", "status": "completed"}),)
    assert progress(tool, said("completed", item={"id": "other"})) == (tool, ())


@pytest.mark.parametrize(
    ("item", "error"),
    [
        (None, "The tool did not finish."),
        ({}, None),
        ({"status": "incomplete"}, "The tool did not finish."),
        ({"status": "completed"}, None),
        ({"status": "failed"}, "The tool failed."),
        ({"status": "in_progress"}, "The tool did not finish."),
        ({"error": "no such tool"}, "no such tool"),
        ({"error": {"message": "no such tool"}}, "no such tool"),
        ({"error": {"code": 1}}, "The tool failed."),
    ],
)
def test_its_item_says_whether_it_failed(item: Any, error: str | None) -> None:
    assert over(ServerTool("i", "search_call", item=item))[1] == (ServerToolOver("i", "search_call", item, error),)
