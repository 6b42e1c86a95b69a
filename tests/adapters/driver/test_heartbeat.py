"""Signs of life while a run says nothing: they cost no message, and cancel no read."""

from collections.abc import AsyncIterator
from typing import Any

import anyio
import pytest
from streamfold.adapters.driver import BEAT, drive, heartbeat
from streamfold.reducer import Ended, chat
from support.adapters.upstreams import Upstream, config_of, folded, objects

pytestmark = pytest.mark.anyio

RAWS = objects("chat_parallel_calls.sse")


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def slow(cancelled: list[BaseException]) -> AsyncIterator[Any]:
    for raw in RAWS:
        try:
            await anyio.sleep(0.004)
        except BaseException as error:
            cancelled.append(error)
            raise
        yield raw


async def test_beats_come_between_messages_and_nothing_is_lost() -> None:
    cancelled: list[BaseException] = []
    async with drive(chat, config_of(chat), slow(cancelled)) as run:
        told = [one async for one in heartbeat(run, 0.001)]
    assert [one for one in told if one is not BEAT] == folded(chat, RAWS, Ended())[0]
    assert told.count(BEAT) > len(RAWS)
    assert cancelled == []
    assert BEAT.message_type == "ping"


async def test_what_the_upstream_raises_comes_through() -> None:
    async with drive(chat, config_of(chat), Upstream(RAWS[:3], OSError("gone"))) as run:
        told = heartbeat(run, 10)
        with pytest.raises(OSError, match="gone"):
            assert [one async for one in told] == []


@pytest.mark.parametrize(("seconds", "error"), [(0, ValueError), (-1, ValueError), (None, TypeError), ("1", TypeError)])
def test_beats_need_a_number_of_seconds_above_zero(seconds: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="seconds must "):
        heartbeat(drive(chat, config_of(chat), Upstream([])), seconds)
