"""A turn whose process died: another ends it, with all that had arrived, since nobody else has its loop."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from streamfold import Result, chat
from streamfold.adapters.protocols.turn import ToolReturn
from streamfold.adapters.server.log import SqliteLog
from streamfold.adapters.server.runs import AgentTurn, Runs
from support.server.logged_runs import CHAT, Listener, chat_chunks, given, opener, then_silence

pytestmark = pytest.mark.anyio
SECOND = chat.Config(message_id="message-00000000-0000-4000-8000-000000000200")
RETURNED = ToolReturn("c1", "rain")
GONE = "the process that produced this run is gone, and with it the loop that made its model calls"


@pytest.fixture(params=["asyncio", pytest.param("trio", marks=pytest.mark.deep)])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def log(tmp_path: Path) -> AsyncIterator[SqliteLog]:
    async with SqliteLog(tmp_path / "runs.db") as log:
        yield log


async def before_its_calls(_: AgentTurn) -> None:
    await anyio.sleep_forever()


async def in_its_first_call(turn: AgentTurn) -> None:
    await turn.call(chat, CHAT, opener(then_silence(chat_chunks(3)[:3])))


async def among_its_tools(turn: AgentTurn) -> None:
    await turn.call(chat, CHAT, opener(given(chat_chunks(3))))
    await turn.say(RETURNED)
    await anyio.sleep_forever()


async def in_its_second_call(turn: AgentTurn) -> None:
    await turn.call(chat, CHAT, opener(given(chat_chunks(3))))
    await turn.say(RETURNED)
    await turn.call(chat, SECOND, opener(then_silence(chat_chunks(2)[:2])))


@pytest.mark.parametrize("every", [1, 1000])
@pytest.mark.parametrize("cancelled", [False, True])
@pytest.mark.parametrize(
    ("loop", "said"),
    [
        (before_its_calls, []),
        (in_its_first_call, ["AssistantMessage"] * 3 + ["StopReason"]),
        (among_its_tools, ["AssistantMessage"] * 3 + ["ToolReturn", "Result"]),
        (
            in_its_second_call,
            ["AssistantMessage"] * 3 + ["ToolReturn", "Result"] + ["AssistantMessage"] * 2 + ["StopReason"],
        ),
    ],
)
async def test_a_turn_without_its_loop_ends_with_all_that_had_arrived(
    log: SqliteLog, loop: Any, said: list[str], cancelled: bool, every: int
) -> None:
    async with Runs(log, every=every) as runs:  # which leaves the run to the next
        await runs.start_turn("run", loop)
        await anyio.sleep(0.1)
    if cancelled:
        await log.cancel("run")
    there = [one.message for one in (await log.read("run")).logged]
    listener = Listener()
    with anyio.fail_after(20):
        async with Runs(log, lease=0.3) as runs:
            await listener.listen(runs, "run")
    assert [type(one).__name__ for one in listener.messages] == said
    assert listener.messages[: len(there)] == there
    assert listener.over is not None
    assert listener.over.status == ("cancelled" if cancelled else "failed")
    result = listener.over.result
    assert isinstance(result, Result)
    assert result.outcome == listener.over.status
    assert (result.error is None) if cancelled else (result.error is not None and GONE in result.error.message)
