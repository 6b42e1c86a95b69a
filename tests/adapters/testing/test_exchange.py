"""The body of an answer: the same pieces for both kinds of reader, told how the reading ended, closed by either."""

import threading
from collections.abc import AsyncIterator, Callable, Iterable
from math import inf
from typing import Any

import anyio
import pytest
from streamfold.adapters.testing.exchange import Asked, Body
from streamfold.reducer import End, Ended, Failed


def asked() -> Asked:
    return Asked("POST", "/v1/chat/completions", {}, {}, {})


class Pieces(Body[Any]):
    """A part that is bytes is its piece, one that is a number a pause, and one that is an error is raised."""

    def __init__(self, parts: Any) -> None:
        self.asked = asked()
        self.ends: list[End] = []
        super().__init__(parts, self.asked)

    def pause(self, part: Any) -> float | None:
        return part if isinstance(part, (int, float)) else None

    def piece(self, part: Any) -> bytes | None:
        if isinstance(part, Exception):
            raise part
        return part if isinstance(part, bytes) else None

    def read(self, end: End) -> None:
        self.ends.append(end)


def drained(body: Iterable[bytes], came: list[bytes]) -> None:
    came.extend(body)


def drained_in_a_loop(body: AsyncIterator[bytes], came: list[bytes]) -> None:
    async def main() -> None:
        async for piece in body:
            came.append(piece)

    anyio.run(main)


readers = pytest.mark.parametrize("drain", [drained, drained_in_a_loop])
Drain = Callable[[Any, list[bytes]], None]


@readers
def test_both_readers_get_the_pieces_and_tell_that_it_ended(drain: Drain) -> None:
    body, came = Pieces([b"a", 0.001, b"", None, b"b"]), []  # type: ignore[var-annotated]
    drain(body, came)
    assert (came, body.ends) == ([b"a", b"", b"b"], [Ended()])
    assert not body.asked.closed  # which is the client's to do


@readers
def test_what_is_raised_is_told_and_goes_on_to_the_reader(drain: Drain) -> None:
    boom = ConnectionError("boom")
    body, came = Pieces([b"a", boom, b"b"]), []  # type: ignore[var-annotated]
    with pytest.raises(ConnectionError) as raised:
        drain(body, came)
    assert raised.value is boom
    assert (came, body.ends) == ([b"a"], [Failed(boom)])


async def slowly(*parts: Any) -> AsyncIterator[Any]:
    for part in parts:
        await anyio.sleep(0)
        yield part


def test_parts_that_come_asynchronously_are_read_so() -> None:
    body, came = Pieces(slowly(b"a", b"b")), []  # type: ignore[var-annotated]
    drained_in_a_loop(body, came)  # type: ignore[arg-type]
    assert (came, body.ends) == ([b"a", b"b"], [Ended()])


def test_a_reader_that_stops_tells_no_end() -> None:
    body = Pieces([b"a", b"b"])
    pieces = iter(body)
    assert next(pieces) == b"a"
    pieces.close()  # type: ignore[attr-defined]
    assert body.ends == []


def test_a_pause_lets_other_tasks_run_and_can_be_cancelled() -> None:
    async def main() -> list[bytes]:
        came = []
        with anyio.move_on_after(0.01):
            async for piece in Pieces([b"a", inf, b"b"]):
                came.append(piece)
        return came

    assert anyio.run(main) == [b"a"]


def test_other_tasks_run_before_each_part() -> None:
    async def main() -> int:
        rounds = 0

        async def count() -> None:
            nonlocal rounds
            while True:
                rounds += 1
                await anyio.sleep(0)

        async with anyio.create_task_group() as group:
            group.start_soon(count)
            async for _ in Pieces([b"a"] * 10):
                pass
            group.cancel_scope.cancel()
        return rounds

    assert anyio.run(main) >= 9


def test_another_thread_ends_a_silence_by_closing() -> None:
    body = Pieces([b"a", inf, b"b"])
    threading.Timer(0.01, body.close).start()
    assert list(body) == [b"a"]
    assert body.asked.closed


def test_an_asynchronous_client_closes_it_as_well() -> None:
    body = Pieces([b"a"])
    assert not body.asked.closed
    anyio.run(body.aclose)
    assert body.asked.closed
