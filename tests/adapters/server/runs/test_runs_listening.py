"""Runs in one process: they go on by themselves, and whoever listens hears all of them."""

from collections.abc import AsyncIterator
from pathlib import Path
from random import Random
from typing import Any

import anyio
import pytest
from streamfold import Cancelled, StopReason, chat, inner_thoughts, responses
from streamfold.adapters.driver import BEAT
from streamfold.adapters.errors import CursorError, RunExists, RunUnknown, SnapshotError
from streamfold.adapters.server.log import Logged, Over, SqliteLog
from streamfold.adapters.server.log.joined import joined
from streamfold.adapters.server.runs import Runs
from support.server.logged_runs import (
    CHAT,
    MESSAGE_ID,
    RESPONSES,
    Listener,
    chat_chunks,
    given,
    messages_of,
    numbered_events,
    opener,
    then_silence,
)

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def log(tmp_path: Path) -> AsyncIterator[SqliteLog]:
    async with SqliteLog(tmp_path / "runs.db") as log:
        yield log


async def heard_of(runs: Runs, run_id: str) -> Listener:
    listener = Listener()
    with anyio.fail_after(20):
        await listener.listen(runs, run_id)
    return listener


WIRES = [
    (chat, CHAT, chat_chunks(30)),
    (inner_thoughts, inner_thoughts.Config(message_id=MESSAGE_ID), chat_chunks(30)),
    (responses, RESPONSES, numbered_events(30)),
]


@pytest.mark.parametrize(("machine", "config", "chunks"), WIRES, ids=("chat", "inner_thoughts", "responses"))
async def test_a_listener_hears_what_the_fold_says(
    log: SqliteLog, machine: Any, config: Any, chunks: list[Any]
) -> None:
    async with Runs(log, every=7) as runs:
        await runs.start("run", machine, config, opener(given(chunks)))
        listener = await heard_of(runs, "run")
    assert listener.messages == messages_of(machine, config, chunks)
    assert listener.over is not None
    assert listener.over.status == "completed"
    assert listener.over.result is not None
    assert listener.over.result.text == "".join(f"word {at} " for at in range(30))


async def test_listeners_leave_and_come_back_and_the_run_goes_on(log: SqliteLog) -> None:
    chunks = chat_chunks(60)
    listeners = [Listener() for _ in range(5)]

    async def come_and_go(runs: Runs, listener: Listener, most: int) -> None:
        while listener.over is None:
            await listener.listen(runs, "run", most)

    async with Runs(log) as runs:
        await runs.start("run", chat, CHAT, opener(given(chunks, 0.002)))
        with anyio.fail_after(20):
            async with anyio.create_task_group() as group:
                for at, listener in enumerate(listeners):
                    group.start_soon(come_and_go, runs, listener, at + 1)
        late = await heard_of(runs, "run")
    expected = messages_of(chat, CHAT, chunks)
    assert [listener.messages for listener in (*listeners, late)] == [expected] * 6


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.deep
async def test_the_log_is_trimmed_under_its_readers(log: SqliteLog, seed: int) -> None:
    random, chunks = Random(seed), numbered_events(80)
    listeners = [Listener() for _ in range(6)]

    async def come_and_go(runs: Runs, listener: Listener, most: int, pause: float) -> None:
        while listener.over is None:
            await listener.listen(runs, "run", most, pause)
            await anyio.sleep(5 * pause)

    async def trim(first: Listener) -> None:
        while first.over is None:
            await anyio.sleep(0.01)
            if first.cursor is not None:
                await log.trim("run", first.cursor)

    async with Runs(log, every=7) as runs:
        await runs.start("run", responses, RESPONSES, opener(given(chunks, 0.002)))
        with anyio.fail_after(60):
            async with anyio.create_task_group() as group:
                for listener in listeners:
                    group.start_soon(come_and_go, runs, listener, random.choice([1, 3, 1000]), random.choice([0, 0.01]))
                group.start_soon(trim, listeners[0])
        late = await heard_of(runs, "run")
    expected = messages_of(responses, RESPONSES, chunks)
    assert listeners[0].gaps == 0
    assert late.gaps == 1
    for listener in (*listeners, late):
        assert joined(listener.messages) == joined(expected)
        if not listener.gaps:
            assert listener.messages == expected


async def test_a_gap_is_told_once_and_the_tail_comes_after_it(log: SqliteLog) -> None:
    chunks, more = chat_chunks(6), anyio.Event()

    async def halting() -> AsyncIterator[Any]:
        for chunk in chunks[:3]:
            yield chunk
        await more.wait()
        for chunk in chunks[3:]:
            yield chunk

    async with Runs(log) as runs:
        await runs.start("run", chat, CHAT, opener(halting()))
        first, listener = Listener(), Listener()
        await first.listen(runs, "run", most=3)
        assert first.cursor is not None
        await log.trim("run", first.cursor)
        with anyio.fail_after(20):
            async with anyio.create_task_group() as group:
                group.start_soon(listener.listen, runs, "run")
                while not listener.gaps:
                    await anyio.sleep(0.01)
                assert len(listener.messages) == 1
                more.set()
    assert listener.gaps == 1
    expected = messages_of(chat, CHAT, chunks)
    assert listener.messages == [*joined(expected[:3]), *expected[3:]]


