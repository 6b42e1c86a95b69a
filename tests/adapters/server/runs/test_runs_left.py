"""Runs that are left in the middle of something: no run is left to its lease, and exceptions leave as they are."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from streamfold import chat, responses
from streamfold.adapters.server import runs as runs_module
from streamfold.adapters.server.log import Lease, Log, SqliteLog
from streamfold.adapters.server.runs import Runs
from support.server.logged_runs import (
    CHAT,
    RESPONSES,
    Client,
    Listener,
    chat_chunks,
    given,
    messages_of,
    numbered_events,
    opener,
    then_silence,
)

pytestmark = pytest.mark.anyio
LONG = 1000.0
EVENTS = numbered_events(4)


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class StickyLog(SqliteLog):
    """A log that waits, after or before it did the one thing that a test names."""

    def __init__(self, path: Path, sticks: str, after: bool) -> None:
        super().__init__(path / "runs.db")
        self.sticks, self.after = sticks, after
        self.reached, self.over = anyio.Event(), anyio.Event()

    async def begin(self, *args: Any) -> Lease:
        return await self._stuck("begin", super().begin, *args)

    async def close(self, *args: Any) -> None:
        await self._stuck("close", super().close, *args)

    async def take_over(self, *args: Any) -> Lease | None:
        return await self._stuck("take_over", super().take_over, *args)

    async def restore(self, *args: Any) -> Any:
        return await self._stuck("restore", super().restore, *args)

    async def _stuck(self, name: str, call: Any, *args: Any) -> Any:
        if name != self.sticks:
            return await call(*args)
        self.sticks = ""
        done = await call(*args) if self.after else None
        self.reached.set()
        await anyio.sleep(0.2)
        done = done if self.after else await call(*args)
        self.over.set()
        return done


@pytest.mark.parametrize("after", [False, True], ids=["before it began", "after it began"])
async def test_a_run_whose_start_is_cancelled_is_cancelled(tmp_path: Path, after: bool) -> None:
    async with StickyLog(tmp_path, "begin", after) as log, Runs(log, lease=LONG) as runs:
        async with anyio.create_task_group() as group:
            group.start_soon(runs.start, "run", chat, CHAT, opener(then_silence(chat_chunks(1))))
            await log.reached.wait()
            group.cancel_scope.cancel()
        assert not log.over.is_set()  # nobody has waited for the log
        with anyio.fail_after(20):
            await log.over.wait()
            over = (await log.read("run", wait=20)).over
        assert over is not None
        assert over.result is not None
        assert over.result.outcome == "cancelled"


@pytest.mark.parametrize("after", [False, True], ids=["before it began", "after it began"])
async def test_a_log_that_hangs_holds_up_neither_a_cancel_nor_the_end(
    tmp_path: Path, after: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs_module, "LAST_WORDS", 0.05)

    class HangingLog(SqliteLog):
        async def begin(self, *args: Any) -> Lease:
            if after:
                await super().begin(*args)
            return await anyio.sleep_forever()

        async def take_over(self, *args: Any) -> Lease | None:
            if after:
                await super().take_over(*args)
            return await anyio.sleep_forever()

    async with HangingLog(tmp_path / "runs.db") as log:
        lease = await SqliteLog.begin(log, "orphan", chat.start(CHAT)[0], (), 0.0)
        with anyio.fail_after(20):
            async with Runs(log, lease=LONG) as runs:
                with anyio.move_on_after(0.05) as scope:
                    await runs.start("run", chat, CHAT, opener(then_silence(chat_chunks(1))))
            assert scope.cancelled_caught
        assert await log.renew([lease], LONG) == ((lease,) if after else ())


async def test_a_run_that_begins_while_its_block_is_left_is_over(tmp_path: Path) -> None:
    async with StickyLog(tmp_path, "begin", after=True) as log:
        raised: list[Exception] = []

        async def start(runs: Runs) -> None:
            try:
                await runs.start("run", chat, CHAT, opener(then_silence(chat_chunks(1))))
            except RuntimeError as error:
                raised.append(error)

        async with anyio.create_task_group() as group:
            async with Runs(log, lease=LONG) as runs:
                group.start_soon(start, runs)
                await log.reached.wait()
        assert [str(error) for error in raised] == ["the `async with` of the runs was left before this one had begun"]
        assert await log.status("run") == "cancelled"


@pytest.mark.parametrize("after", [False, True], ids=["before it was closed", "after it was closed"])
async def test_a_run_that_is_being_closed_is_closed(tmp_path: Path, after: bool) -> None:
    chunks = chat_chunks(3)
    async with StickyLog(tmp_path, "close", after) as log:
        async with Runs(log, lease=LONG) as runs:
            await runs.start("run", chat, CHAT, opener(given(chunks)))
            await log.reached.wait()
        assert await log.status("run") == "completed"
        assert [one.message for one in (await log.read("run")).logged] == messages_of(chat, CHAT, chunks)


async def orphan(log: Log) -> None:
    async with Runs(log, lease=LONG) as runs:
        await runs.start("run", responses, RESPONSES, opener(then_silence(EVENTS[:4])))
        await Listener().listen(runs, "run", most=1)


@pytest.mark.parametrize("sticks", ["take_over", "restore", "reopen"])
async def test_a_run_that_is_being_taken_over_is_given_back(tmp_path: Path, sticks: str) -> None:
    async with StickyLog(tmp_path, "", after=True) as log:
        await orphan(log)
        log.sticks = sticks

        async def reopen(run_id: str, state: Any) -> Any:
            log.reached.set()
            await anyio.sleep_forever()

        with anyio.fail_after(20):
            async with Runs(log, lease=LONG, reopen=reopen):
                await log.reached.wait()
        assert await log.orphans() == ("run",)
        listener = Listener()
        async with Runs(log, lease=LONG, reopen=_resumed) as runs:
            await listener.listen(runs, "run")
        assert listener.messages == messages_of(responses, RESPONSES, EVENTS)


async def _resumed(run_id: str, state: Any) -> AsyncIterator[Any]:
    return await Client(EVENTS).retrieve("resp_1", stream=True, starting_after=state.highest)


async def test_an_exception_leaves_the_block_as_it_is(tmp_path: Path) -> None:
    error = KeyError("mine")
    with pytest.raises(KeyError) as raised:
        async with SqliteLog(tmp_path / "runs.db") as log, Runs(log) as runs:
            await runs.start("run", chat, CHAT, opener(then_silence(chat_chunks(1))))
            raise error
    assert raised.value is error
