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


@pytest.mark.parametrize(("call", "status"), [(None, "success"), (7, "error"), ("c1", "fine"), ("c1", None)])
def test_a_return_that_could_not_be_read_again_is_refused(call: Any, status: Any) -> None:
    with pytest.raises(SnapshotError, match="it has no call, or no status: ToolReturn"):
        dumps(ToolReturn(call, "rain", status))


def nested(depth: int) -> Any:
    output: Any = []
    for _ in range(depth):
        output = [output]
    return output


@pytest.mark.parametrize(
    "output",
    [nested(100_000), {"a": nested(100_000), "b": 1}, object(), 10**5000, float("nan")],
    ids=["deep", "deep inside", "object", "long", "nan"],
)
def test_whatever_a_tool_gives_can_be_read_again(output: Any) -> None:
    returned = loads(dumps(ToolReturn("c1", output)))
    assert (returned.tool_call_id, returned.status) == ("c1", "success")
    assert loads(dumps(returned)) == returned
