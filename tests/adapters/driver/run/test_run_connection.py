"""Runs over the real client with one connection, ended at random: the next request gets the connection, each time."""

import asyncio
import contextlib
import random
import sys
import threading
from collections import Counter
from typing import Any

import anyio
import httpx
import openai
import pytest
from streamfold.adapters.driver.run import Run, drive
from streamfold.adapters.errors import StreamStalled
from streamfold.adapters.wire import read
from streamfold.reducer import Cancelled, chat, fold
from support.live_streams import BACKENDS, CHAT, config_of
from support.loopback import Answer, Loopback

pytestmark = pytest.mark.anyio

CHUNKS = list(read("chat", [CHAT]))
CUTS = range(200, len(CHAT), 700)
ANSWERS = [
    Answer(CHAT),
    Answer(CHAT, cuts=CUTS, pause=0.0005),
    Answer(CHAT, cuts=CUTS, pause=0.0005, stall_after=len(CHAT) // 2),
    Answer(CHAT, drop_after=len(CHAT) // 3),
]
WAYS = ("cancel", "thread", "event", "aclose", "scope", "leave", "body", "idle")


@pytest.fixture(params=BACKENDS)
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class Cycling(Loopback):
    """Each request gets the answer of its number."""

    def answer_to(self, request: Any) -> Answer:
        return ANSWERS[int(request.headers["x-answer"])]


class One:
    """A run over the client that ends at random."""

    def __init__(self, chosen: random.Random, client: openai.AsyncOpenAI, native: bool) -> None:
        self.way = chosen.choice(WAYS + (("task", "task again") if native else ()))
        self.answer = chosen.randrange(len(ANSWERS))
        self.by_bytes = chosen.random() < 0.5
        self.moment = chosen.random() * chosen.choice([0.002, 0.02])
        self.leave_after = chosen.randrange(20) if self.way in ("leave", "body") else sys.maxsize
        self.client, self.event = client, anyio.Event()
        self.runs: list[Run[Any]] = []
        self.said: list[Any] = []
        self.got_none = False

    def __str__(self) -> str:
        return f"{self.way} of answer {self.answer} {'by bytes' if self.by_bytes else 'by objects'}"

    async def _stream(self) -> Any:
        completions = self.client.chat.completions
        asked: dict[str, Any] = {"model": "m", "messages": [], "stream": True}
        headers = {"x-answer": str(self.answer)}
        if self.by_bytes:
            return completions.with_streaming_response.create(**asked, extra_headers=headers)
        return await completions.create(**asked, extra_headers=headers)

    async def consume(self) -> None:
        try:
            await self._consume()
        except openai.APITimeoutError:
            self.got_none = True

    async def _consume(self) -> None:
        idle = self.moment if self.way == "idle" else 0.1
        stream = await self._stream()
        run = drive(chat, config_of(chat), stream, cancel_event=self.event, idle_timeout=idle, grace=0.01)
        with contextlib.suppress(openai.APIError, httpx.HTTPError, StreamStalled, ZeroDivisionError):
            try:
                await run.__aenter__()
            except openai.APITimeoutError:
                self.got_none = True
                return
            async with contextlib.aclosing(run):
                self.runs.append(run)
                async for message in run:
                    self.said.append(message)
                    if len(self.said) > self.leave_after:
                        if self.way == "body":
                            raise ZeroDivisionError
                        break
        self.runs.append(run)  # it may not have been opened: the connection was dropped at once

    async def _opened(self) -> None:
        """Until the run is entered: if its own request is cancelled, the client may leave a connection behind."""
        while not (self.runs or self.got_none):
            await anyio.sleep(0.0002)
        await anyio.sleep(self.moment)

    async def _end(self, scope: anyio.CancelScope) -> None:
        await self._opened()
        if self.got_none:
            return
        if self.way == "cancel":
            self.runs[0].cancel()
        elif self.way == "thread":
            threading.Thread(target=self.runs[0].cancel).start()
        elif self.way == "event":
            self.event.set()
        elif self.way == "aclose":
            await self.runs[0].aclose()
        elif self.way == "scope":
            scope.cancel()

    async def lived(self) -> None:
        if self.way.startswith("task"):
            task = asyncio.ensure_future(self.consume())
            await self._opened()
            for _ in range(3 if self.way == "task again" else 1):
                task.cancel()
                await asyncio.sleep(0)
            with contextlib.suppress(asyncio.CancelledError):
                await task
            return
        with anyio.CancelScope() as scope:
            async with anyio.create_task_group() as group:
                group.start_soon(self._end, scope)
                await self.consume()

    def check(self) -> str:
        """What must be so; the outcome."""
        result = self.runs[0].result
        if result.outcome == "cancelled":
            state, messages = fold(chat, config_of(chat), CHUNKS[: result.chunks], Cancelled())
            assert (result, self.said) == (chat.result(state), list(messages)[: len(self.said)])
        return result.outcome


@pytest.mark.parametrize("count", [30, pytest.param(200, marks=pytest.mark.deep)])
async def test_the_next_request_gets_the_connection(
    count: int, anyio_backend_name: str, caplog: pytest.LogCaptureFixture
) -> None:
    chosen, lost = random.Random(count), 0
    outcomes: Counter[str] = Counter()
    with Cycling(*ANSWERS) as server:
        client = fresh(server)
        for number in range(count):
            one = One(chosen, client, native=anyio_backend_name == "asyncio")
            try:
                with anyio.fail_after(20):
                    await one.lived()
                if one.got_none:
                    lost += 1
                    await client.close()
                    client = fresh(server)
                else:
                    outcomes[one.check()] += 1
            except Exception as error:
                error.add_note(f"number {number}: {one}")
                raise
        await client.close()
    assert lost == 0
    assert {"completed", "cancelled", "failed"} <= set(outcomes)
    assert [record for record in caplog.records if record.name == "streamfold"] == []


def fresh(server: Loopback) -> openai.AsyncOpenAI:
    """A client with one connection, which gives up soon if that is not free."""
    http = httpx.AsyncClient(limits=httpx.Limits(max_connections=1), timeout=httpx.Timeout(10, pool=1))
    return openai.AsyncOpenAI(base_url=server.url, api_key="none", max_retries=0, http_client=http)
