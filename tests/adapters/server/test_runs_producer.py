"""The producer of a run, before a log that is slow, fails, or refuses."""

import logging
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from streamfold import Cancelled, chat
from streamfold.adapters.server.log import Batch, Lease, SqliteLog
from streamfold.adapters.server.runs_call import Opener, drive_call
from streamfold.adapters.server.runs_ends import Closing, closing
from streamfold.adapters.server.runs_producer import Producer, Settings, Work
from streamfold.reducer.messages import Message
from support.server.logged_runs import CHAT, chat_chunks, given, messages_of, opener, then_silence

pytestmark = pytest.mark.anyio
CHUNKS = chat_chunks(40)


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class SlowLog(SqliteLog):
    """A log whose appends take a while, and do what a test says before and after."""

    def __init__(self, path: Path, fails: int = 0, after_it: bool = False) -> None:
        super().__init__(path / "runs.db")
        self.batches: list[Batch] = []
        self.fails = fails
        self.after_it = after_it

    async def append(self, lease: Lease, batch: Batch) -> None:
        self.batches.append(batch)
        await anyio.sleep(0.02)
        if self.after_it or not self.fails:
            await super().append(lease, batch)
        if self.fails:
            self.fails -= 1
            raise OSError("the disk is full")


async def producer_of(log: SqliteLog, lease: float = 1000.0) -> Producer:
    state, messages = chat.start(CHAT)
    held = await log.begin("run", state, messages, lease)
    return Producer(log, held, state, len(messages), 0, Settings(lease, 10, {}))


def driving(opener: Opener) -> Work:
    """One model call."""

    async def work(producer: Producer) -> Closing:
        over = await drive_call(producer.journal, opener, producer.stop, {}, "run")
        return Closing(over.messages, over.result)

    return work


async def logged(log: SqliteLog) -> list[Message]:
    return [one.message for one in (await log.read("run")).logged]


async def test_what_comes_during_an_append_is_the_next_batch(tmp_path: Path) -> None:
    async with SlowLog(tmp_path) as log:
        await (await producer_of(log)).follow(driving(opener(given(CHUNKS, 0.002))))
        assert await logged(log) == messages_of(chat, CHAT, CHUNKS)
    assert 1 < len(log.batches) < len(CHUNKS) / 2
    assert [chunk for batch in log.batches for chunk in batch.chunks] == CHUNKS


@pytest.mark.parametrize("after_it", [False, True], ids=("it was not written", "it was written"))
async def test_an_append_that_fails_is_tried_again(tmp_path: Path, after_it: bool) -> None:
    async with SlowLog(tmp_path, 2, after_it) as log:
        await (await producer_of(log)).follow(driving(opener(given(CHUNKS))))
        assert await logged(log) == messages_of(chat, CHAT, CHUNKS)
        assert await log.status("run") == "completed"


async def test_a_log_that_fails_for_good_ends_the_run(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with SlowLog(tmp_path, 10_000) as log:
        with anyio.fail_after(20), caplog.at_level(logging.ERROR, "streamfold"):
            await (await producer_of(log, 0.1)).follow(driving(opener(given(CHUNKS))))
        assert await log.status("run") == "failed"
        assert await logged(log) == []
        over = (await log.read("run")).over
    assert "the disk is full" in caplog.text
    assert over is not None
    assert over.result is not None
    assert (over.result.outcome, over.result.text[:7]) == ("failed", "word 0 ")
    assert over.result.error is not None


async def test_a_producer_whose_lease_is_lost_writes_nothing(tmp_path: Path) -> None:
    async with SlowLog(tmp_path) as log:
        producer = await producer_of(log, 0.0)
        lease = await log.take_over("run", 1000)
        assert lease is not None
        with anyio.fail_after(20):
            await producer.follow(driving(opener(then_silence(CHUNKS[:5]))))
        assert await logged(log) == []
        assert await log.status("run") == "open"
        assert await log.renew([lease], 1000) == ()


@pytest.mark.parametrize("seconds", [0.005, 0.03, 0.05, 0.1])
async def test_a_producer_torn_off_leaves_a_run_that_can_go_on(tmp_path: Path, seconds: float) -> None:
    async with SlowLog(tmp_path) as log:
        producer = await producer_of(log)
        with anyio.move_on_after(seconds):
            await producer.follow(driving(opener(then_silence(CHUNKS[:30]))))
        lease = await log.take_over("run", 1000)
        assert lease is not None
        restored = await log.restore(lease)
        state, number = restored.checkpoint.state, restored.checkpoint.number
        for chunk in restored.chunks:
            state, messages = chat.step(state, chunk)
            number += len(messages)
        folded = CHUNKS[: restored.checkpoint.place + len(restored.chunks)]
        assert await logged(log) == messages_of(chat, CHAT, folded)[:number]
        assert number == restored.number == len(folded)


async def test_an_end_without_an_upstream(tmp_path: Path) -> None:
    async with SlowLog(tmp_path) as log:
        producer = await producer_of(log)
        await producer.close(closing(producer.journal.state, Cancelled()))
        assert await log.status("run") == "cancelled"
        assert await logged(log) == messages_of(chat, CHAT, [], Cancelled())


async def test_a_closed_run_is_closed_once(tmp_path: Path) -> None:
    closes: list[Any] = []

    class ClosingLog(SqliteLog):
        async def close(self, *args: Any) -> None:
            await super().close(*args)
            closes.append(args)
            if len(closes) == 1:
                raise OSError("the answer was lost")

    async def one(chunks: list[Any]) -> AsyncIterator[Any]:
        for chunk in chunks:
            yield chunk

    async with ClosingLog(tmp_path / "runs.db") as log:
        await (await producer_of(log)).follow(driving(opener(one(CHUNKS))))
        assert await logged(log) == messages_of(chat, CHAT, CHUNKS)
    assert len(closes) == 2
