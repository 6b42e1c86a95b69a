"""Runs whose producer is gone: another goes on where it was, or ends them with all that had arrived."""

import logging
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import anyio
import pytest
from streamfold import Cancelled, Ended, Failed, chat, responses
from streamfold.adapters.server.log import Batch, Checkpoint, Log, SqliteLog
from streamfold.adapters.server.runs import Reopen, Runs, resume_responses
from streamfold.adapters.wire import decoder
from streamfold.reducer.messages import Message
from support.server.logged_runs import (
    CHAT,
    RESPONSES,
    Client,
    Listener,
    chat_chunks,
    messages_of,
    numbered_events,
    opener,
    then_silence,
)

pytestmark = pytest.mark.anyio
EVENTS = numbered_events(4)


@pytest.fixture(params=["asyncio", pytest.param("trio", marks=pytest.mark.deep)])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
async def log(tmp_path: Path) -> AsyncIterator[SqliteLog]:
    async with SqliteLog(tmp_path / "runs.db") as log:
        yield log


async def leave_behind(
    log: Log, machine: Any, config: Any, chunks: Sequence[Any], saved: int = 0, run_id: str = "run"
) -> None:
    """A run whose producer died after these chunks, with a checkpoint after some of them."""
    state, messages = machine.start(config)
    lease = await log.begin(run_id, state, messages, 0.0)
    number = len(messages)
    for place, chunk in enumerate(chunks):
        state, messages = machine.step(state, chunk)
        after = Checkpoint(number + len(messages), place + 1, state) if place + 1 == saved else None
        await log.append(lease, Batch(number, messages, place, (chunk,), after))
        number += len(messages)


async def outcome_of(log: Log, reopen: Reopen | None = None) -> Listener:
    listener = Listener()
    with anyio.fail_after(20):
        async with Runs(log, lease=0.3, reopen=reopen) as runs:
            await listener.listen(runs, "run")
    return listener


def check(listener: Listener, status: str, messages: Sequence[Message]) -> None:
    assert listener.messages == list(messages)
    assert listener.over is not None
    assert listener.over.status == status
    assert listener.over.result is not None
    assert listener.over.result.outcome == status