async def test_a_cancel_ends_a_silent_run(log: SqliteLog) -> None:
    chunks = chat_chunks(5)[:5]
    async with Runs(log) as runs:
        await runs.start("run", chat, CHAT, opener(then_silence(chunks)))
        first = Listener()
        await first.listen(runs, "run", most=5)
        assert await runs.cancel("run") == "open"
        listener = await heard_of(runs, "run")
        assert await runs.cancel("run") == "cancelled"
    assert listener.messages == messages_of(chat, CHAT, chunks, Cancelled())
    assert listener.over is not None
    assert listener.over.status == "cancelled"


async def test_a_cancel_ends_a_run_that_is_being_opened(log: SqliteLog) -> None:
    async def never() -> AsyncIterator[Any]:
        await anyio.sleep_forever()
        return given(())

    async with Runs(log) as runs:
        await runs.start("run", chat, CHAT, never)
        await runs.cancel("run")
        listener = await heard_of(runs, "run")
    assert [type(message) for message in listener.messages] == [StopReason]
    assert listener.over is not None
    assert listener.over.status == "cancelled"


async def test_a_listener_that_leaves_may_stop_the_run(log: SqliteLog) -> None:
    async with Runs(log) as runs:
        for stop in (False, True):
            run_id = f"run-{stop}"
            await runs.start(run_id, chat, CHAT, opener(then_silence(chat_chunks(5)[:5])))
            hearing = runs.listen(run_id, stop_on_leave=stop)
            await anext(hearing)
            await hearing.aclose()
        assert (await heard_of(runs, "run-True")).over == (await log.read("run-True")).over
        assert await log.status("run-True") == "cancelled"
        assert await log.status("run-False") == "open"


async def test_who_heard_the_end_stops_nothing(log: SqliteLog) -> None:
    async with Runs(log) as runs:
        await runs.start("run", chat, CHAT, opener(given(chat_chunks(2))))
        heard = [one async for one in runs.listen("run", stop_on_leave=True)]
        assert isinstance(heard[-1], Over)
        assert await log.status("run") == "completed"


async def test_an_upstream_that_fails_ends_the_run_with_what_had_come(log: SqliteLog) -> None:
    async def broken() -> AsyncIterator[Any]:
        for chunk in chat_chunks(3)[:3]:
            yield chunk
        raise ConnectionError("gone")

    async def refused() -> AsyncIterator[Any]:
        raise ConnectionError("no")

    async def nothing() -> Any:
        return 7

    async with Runs(log) as runs:
        await runs.start("broken", chat, CHAT, opener(broken()))
        await runs.start("refused", chat, CHAT, refused)
        await runs.start("nothing", chat, CHAT, nothing)
        listeners = [await heard_of(runs, run_id) for run_id in ("broken", "refused", "nothing")]
    assert [type(listener.messages[-1]) for listener in listeners] == [StopReason] * 3
    assert [len(listener.messages) for listener in listeners] == [4, 1, 1]
    for listener, reason in zip(listeners, ("gone", "no", "stream"), strict=True):
        assert listener.over is not None
        assert listener.over.status == "failed"
        assert listener.over.result is not None
        assert listener.over.result.error is not None
        assert reason in listener.over.result.error.message


async def test_beats_come_where_nothing_else_does(log: SqliteLog) -> None:
    async with Runs(log) as runs:
        await runs.start("run", chat, CHAT, opener(then_silence(chat_chunks(1)[:1])))
        hearing = runs.listen("run", beat=0.05)
        with anyio.fail_after(20):
            heard = [await anext(hearing) for _ in range(3)]
        await hearing.aclose()
    assert isinstance(heard[0], Logged)
    assert heard[1:] == [BEAT, BEAT]


async def test_what_cannot_be_is_refused(log: SqliteLog) -> None:
    class Machine:
        def start(self, config: Any) -> Any:
            return object(), ()

        step = finish = result = start

    async with Runs(log) as runs:
        await runs.start("run", chat, CHAT, opener(given(chat_chunks(1))))
        with pytest.raises(RunExists):
            await runs.start("run", chat, CHAT, opener(given(())))
        with pytest.raises(TypeError, match=r"config must be chat\.Config"):
            await runs.start("other", chat, RESPONSES, opener(given(())))
        with pytest.raises(SnapshotError):
            await runs.start("other", Machine(), None, opener(given(())))
        with pytest.raises(RunUnknown):
            await runs.cancel("other")
        with pytest.raises(RunUnknown):
            await anext(runs.listen("other"))
        with pytest.raises(CursorError):
            await anext(runs.listen("run", "nonsense"))
        with pytest.raises(ValueError, match="beat must be above 0"):
            await anext(runs.listen("run", beat=0))
    with pytest.raises(RuntimeError, match="inside their `async with`"):
        await runs.start("other", chat, CHAT, opener(given(())))


@pytest.mark.parametrize("wrong", [{"lease": 0}, {"poll": -1.0}, {"every": 0}, {"lease": "long"}])
async def test_settings_are_checked(log: SqliteLog, wrong: dict[str, Any]) -> None:
    with pytest.raises((TypeError, ValueError)):
        Runs(log, **wrong)
