"""One model call of a run: what the journal is told, and its end; and the button that stops it."""

from collections.abc import AsyncIterator
from typing import Any

import anyio
import pytest
from streamfold import Cancelled, Failed, chat
from streamfold.adapters.server.runs_call import Stop, drive_call
from streamfold.adapters.server.runs_ends import CallOver, call_over
from streamfold.adapters.server.runs_journal import Journal
from support.server.logged_runs import CHAT, chat_chunks, given, messages_of, opener, then_silence

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def journal() -> Journal:
    return Journal(chat.start(CHAT)[0], 0, 0, 1000)


async def called(told: Journal, open_it: Any, stop: Stop | None = None) -> CallOver:
    return await drive_call(told, open_it, stop or Stop(), {}, "run")


async def test_the_journal_is_told_all_but_the_end() -> None:
    told, chunks = journal(), chat_chunks(3)
    over = await called(told, opener(given(chunks)))
    batch = told.rest()
    assert [*batch.messages, *over.messages] == messages_of(chat, CHAT, chunks)
    assert list(batch.chunks) == chunks
    assert over.result == chat.result(over.fold)
    assert over.result.outcome == "completed"


async def test_what_raises_is_in_the_result() -> None:
    async def refused() -> Any:
        raise ConnectionError("no")

    async def broken() -> AsyncIterator[Any]:
        yield chat_chunks(1)[0]
        raise ConnectionError("gone")

    assert await called(journal(), refused) == call_over(journal().fold, Failed(ConnectionError("no")))
    over = await called(journal(), opener(broken()))
    assert (over.result.outcome, over.result.text) == ("failed", "word 0 ")


async def test_the_button_ends_what_is_being_opened_or_driven() -> None:
    async def never() -> Any:
        await anyio.sleep_forever()

    for open_it, text in ((never, ""), (opener(then_silence(chat_chunks(1)[:1])), "word 0 ")):
        stop, found = Stop(), list[CallOver]()

        async def call(open_it: Any = open_it, stop: Stop = stop, found: list[CallOver] = found) -> None:
            found.append(await called(journal(), open_it, stop))

        with anyio.fail_after(20):
            async with anyio.create_task_group() as group:
                group.start_soon(call)
                await anyio.sleep(0.05)
                stop.press()
        assert [(one.result.outcome, one.result.text) for one in found] == [("cancelled", text)]


async def test_nothing_is_opened_once_the_button_was_pressed() -> None:
    opened = []

    async def open_it() -> Any:
        await anyio.lowlevel.checkpoint()
        opened.append(True)

    stop = Stop()
    stop.press()
    assert await called(journal(), open_it, stop) == call_over(journal().fold, Cancelled())
    assert opened == []


async def test_the_button_interrupts_the_innermost_scope_only() -> None:
    stop = Stop()
    with anyio.CancelScope() as outer, stop.interrupting(outer):
        with stop.interrupting(None):
            stop.press()
        await anyio.lowlevel.checkpoint()
    assert not outer.cancelled_caught
    with anyio.CancelScope() as later, stop.interrupting(later):
        await anyio.lowlevel.checkpoint()
    assert later.cancelled_caught