@pytest.mark.parametrize("at", range(2, len(EVENTS)))
async def test_a_background_response_goes_on_where_it_was(log: SqliteLog, at: int) -> None:
    client = Client(EVENTS)
    await leave_behind(log, responses, RESPONSES, list(map(decoder("responses"), EVENTS[:at])), saved=at // 2)
    listener = await outcome_of(log, resume_responses(client))
    check(listener, "completed", messages_of(responses, RESPONSES, EVENTS))
    assert client.asked == [at - 1]


async def test_a_response_that_was_over_is_not_asked_for_again(log: SqliteLog) -> None:
    client = Client(EVENTS)
    await leave_behind(log, responses, RESPONSES, list(map(decoder("responses"), EVENTS)))
    listener = await outcome_of(log, resume_responses(client))
    check(listener, "completed", messages_of(responses, RESPONSES, EVENTS))
    assert client.asked == []


async def reopened_by_nobody(run_id: str, state: Any) -> None:
    return None


async def reopened_with_an_error(run_id: str, state: Any) -> None:
    raise ConnectionError("no")


@pytest.mark.parametrize("reopen", [None, resume_responses(Client(EVENTS)), reopened_by_nobody, reopened_with_an_error])
@pytest.mark.parametrize("at", range(5))
async def test_what_cannot_be_resumed_ends_with_all_that_had_arrived(
    log: SqliteLog, reopen: Reopen | None, at: int
) -> None:
    chunks = chat_chunks(4)[:at]
    await leave_behind(log, chat, CHAT, chunks)
    reason = "the process that produced this run is gone, and its upstream cannot be resumed"
    check(await outcome_of(log, reopen), "failed", messages_of(chat, CHAT, chunks, Failed(reason)))


class SickLog(SqliteLog):
    """A log that cannot restore one run."""

    async def restore(self, lease: Any) -> Any:
        if lease.run_id == "a sick one":
            raise OSError("disk")
        return await super().restore(lease)


async def test_a_run_that_cannot_be_restored_holds_up_no_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with SickLog(tmp_path / "runs.db") as log:
        for run_id in ("a sick one", "run"):
            await leave_behind(log, chat, CHAT, chat_chunks(4), run_id=run_id)
        check(await outcome_of(log), "completed", messages_of(chat, CHAT, chat_chunks(4), Ended()))
        assert await log.status("a sick one") == "open"
        assert await log.orphans() == ("a sick one",)
    assert "run 'a sick one' cannot be taken over" in caplog.text


async def test_a_cancel_ends_the_reopening_of_an_upstream(log: SqliteLog) -> None:
    chunks, asked, listener = chat_chunks(4)[:3], anyio.Event(), Listener()
    await leave_behind(log, chat, CHAT, chunks)

    async def reopen(run_id: str, state: Any) -> Any:
        asked.set()
        await anyio.sleep_forever()

    with anyio.fail_after(20):
        async with Runs(log, lease=60.0, reopen=reopen) as runs:
            await asked.wait()
            await runs.cancel("run")
            await listener.listen(runs, "run")
    check(listener, "cancelled", messages_of(chat, CHAT, chunks, Cancelled()))


@pytest.mark.parametrize("left", [0, 1])
async def test_an_answer_that_was_over_is_complete_without_its_upstream(log: SqliteLog, left: int) -> None:
    chunks = chat_chunks(4)
    await leave_behind(log, chat, CHAT, chunks[: len(chunks) - left])
    check(await outcome_of(log), "completed", messages_of(chat, CHAT, chunks, Ended()))


async def test_a_cancel_is_not_lost_with_the_producer(log: SqliteLog) -> None:
    client = Client(EVENTS)
    await leave_behind(log, responses, RESPONSES, list(map(decoder("responses"), EVENTS[:5])))
    await log.cancel("run")
    listener = await outcome_of(log, resume_responses(client))
    check(listener, "cancelled", messages_of(responses, RESPONSES, EVENTS[:5], Cancelled()))
    assert client.asked == []


async def test_a_process_that_stops_in_order_leaves_its_runs_to_the_next(tmp_path: Path, log: SqliteLog) -> None:
    client = Client(EVENTS)
    async with Runs(log, lease=1000) as runs:
        await runs.start("run", responses, RESPONSES, opener(then_silence(EVENTS[:6])))
        await Listener().listen(runs, "run", most=1)
    assert await log.orphans() == ("run",)
    listener = await outcome_of(log, resume_responses(client))
    check(listener, "completed", messages_of(responses, RESPONSES, EVENTS))


async def test_a_process_that_adopts_nothing_leaves_orphans_alone(log: SqliteLog) -> None:
    await leave_behind(log, chat, CHAT, chat_chunks(3)[:3])
    async with Runs(log, adopts=False, lease=0.03):
        await anyio.sleep(0.1)
    assert await log.orphans() == ("run",)


async def test_a_cancel_from_another_process_ends_the_run(tmp_path: Path, log: SqliteLog) -> None:
    chunks = chat_chunks(4)[:4]
    async with SqliteLog(tmp_path / "runs.db") as elsewhere, Runs(log) as runs, Runs(elsewhere) as others:
        await runs.start("run", chat, CHAT, opener(then_silence(chunks)))
        first, listener = Listener(), Listener()
        await first.listen(others, "run", most=4)
        assert await others.cancel("run") == "open"
        with anyio.fail_after(20):
            await listener.listen(others, "run")
    check(listener, "cancelled", messages_of(chat, CHAT, chunks, Cancelled()))


async def test_a_producer_that_was_taken_for_dead_stops(log: SqliteLog, tmp_path: Path) -> None:
    closed = []

    async def slow() -> AsyncIterator[Any]:
        try:
            for chunk in chat_chunks(2)[:2]:
                yield chunk
            await anyio.sleep_forever()
        finally:
            closed.append(True)

    async with SqliteLog(tmp_path / "runs.db", clock=lambda: 1e12) as later, Runs(log, lease=0.3) as runs:
        await runs.start("run", chat, CHAT, opener(slow()))
        await Listener().listen(runs, "run", most=2)
        lease = await later.take_over("run", 1000)
        assert lease is not None
        with anyio.fail_after(20):
            while not closed:
                await anyio.sleep(0.01)
        assert await log.status("run") == "open"
        await later.append(lease, Batch(2, messages_of(chat, CHAT, chat_chunks(3)[:3])[2:3]))


async def test_what_cannot_be_restored_ends_and_says_so(log: SqliteLog, caplog: pytest.LogCaptureFixture) -> None:
    chunks = chat_chunks(4)[:4]
    state, _ = chat.start(CHAT)
    lease = await log.begin("run", state, (), 0.0)
    await log.append(lease, Batch(0, tuple(messages_of(chat, CHAT, chunks)), 0, tuple(chunks[:2])))
    with caplog.at_level(logging.ERROR, "streamfold"):
        listener = await outcome_of(log)
    check(listener, "failed", messages_of(chat, CHAT, chunks))
    assert "folds to other messages than were said" in caplog.text


async def test_a_run_that_kills_its_producers_ends(log: SqliteLog, caplog: pytest.LogCaptureFixture) -> None:
    await leave_behind(log, chat, CHAT, chat_chunks(3)[:3])
    for _ in range(20):
        assert await log.take_over("run", 0.0) is not None
    with caplog.at_level(logging.ERROR, "streamfold"):
        listener = await outcome_of(log)
    check(listener, "failed", messages_of(chat, CHAT, chat_chunks(3)[:3]))
    assert "outlives no producer" in caplog.text


async def test_a_state_of_another_version_ends_its_run(tmp_path: Path, log: SqliteLog) -> None:
    import sqlite3

    await leave_behind(log, chat, CHAT, chat_chunks(3)[:3])
    database = sqlite3.connect(tmp_path / "runs.db")
    database.execute("""UPDATE checkpoints SET state = replace(state, '"streamfold":', '"streamfold":9')""")
    database.commit()
    database.close()
    listener = await outcome_of(log)
    assert listener.messages == messages_of(chat, CHAT, chat_chunks(3)[:3])
    assert listener.over is not None
    assert (listener.over.status, listener.over.result) == ("failed", None)
