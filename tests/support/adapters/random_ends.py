"""Runs inside async generators that end at a random moment in a random way, and what must be so whatever happened."""

import asyncio
import contextlib
import gc
import random
import sys
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import anyio
from streamfold.adapters.driver.heartbeat import BEAT, heartbeat
from streamfold.adapters.driver.observer import Observer
from streamfold.adapters.driver.run import Run, drive
from streamfold.adapters.errors import StreamStalled
from streamfold.reducer import chat
from support.adapters.upstreams import config_of, folded, objects

RAWS = objects("chat_parallel_calls.sse")
WAYS = ("cancel", "thread", "event", "aclose", "scope", "leave", "drop", "body", "idle", "nothing")
NATIVE_WAYS = ("once", "twice", "thrice")
READERS = ("plain", "tasks", "beats")
NATIVE_READERS = ("wait for", "wait", "shield")


class Listening(Observer):
    """What was read, and with which end."""

    def __init__(self) -> None:
        self.read: list[Any] = []
        self.ends: list[Any] = []

    def received(self, raw: object) -> None:
        self.read.append(raw)

    def ended(self, end: Any, result: Any, error: BaseException | None) -> None:
        self.ends.append(end)


class Stream:
    """A stream of a random length, which ends, raises or is silent then: an object, or a generator with a scope."""

    def __init__(self, chosen: random.Random, must_end: bool) -> None:
        self.raws = RAWS[: chosen.randrange(len(RAWS) + 1)]
        self.then = chosen.choice(["end", "raise", *([] if must_end else ["silence"] * 3)])
        self.kind = chosen.choice(["object", "generator", "scope", "group", "failing group"])
        self.fails_after = chosen.random() * 0.004
        self._pauses = [chosen.choice([None, 0.0, 0.0, 0.0005]) for _ in RAWS]
        self.given = self.opened = self.closed = 0

    def made(self) -> Any:
        return self if self.kind == "object" else self._generated()

    def __aiter__(self) -> "Stream":
        self.opened += 1
        return self

    async def __anext__(self) -> Any:
        if self.given < len(self.raws):
            await self._pause()
            self.given += 1
            return self.raws[self.given - 1]
        await self._end()
        raise StopAsyncIteration

    async def aclose(self) -> None:
        await anyio.lowlevel.checkpoint()
        self.closed += 1

    async def _pause(self) -> None:
        pause = self._pauses[self.given]
        if pause is not None:
            await anyio.sleep(pause)

    async def _end(self) -> None:
        if self.then == "silence":
            await anyio.sleep_forever()
        if self.then == "raise":
            raise ConnectionError("torn")

    @contextlib.asynccontextmanager
    async def _held(self) -> AsyncIterator[None]:
        """What the generator holds open while it gives its items."""
        if self.kind == "scope":
            with anyio.CancelScope():
                yield
        elif "group" in self.kind:
            async with anyio.create_task_group() as group:
                group.start_soon(self._child)
                yield
                group.cancel_scope.cancel()
        else:
            yield

    async def _child(self) -> None:
        if self.kind == "failing group":
            await anyio.sleep(self.fails_after)
            raise ConnectionError("child")
        await anyio.sleep_forever()

    async def _generated(self) -> AsyncIterator[Any]:
        self.opened += 1
        try:
            async with self._held():
                while self.given < len(self.raws):
                    await self._pause()
                    self.given += 1
                    yield self.raws[self.given - 1]
                await self._end()
        finally:
            self.closed += 1


class BodyFailed(Exception):
    """What the consumer's own code raises."""


