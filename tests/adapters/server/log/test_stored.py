"""What a log keeps as text: it comes back as it was, or is refused."""

from typing import Any

import pytest
from streamfold import AssistantMessage, Result, chat
from streamfold.adapters.errors import SnapshotError
from streamfold.adapters.protocols.turn import ToolReturn
from streamfold.adapters.server.log import TurnState, dumps, loads
from support.server.logged_runs import CHAT, said


@pytest.mark.parametrize(
    "value",
    [
        AssistantMessage("message-1", "message-2", None, None, content="é\ud83d"),
        Result(outcome="completed", finish_reason="stop"),
        chat.step(chat.start(CHAT)[0], said("a"))[0],
        TurnState(None),
        TurnState(chat.step(chat.start(CHAT)[0], said("a"))[0]),
        ToolReturn("c1", "rain é\n"),
        ToolReturn("c1", ("Oslo", 1, None), "error"),
        ToolReturn("", None, "denied"),
    ],
)
def test_what_is_stored_comes_back(value: Any) -> None:
    text = dumps(value)
    assert text.isascii()
    assert "\n" not in text
    assert loads(text) == loads(text.encode()) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        '{"turn":7}',
        '{"turn":',
        '{"tool_return":',
        '{"tool_return":7}',
        '{"tool_return":["c1","success"]}',
        '{"tool_return":[1,"success","x"]}',
        '{"tool_return":["c1","fine","x"]}',
    ],
)
def test_what_nothing_was_stored_as_is_refused(text: str) -> None:
    with pytest.raises(SnapshotError):
        loads(text)


def test_what_no_run_says_is_refused() -> None:
    with pytest.raises(SnapshotError):
        dumps("a text")
