"""What our own paths cost: each contestant reads one whole stream."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from attrs import fields
from folding import folded
from measure import Prepared, Timed
from streamfold.adapters import wire
from streamfold.adapters.driver import run as driver
from streamfold.adapters.driver import sync_run as sync_driver
from streamfold.adapters.openai_sdk import chunks as openai_sdk
from streamfold.adapters.protocols import letta
from streamfold.reducer import Ended, chat, fold, inner_thoughts, responses
from workloads import IDS, Heard, Stream, Wire

MACHINES: dict[Wire, Any] = {"chat": chat, "inner-thoughts": inner_thoughts, "responses": responses}
BLOCK = 4096
COSTS = {
    "step": "step, on ready chunks",
    "objects": "SDK object → chunk → step",
    "data": "each frame's data → chunk → step",
    "bytes": "bytes, a frame a piece → messages",
    "blocks": f"the same bytes in pieces of {BLOCK:,}, cut anywhere → messages",
    "drive": "asynchronous driver, on ready chunks",
    "drive-sync": "synchronous driver, on ready chunks",
    "letta": "messages → Letta's JSON, as SSE bytes",
    "server": "an agent server's work: bytes → chunk → driver → messages → Letta's JSON, as SSE bytes",
    "client": "the same behind the openai client",
    "sdk-drive": "the openai client's stream → driver → messages, by its bytes",
    "sdk-blocks": f"the same, where the body comes in pieces of {BLOCK:,}",
    "sdk-tens": "the same, ten frames a piece",
    "sdk-whole": "the same, all of the body in one piece",
    "sdk-objects": "the same as sdk-drive, by the client's objects",
    "sdk-loop": "a bare loop over the openai client's stream",
    "sdk-sync": "the synchronous client's stream → driver → messages",
    "sdk-sync-loop": "a bare loop over the synchronous client's stream",
    "decode": "msgspec's decoder alone: bytes → dicts",
    "least": "the interpreter alone: a call that makes one state and one message",
    "socket": "a local socket and asyncio alone: each piece of the body is sent, and received",
}
"""By name: what is measured. Which of them an environment can do depends on what is installed."""
BEHIND_THE_CLIENT = ("client", *(name for name in COSTS if name.startswith("sdk-")))
"""Those that take so long that the others do not take turns with them."""


def machine_of(stream: Stream) -> Any:
    return MACHINES[stream.workload.wire]


def config_of(stream: Stream) -> Any:
    return machine_of(stream).Config(**IDS)


def contestant(cost: str, stream: Stream) -> Timed | Prepared:
    """Our path of that name over a stream.

    Raises:
        ImportError: if it needs what is not installed.
    """
    if cost in _OVER_THE_SDK:
        from sdk_stream import asked, asked_sync

        pieces = _FEEDS[cost](stream) if cost in _FEEDS else stream.pieces
        ask = (asked_sync if cost in _SYNC else asked)(stream.workload.wire, pieces)
        return Prepared(cost, stream.count, ask, _OVER_THE_SDK[cost](stream))
    run, count = _RUNS[cost](stream)
    return Timed(cost, count, run)


def said(stream: Stream, chunks: Iterable[Any] | None = None) -> tuple[Any, tuple[Any, ...]]:
    """The last state, and every message."""
    return fold(machine_of(stream), config_of(stream), stream.chunks if chunks is None else chunks)


def sizes(stream: Stream) -> dict[str, float]:
    """What a chunk of a stream brings, on average: bytes that come, messages, and bytes that go out."""
    _, messages = said(stream)
    out = sum(map(len, letta.sse(messages, now)))
    come = sum(map(len, stream.pieces))
    return {"bytes_in": come / stream.count, "messages": len(messages) / stream.count, "bytes_out": out / stream.count}


def heard(stream: Stream, chunks: Iterable[Any] | None = None) -> Heard:
    """What our fold makes of a stream."""
    state, messages = said(stream, chunks)
    joined = {"content": "", "reasoning": ""}
    for message in messages:
        for name in joined:
            joined[name] += getattr(message, name, "")
    calls = machine_of(stream).result(state).tool_calls
    return Heard(joined["content"], joined["reasoning"], tuple(call.arguments for call in calls))


def _folding(stream: Stream, chunks: Callable[[], Iterable[Any]]) -> Callable[[], Any]:
    machine, config = machine_of(stream), config_of(stream)

    def run() -> Any:
        step = machine.step
        state, said = machine.start(config)
        for chunk in chunks():
            state, said = step(state, chunk)
        del said
        return machine.finish(state, Ended())[0]

    return run


def _step(stream: Stream) -> tuple[Callable[[], Any], int]:
    chunks = stream.chunks
    return _folding(stream, lambda: chunks), stream.count


def _objects(stream: Stream) -> tuple[Callable[[], Any], int]:
    objects, chunk = stream.objects, openai_sdk.chunk
    return _folding(stream, lambda: map(chunk, objects)), stream.count


def _data(stream: Stream) -> tuple[Callable[[], Any], int]:
    frames, decode = stream.frames, wire.decoder(stream.workload.wire)
    return _folding(stream, lambda: map(decode, frames)), stream.count


def _bytes(stream: Stream) -> tuple[Callable[[], Any], int]:
    return _folding_pieces(stream, stream.pieces), stream.count


def _blocks(stream: Stream) -> tuple[Callable[[], Any], int]:
    return _folding_pieces(stream, _in_blocks(stream)), stream.count


def _in_blocks(stream: Stream) -> list[bytes]:
    body = b"".join(stream.pieces)
    return [body[at : at + BLOCK] for at in range(0, len(body), BLOCK)]


def _in_tens(stream: Stream) -> list[bytes]:
    return [b"".join(stream.pieces[at : at + 10]) for at in range(0, len(stream.pieces), 10)]


def _folding_pieces(stream: Stream, pieces: list[bytes]) -> Callable[[], Any]:
    machine, config, name = machine_of(stream), config_of(stream), stream.workload.wire
    return lambda: folded(machine, config, name, pieces)


def _drive(stream: Stream) -> tuple[Callable[[], Any], int]:
    machine, config, chunks = machine_of(stream), config_of(stream), stream.chunks

    async def run() -> Any:
        async with driver.drive(machine, config, source(chunks)) as run:
            async for _ in run:
                pass
        return run.state

    return run, stream.count


def _drive_sync(stream: Stream) -> tuple[Callable[[], Any], int]:
    machine, config, chunks = machine_of(stream), config_of(stream), stream.chunks

    def run() -> Any:
        with sync_driver.drive_sync(machine, config, chunks) as run:
            for _ in run:
                pass
        return run.state

    return run, stream.count


def _letta(stream: Stream) -> tuple[Callable[[], Any], int]:
    _, messages = said(stream)

    def run() -> None:
        for _ in letta.sse(messages, now):
            pass

    return run, max(1, len(messages))


def _server(stream: Stream) -> tuple[Callable[[], Any], int]:
    pieces, name = stream.pieces, stream.workload.wire
    return _serving(stream, lambda: wire.chunks(name, source(pieces))), stream.count


def _client(stream: Stream) -> tuple[Callable[[], Any], int]:
    from sdk_stream import parsed_async

    pieces, name = stream.pieces, stream.workload.wire
    return _serving(stream, lambda: parsed_async(name, pieces)), stream.count


def _serving(stream: Stream, upstream: Callable[[], Any]) -> Callable[[], Any]:
    machine, config = machine_of(stream), config_of(stream)

    async def run() -> Any:
        async with driver.drive(machine, config, upstream()) as run:
            async for _ in letta.async_sse(run, now):
                pass
        return run.state

    return run


def _over_the_sdk(stream: Stream, **options: Any) -> Callable[[Any], Any]:
    machine, config = machine_of(stream), config_of(stream)

    async def run(upstream: Any) -> Any:
        async with driver.drive(machine, config, upstream, **options) as run:
            async for _ in run:
                pass
        return run.state

    return run


def _sdk_loop(stream: Stream) -> Callable[[Any], Any]:
    async def run(upstream: Any) -> int:
        count = 0
        async for _ in upstream:
            count += 1
        return count

    return run


def _over_the_sync_sdk(stream: Stream) -> Callable[[Any], Any]:
    machine, config = machine_of(stream), config_of(stream)

    async def run(upstream: Any) -> Any:
        with sync_driver.drive_sync(machine, config, upstream) as run:
            for _ in run:
                pass
        return run.state

    return run


def _sdk_sync_loop(stream: Stream) -> Callable[[Any], Any]:
    async def run(upstream: Any) -> int:
        return sum(1 for _ in upstream)

    return run


def _decode(stream: Stream) -> tuple[Callable[[], Any], int]:
    import msgspec

    frames, decode = stream.frames, msgspec.json.Decoder().decode

    def run() -> None:
        for frame in frames:
            decode(frame)

    return run, stream.count


def _least(stream: Stream) -> tuple[Callable[[], Any], int]:
    state, messages = said(stream)
    make_state, make_message = type(state), type(messages[0])
    state_holds = tuple(getattr(state, field.name) for field in fields(make_state))
    message_holds = tuple(getattr(messages[0], field.name) for field in fields(make_message) if field.init)
    chunks = stream.chunks

    def step(state: Any, chunk: Any) -> tuple[Any, tuple[Any, ...]]:
        return make_state(*state_holds), (make_message(*message_holds),)

    def run() -> Any:
        last, said = state, messages
        for chunk in chunks:
            last, said = step(last, chunk)
        return last, said

    return run, stream.count


def _socket(stream: Stream) -> tuple[Callable[[], Any], int]:
    pieces = stream.pieces

    async def run() -> int:
        ours, theirs = socket.socketpair()
        reader, writer = await asyncio.open_connection(sock=ours)
        received = 0
        for piece in pieces:
            theirs.sendall(piece)
            left = len(piece)
            while left:
                left -= len(await reader.read(65536))
            received += len(piece)
        writer.close()
        await writer.wait_closed()
        theirs.close()
        return received

    return run, stream.count


def now() -> datetime:
    """What messages are stamped with."""
    return datetime.now(UTC)


async def source(items: Iterable[Any]) -> AsyncIterator[Any]:
    """The items, as an upstream that never lets wait."""
    for item in items:
        yield item


_RUNS: dict[str, Callable[[Stream], tuple[Callable[[], Any], int]]] = {
    "step": _step,
    "objects": _objects,
    "data": _data,
    "bytes": _bytes,
    "blocks": _blocks,
    "drive": _drive,
    "drive-sync": _drive_sync,
    "letta": _letta,
    "server": _server,
    "client": _client,
    "decode": _decode,
    "least": _least,
    "socket": _socket,
}
_OVER_THE_SDK: dict[str, Callable[[Stream], Callable[[Any], Any]]] = {
    "sdk-drive": _over_the_sdk,
    "sdk-blocks": _over_the_sdk,
    "sdk-tens": _over_the_sdk,
    "sdk-whole": _over_the_sdk,
    "sdk-objects": partial(_over_the_sdk, by="objects"),
    "sdk-loop": _sdk_loop,
    "sdk-sync": _over_the_sync_sdk,
    "sdk-sync-loop": _sdk_sync_loop,
}
"""What is given a stream that the client has opened."""
_FEEDS: dict[str, Callable[[Stream], list[bytes]]] = {
    "sdk-blocks": _in_blocks,
    "sdk-tens": _in_tens,
    "sdk-whole": lambda stream: [b"".join(stream.pieces)],
}
"""In which pieces the body comes, where it is not a frame a piece."""
_SYNC = ("sdk-sync", "sdk-sync-loop")
