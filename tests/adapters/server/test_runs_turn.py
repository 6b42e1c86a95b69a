"""A run that is a turn: model calls and what tools gave, in one log, and to its end whatever happens."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest
from streamfold import Ended, Result, chat, fold, responses
from streamfold.adapters.errors import SnapshotError
from streamfold.adapters.protocols.turn import ToolReturn
from streamfold.adapters.server.log import Log, SqliteLog
from streamfold.adapters.server.runs import AgentTurn, Runs
from streamfold.adapters.wire import decoder
from streamfold.reducer.messages import AssistantMessage, StopReason, ToolCallClosed
from support import chat_shapes as shapes
from support.adapters.upstreams import Upstream
from support.server.logged_runs import CHAT, Listener, chat_chunks, opener, then_silence

pytestmark = pytest.mark.anyio
ASKS = [shapes.calls(shapes.call(0, "c1", "weather", "{}")), shapes.finished("tool_calls"), shapes.DONE]
SAYS = [shapes.delta(content="It "), shapes.delta(content="rains."), shapes.finished("stop"), shapes.DONE]
RAIN = ToolReturn("c1", "Rain.")


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def log(tmp_path: Path) -> AsyncIterator[SqliteLog]:
    async with SqliteLog(tmp_path / "runs.db") as log:
        yield log


def config(number: int) -> Any:
    return chat.Config(message_id=f"message-00000000-0000-4000-8000-00000000{number:02}00", run_id="run")


def opened(raws: Any, then: Any = None) -> Callable[[], Any]:
    async def open_it() -> Any:
        return Upstream(raws, then)

    return open_it


async def agent(turn: AgentTurn) -> None:
    """The model calls a tool, and then answers."""
    first = await turn.call(chat, config(1), opened(ASKS))
    assert [call.name for call in first.tool_calls] == ["weather"]
    await turn.say(RAIN)
    last = await turn.call(chat, config(2), opened(SAYS))
    assert turn.result == last


async def heard(log: Log, loop: Any, **options: Any) -> Listener:
    listener = Listener()
    with anyio.fail_after(20):
        async with Runs(log, **options) as runs:
            await runs.start_turn("run", loop)
            await listener.listen(runs, "run")
    return listener


def kinds(listener: Listener) -> list[str]:
    return [type(one).__name__ for one in listener.messages]


@pytest.mark.parametrize("every", [1, 1000])
async def test_a_turn_is_one_run(log: SqliteLog, every: int) -> None:
    listener = await heard(log, agent, every=every)
    (_, first), (_, last) = (
        fold(chat, config(number), map(decoder("chat"), raws), Ended()) for number, raws in ((1, ASKS), (2, SAYS))
    )
    result = listener.messages[len(first) + 1]
    assert isinstance(result, Result)
    assert [call.id for call in result.tool_calls] == ["c1"]
    assert listener.messages == [*first, RAIN, result, *last]
    assert listener.over is not None
    assert listener.over.result is not None
    assert (listener.over.status, listener.over.result.text) == ("completed", "It rains.")


async def test_a_turn_that_calls_no_model_is_over(log: SqliteLog) -> None:
    async def loop(turn: AgentTurn) -> None:
        await turn.say(RAIN)

    listener = await heard(log, loop)
    assert listener.messages == [RAIN]
    assert listener.over is not None
    assert listener.over.status == "completed"


async def test_calls_of_several_wires_are_in_one_turn(log: SqliteLog) -> None:
    async def loop(turn: AgentTurn) -> None:
        await turn.call(chat, config(1), opened(SAYS))
        await turn.call(responses, responses.Config(message_id=config(2).message_id), opened([]))

    listener = await heard(log, loop, every=1)
    assert listener.over is not None
    assert listener.over.status == "truncated"


async def test_a_loop_that_raises_fails_its_run_with_all_that_had_arrived(
    log: SqliteLog, caplog: pytest.LogCaptureFixture
) -> None:
    async def loop(turn: AgentTurn) -> None:
        await turn.call(chat, config(1), opened(ASKS))
        await turn.say(RAIN)
        raise KeyError("a defect of the loop")

    with caplog.at_level(logging.ERROR, "streamfold"):
        listener = await heard(log, loop)
    assert kinds(listener)[-2:] == ["ToolReturn", "Result"]
    assert listener.over is not None
    assert listener.over.result is not None
    assert (listener.over.status, listener.over.result.outcome) == ("failed", "failed")
    assert "a defect of the loop" in caplog.text


async def test_a_failed_upstream_is_a_result_and_may_be_tried_again(log: SqliteLog) -> None:
    async def loop(turn: AgentTurn) -> None:
        failed = await turn.call(chat, config(1), opened(SAYS[:1], ConnectionError("gone")))
        assert failed.outcome == "failed"
        assert (await turn.call(chat, config(2), opened(SAYS))).outcome == "completed"

    listener = await heard(log, loop)
    text = "".join(one.content for one in listener.messages if isinstance(one, AssistantMessage))
    assert text == "It It rains."
    assert sum(isinstance(one, StopReason) for one in listener.messages) == 1
    assert listener.over is not None
    assert listener.over.status == "completed"


async def test_a_cancel_ends_the_call_and_tells_the_loop(log: SqliteLog) -> None:
    told: list[Any] = []

    async def loop(turn: AgentTurn) -> None:
        told.append((await turn.call(chat, CHAT, opener(then_silence(chat_chunks(2)[:2])))).outcome)
        told.append(turn.is_cancelled)
        told.append((await turn.call(chat, config(2), opened(SAYS))).outcome)

    listener = Listener()
    async with Runs(log) as runs:
        await runs.start_turn("run", loop)
        await listener.listen(runs, "run", most=2)
        await runs.cancel("run")
        with anyio.fail_after(20):
            await listener.listen(runs, "run")
    assert told == ["cancelled", True, "cancelled"]
    assert listener.over is not None
    assert listener.over.status == "cancelled"


async def test_a_cancel_between_two_calls_cancels_the_loop(log: SqliteLog) -> None:
    left: list[bool] = []

    async def loop(turn: AgentTurn) -> None:
        await turn.call(chat, config(1), opened(ASKS))
        try:
            await anyio.sleep_forever()  # a tool
        finally:
            left.append(turn.is_cancelled)

    listener = Listener()
    async with Runs(log) as runs:
        await runs.start_turn("run", loop)
        while not any(isinstance(one, ToolCallClosed) for one in listener.messages):
            await listener.listen(runs, "run", most=1)
        await anyio.sleep(0.05)
        await runs.cancel("run")
        with anyio.fail_after(20):
            await listener.listen(runs, "run")
    assert left == [True]
    assert isinstance(listener.messages[-1], Result)
    assert listener.over is not None
    assert (listener.over.status, listener.over.result) == ("cancelled", Result(outcome="cancelled"))


async def test_what_a_loop_cannot_do_is_refused(log: SqliteLog) -> None:
    async def loop(turn: AgentTurn) -> None:
        wrong: Any = "a text"
        with pytest.raises(TypeError, match="as a `ToolReturn`, not 'a text'"):
            await turn.say(wrong)
        with pytest.raises(TypeError, match="config must be"):
            await turn.call(responses, config(1), opened(SAYS))

        async def meanwhile() -> Any:
            with pytest.raises(RuntimeError, match="one after the other"):
                await turn.call(chat, config(2), opened(SAYS))
            return Upstream(SAYS)

        await turn.call(chat, config(1), meanwhile)

    listener = await heard(log, loop)
    assert listener.over is not None
    assert listener.over.status == "completed"


async def test_a_call_that_the_loop_gives_up_is_over_before_the_next(log: SqliteLog) -> None:
    async def loop(turn: AgentTurn) -> None:
        await turn.call(chat, config(1), opened(ASKS))
        await turn.say(RAIN)
        with anyio.move_on_after(0.1):
            await turn.call(chat, config(2), opener(then_silence(chat_chunks(2)[:1])))
        assert turn.result is not None
        assert (turn.result.outcome, turn.result.text, turn.unanswered) == ("cancelled", "word 0 ", frozenset())
        await turn.call(chat, config(3), opened(SAYS))

    listener = await heard(log, loop)
    results = [one for one in listener.messages if isinstance(one, Result)]
    assert [one.outcome for one in results] == ["completed", "cancelled"]
    assert sum(isinstance(one, StopReason) for one in listener.messages) == 1
    assert listener.over is not None
    assert listener.over.status == "completed"


@pytest.mark.parametrize(("raises", "status"), [(False, "cancelled"), (True, "failed")])
async def test_a_loop_that_ends_with_a_call_that_it_gave_up(log: SqliteLog, raises: bool, status: str) -> None:
    async def loop(turn: AgentTurn) -> None:
        with anyio.move_on_after(0.1):
            await turn.call(chat, config(1), opener(then_silence(chat_chunks(2)[:1])))
        if raises:
            assert turn.result is not None
            raise TimeoutError("the model is slow")

    listener = await heard(log, loop)
    assert kinds(listener)[:2] == ["AssistantMessage", "StopReason"]
    assert listener.over is not None
    assert listener.over.status == status


async def test_what_no_log_could_keep_is_refused_where_it_is_said(log: SqliteLog) -> None:
    async def loop(turn: AgentTurn) -> None:
        wrong: Any = "fine"
        with pytest.raises(SnapshotError, match="no status"):
            await turn.say(ToolReturn("c1", "rain", wrong))

    listener = await heard(log, loop)
    assert (listener.messages, listener.over and listener.over.status) == ([], "completed")


async def test_a_loop_says_that_it_would_have_gone_on(log: SqliteLog) -> None:
    async def loop(turn: AgentTurn) -> Any:
        await turn.call(chat, config(1), opened(ASKS))
        await turn.say(RAIN)
        return "max_steps"

    listener = await heard(log, loop)
    assert listener.over is not None
    assert listener.over.result is not None
    assert (listener.over.status, listener.over.result.finish_reason) == ("completed", "max_steps")
    assert [call.id for call in listener.over.result.tool_calls] == ["c1"]


async def test_a_failure_is_told_before_a_limit(log: SqliteLog) -> None:
    async def loop(turn: AgentTurn) -> Any:
        await turn.call(chat, config(1), opened(SAYS[:1], ConnectionError("gone")))
        return "max_steps"

    listener = await heard(log, loop)
    assert listener.over is not None
    assert listener.over.result is not None
    assert (listener.over.status, listener.over.result.finish_reason) == ("failed", None)


async def test_a_loop_that_gives_something_else_fails(log: SqliteLog, caplog: pytest.LogCaptureFixture) -> None:
    async def loop(turn: AgentTurn) -> Any:
        return "max_step"

    listener = await heard(log, loop)
    assert listener.over is not None
    assert listener.over.status == "failed"
    assert "a loop gives None or 'max_steps', not 'max_step'" in caplog.text


async def cancelled_elsewhere() -> None:
    """What a tool meets that waits for a task of asyncio's which somebody cancelled."""
    task = asyncio.ensure_future(asyncio.sleep(60))
    task.cancel()
    await task