class RandomEnd:
    """One run, chosen at random.

    Attributes:
        way: how it ends.
        reader: how it is read.
    """

    def __init__(self, chosen: random.Random, native: bool) -> None:
        self.way = chosen.choice(WAYS + (NATIVE_WAYS if native else ()))
        self.reader = chosen.choice(READERS + (NATIVE_READERS if native else ()))
        self.stream = Stream(chosen, must_end=self.way in ("nothing", "leave", "drop", "body"))
        self.listening = Listening()
        self.event = anyio.Event()
        self.run: Run[Any] = drive(
            chat,
            config_of(chat),
            self.stream.made(),
            cancel_event=self.event if self.way == "event" or chosen.random() < 0.3 else None,
            idle_timeout=chosen.random() * 0.003 if self.way == "idle" else None,
            observers=[self.listening],
            grace=0.002,
        )
        self.said: list[Any] = []
        self.is_swallowed = self.is_done = False
        self._moments = [chosen.random() * chosen.choice([0.0, 0.0002, 0.002, 0.01]) for _ in range(3)]
        self._leave_after = chosen.randrange(12) if self.way in ("leave", "drop", "body") else sys.maxsize
        self._patience = chosen.choice([0.0, 0.0003, 0.002])
        self._held: list[Any] = []

    def __str__(self) -> str:
        stream = self.stream
        return f"{self.way}, read by {self.reader}, of a {stream.kind} of {len(stream.raws)}, then {stream.then}"

    # Reading

    async def _messages(self) -> AsyncIterator[Any]:
        async with self.run as run:
            async for message in heartbeat(run, 0.0005) if self.reader == "beats" else run:
                yield message

    async def _next(self) -> Any:
        """The next message, or `StopAsyncIteration` as a value."""
        try:
            return await self._held[0].__anext__()
        except StopAsyncIteration:
            return StopAsyncIteration

    async def _next_in_a_task(self) -> Any:
        given: list[Any] = []

        async def main() -> None:
            try:
                given.append((await self._next(), None))
            except Exception as error:
                given.append((None, error))

        async with anyio.create_task_group() as group:
            group.start_soon(main)
        message, error = given[0]
        if error is not None:
            raise error
        return message

    async def _next_waited_for(self) -> Any:
        try:
            return await asyncio.wait_for(self._next(), self._patience or 0.001)
        except TimeoutError:
            return StopAsyncIteration

    async def _next_kept(self) -> Any:
        """The next message by a task that outlives the waits for it."""
        task = asyncio.ensure_future(self._next())
        try:
            while not task.done():
                if self.reader == "wait":
                    await asyncio.wait({task}, timeout=self._patience)
                else:
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(asyncio.shield(task), self._patience)
            return task.result()
        finally:
            task.cancel()
            with anyio.CancelScope(shield=True):
                while not task.done():
                    with contextlib.suppress(asyncio.CancelledError):  # by `Task.cancel`, again; this one is raised
                        await asyncio.wait({task})

    async def consume(self) -> None:
        """Read all, or until it is to be left."""
        step: Callable[[], Any] = {
            "tasks": self._next_in_a_task,
            "wait for": self._next_waited_for,
            "wait": self._next_kept,
            "shield": self._next_kept,
        }.get(self.reader, self._next)
        self._held.append(self._messages())
        try:
            while (message := await step()) is not StopAsyncIteration:
                if message is not BEAT:
                    self.said.append(message)
                if len(self.said) > self._leave_after:
                    if self.way == "body":
                        raise BodyFailed
                    break
        except (ConnectionError, ExceptionGroup, StreamStalled, BodyFailed):
            pass
        finally:
            self.is_done = True
            if self.way == "drop":
                self._held.clear()
                gc.collect(0)
            else:
                with anyio.CancelScope(shield=True):
                    await self._leave()

    async def _leave(self) -> None:
        """Close the generator; `wait_for` that is cancelled again leaves its task inside, which ends soon."""
        while True:
            try:
                return await self._held[0].aclose()
            except RuntimeError as error:
                if "already running" not in str(error):
                    raise
                await anyio.sleep(0)

    # Ending

    async def _end(self) -> None:
        await anyio.sleep(self._moments[0])
        if self.way == "cancel":
            self.run.cancel()
        elif self.way == "event":
            self.event.set()
        elif self.way == "aclose":
            await self.run.aclose()

    async def lived(self) -> None:
        """Read it, and end it."""
        timer = threading.Timer(self._moments[0], self.run.cancel)
        if self.way == "thread":
            timer.start()
        if self.way in NATIVE_WAYS:
            await self._cancelled_natively()
        else:
            with anyio.CancelScope() as scope:
                async with anyio.create_task_group() as group:
                    group.start_soon(self._end)
                    if self.way == "scope":
                        scope.deadline = anyio.current_time() + self._moments[0]
                    await self.consume()
        if self.way == "thread":
            await anyio.to_thread.run_sync(timer.join)

    async def _cancelled_natively(self) -> None:
        task = asyncio.ensure_future(self.consume())
        await asyncio.sleep(0)
        for count in range(1 + NATIVE_WAYS.index(self.way)):
            await asyncio.sleep(self._moments[count])
            if not count:
                self.is_swallowed = not self.is_done and self.reader in ("plain", "tasks", "beats")
            task.cancel()
        if self.reader in ("wait for", "shield"):  # `wait_for` of Python 3.11 may swallow a cancellation
            while not task.done():
                await asyncio.wait({task}, timeout=0.1)
                task.cancel()
        await asyncio.wait({task})
        self.is_swallowed = self.is_swallowed and not task.cancelled()
        if not task.cancelled():
            task.result()

    @property
    def is_over(self) -> bool:
        """Whether its end was told, and the stream was closed as often as it is to be."""
        return bool(self.listening.ends) and self._is_closed

    @property
    def _is_closed(self) -> bool:
        return self.stream.closed == (1 if self.stream.kind == "object" else self.stream.opened)

    def check(self) -> None:
        """What must be so once it is over, and nothing of it is left."""
        stream, listening = self.stream, self.listening
        assert (len(listening.ends), self.is_swallowed) == (1, False)
        assert self._is_closed
        assert listening.read == stream.raws[: len(listening.read)]
        assert stream.given - len(listening.read) in (0, 1)  # one may be on its way when the run ends
        messages, result = folded(chat, listening.read, listening.ends[0])
        assert self.run.result == result
        assert self.said == messages[: len(self.said)]
        if self.way == "nothing" and self.reader != "wait for":
            assert result.outcome in ("completed", "truncated", "failed")
            assert self.said == messages
        if self.way in ("cancel", "thread", "event") and result.outcome == "cancelled" and self.reader != "wait for":
            assert self.said[-1].stop_reason == "cancelled"