async def torn_tool(turn: AgentTurn) -> None:
    await turn.call(chat, config(1), opened(ASKS))
    await cancelled_elsewhere()


async def torn_opener(turn: AgentTurn) -> None:
    async def opener() -> Any:
        await cancelled_elsewhere()

    assert (await turn.call(chat, config(1), opener)).outcome == "failed"


async def torn_stream(turn: AgentTurn) -> None:
    async def stream() -> AsyncIterator[Any]:
        yield SAYS[0]
        await cancelled_elsewhere()

    assert (await turn.call(chat, config(1), opener(stream()))).outcome == "failed"


@pytest.mark.parametrize("anyio_backend", ["asyncio"], indirect=True)
@pytest.mark.parametrize("loop", [torn_tool, torn_opener, torn_stream])
async def test_what_is_cancelled_elsewhere_fails_its_run_and_no_other(log: SqliteLog, loop: Any) -> None:
    listener, other = Listener(), Listener()
    with anyio.fail_after(20):
        async with Runs(log, adopts=False) as runs:
            await runs.start("other", chat, CHAT, opener(then_silence(chat_chunks(2)[:1])))
            await runs.start_turn("run", loop)
            await listener.listen(runs, "run")
            assert await runs.cancel("other") == "open"
            await other.listen(runs, "other")
    assert listener.over is not None
    assert other.over is not None
    assert (listener.over.status, other.over.status) == ("failed", "cancelled")


@pytest.mark.parametrize("raises", [False, True])
async def test_a_turn_whose_loop_has_ended_takes_no_more(log: SqliteLog, raises: bool) -> None:
    left: list[AgentTurn] = []

    async def loop(turn: AgentTurn) -> None:
        left.append(turn)
        if raises:
            raise KeyError("a defect of the loop")

    listener = await heard(log, loop)
    with pytest.raises(RuntimeError, match="has ended"):
        await left[0].say(RAIN)
    with pytest.raises(RuntimeError, match="has ended"):
        await left[0].call(chat, config(2), opened(SAYS))
    assert listener.messages == []


@pytest.mark.parametrize("anyio_backend", ["asyncio"], indirect=True)
async def test_a_loop_that_leaves_its_call_to_a_task_fails(log: SqliteLog, caplog: pytest.LogCaptureFixture) -> None:
    left: list[Any] = []

    async def loop(turn: AgentTurn) -> None:
        calling = asyncio.ensure_future(turn.call(chat, config(1), opener(then_silence(chat_chunks(2)[:1]))))
        await asyncio.sleep(0.05)
        left.append(calling)

    listener = await heard(log, loop)
    assert (await left[0]).outcome == "cancelled"
    assert listener.over is not None
    assert listener.over.status == "failed"
    assert "the loop ended while a model call of its turn went on" in caplog.text
