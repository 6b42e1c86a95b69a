"""A log in Redis: for processes of several hosts. It needs the extra `redis`, and asyncio."""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from types import TracebackType
from typing import Any, cast, get_args

from ....reducer.result import Result
from ...errors import LeaseLost, MissingExtra, NumberTaken, RunExists, RunUnknown
from ...protocols.turn import SaidOrResult
from . import redis_scripts as scripts
from .contract import Batch, Checkpoint, Gap, Lease, Logged, Over, Page, Restored, Status
from .cursor import check_limit, cursor_at, new_sign, number_after
from .joined import joined
from .stored import dumps, findable, loads

__all__ = ["RedisLog"]

_MOST_CONNECTIONS = 2**31
"""No bound of the client's own: the server has one (`maxclients`)."""


class RedisLog:
    """A log that processes of several hosts share, on asyncio: `async with RedisLog(url) as log`.

    Messages are in Redis Streams, and a reader that waits has a connection of its own, on which Redis wakes it. Redis
    must be 6.2 or newer, and one server, with replicas or without, not a cluster. What it keeps when it dies is a
    matter of its own settings (`appendonly`).

    Args:
        url: of the server, as `redis.asyncio.from_url` takes it: "redis://…", "rediss://…", "unix://…".
        prefix: with which all keys begin.
        clock: the time in seconds, the same in all processes; None for the clock of the server.
        options: further arguments of `redis.asyncio.from_url`.

    Raises:
        MissingExtra: if redis is not installed.
    """

    def __init__(
        self,
        url: str,
        *,
        prefix: str = "streamfold",
        clock: Callable[[], float] | None = None,
        **options: Any,
    ) -> None:
        try:
            self._redis: Any = import_module("redis.asyncio")
        except ImportError as error:
            raise MissingExtra("a log in Redis takes redis: pip install 'streamfold[redis]'") from error
        self._url = url
        self._prefix = prefix
        self._clock = clock
        # A read may wait for as long as its caller says, and each that waits has a connection; some clients allow 100.
        self._options = {"socket_timeout": None, "max_connections": _MOST_CONNECTIONS, **options}
        self._client: Any = None
        self._scripts: dict[str, Any] = {}

    async def __aenter__(self) -> "RedisLog":
        """Connect.

        Raises:
            RuntimeError: on another event library than asyncio.
            redis.RedisError: if there is no such server.
        """
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            raise RuntimeError("a log in Redis needs asyncio, for which the redis client is made") from None
        self._client = self._redis.from_url(self._url, **self._options)
        try:
            await self._client.ping()
        except BaseException:
            await self._client.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        client, self._client, self._scripts = self._client, None, {}
        await client.aclose()

    # What a producer asks for

    async def begin(self, run_id: str, state: Any, messages: Sequence[SaidOrResult], seconds: float) -> Lease:
        """As `Log.begin`."""
        keys = [*self._keys(run_id, "run", "messages", "checkpoint"), self._shared("leases")]
        texts = [dumps(state), *map(dumps, messages)]
        if not await self._run(scripts.BEGIN, keys, self._now(), seconds, run_id, new_sign(), *texts):
            raise RunExists(f"the log has a run {run_id!r:.80} already")
        return Lease(run_id, 1)

    async def append(self, lease: Lease, batch: Batch) -> None:
        """As `Log.append`."""
        saved: tuple[Any, ...] = (0, "", "", "")
        if batch.checkpoint is not None:
            saved = (1, batch.checkpoint.number, batch.checkpoint.place, dumps(batch.checkpoint.state))
        chunks = [] if batch.checkpoint is not None else map(dumps, batch.chunks)
        texts = [*map(dumps, batch.messages), *chunks]
        keys = self._keys(lease.run_id, "run", "messages", "chunks", "checkpoint")
        counts = (lease.epoch, batch.number, batch.place, len(batch.messages))
        _check(lease, await self._run(scripts.APPEND, keys, *counts, *saved, *texts))

    async def close(
        self, lease: Lease, number: int, messages: Sequence[SaidOrResult], status: Status, result: Result | None
    ) -> None:
        """As `Log.close`."""
        if status == "open" or status not in get_args(Status):
            raise ValueError(f"status must say how the run ended, not {status!r}")
        keys = self._keys(lease.run_id, "run", "messages", "chunks", "checkpoint")
        keys += [self._shared(name) for name in ("leases", "closed", "cancelled")]
        texts = ["" if result is None else dumps(result), *map(dumps, messages)]
        given = (lease.epoch, status, self._now(), findable(lease.run_id), number)
        _check(lease, await self._run(scripts.CLOSE, keys, *given, *texts))

    async def renew(self, leases: Iterable[Lease], seconds: float) -> tuple[Lease, ...]:
        """As `Log.renew`."""
        held = tuple(leases)
        keys = [self._shared("leases"), *(self._key(one.run_id, "run") for one in held)]
        given = [member for one in held for member in (one.run_id, one.epoch)]
        lost = await self._run(scripts.RENEW, keys, self._now(), seconds, *given)
        return tuple([held[at] for at in lost])

    async def release(self, lease: Lease) -> None:
        """As `Log.release`."""
        await self.renew([lease], 0.0)

    async def orphans(self, limit: int = 100) -> tuple[str, ...]:
        """As `Log.orphans`."""
        now = await self._run(scripts.NOW, [], self._now())
        found = await self._connected.zrangebyscore(self._shared("leases"), "-inf", now, 0, limit)
        return tuple([run_id.decode() for run_id in found])

    async def take_over(self, run_id: str, seconds: float) -> Lease | None:
        """As `Log.take_over`."""
        keys = [self._key(run_id, "run"), self._shared("leases")]
        epoch = await self._run(scripts.TAKE_OVER, keys, self._now(), seconds, findable(run_id))
        return None if epoch is None else Lease(run_id, epoch)

    async def restore(self, lease: Lease) -> Restored:
        """As `Log.restore`."""
        keys = self._keys(lease.run_id, "run", "chunks", "checkpoint")
        _, end, (number, place, state), chunks = _check(lease, await self._run(scripts.RESTORE, keys, lease.epoch))
        checkpoint = Checkpoint(int(number), int(place), loads(state))
        return Restored(checkpoint, tuple(map(loads, chunks)), int(end))

    # What anybody asks for

    async def cancel(self, run_id: str) -> Status:
        """As `Log.cancel`."""
        keys = [self._key(run_id, "run"), self._shared("cancelled")]
        return _status(run_id, await self._run(scripts.CANCEL, keys, findable(run_id)))

    async def cancelled(self, run_ids: Iterable[str]) -> frozenset[str]:
        """As `Log.cancelled`."""
        asked = tuple(run_ids)
        if not asked:
            return frozenset()
        found = await self._connected.smismember(self._shared("cancelled"), list(map(findable, asked)))
        return frozenset(run_id for run_id, is_in in zip(asked, found, strict=True) if is_in)

    async def status(self, run_id: str) -> Status:
        """As `Log.status`."""
        return _status(run_id, await self._connected.hget(self._key(run_id, "run"), "status"))

    async def read(self, run_id: str, after: str | None = None, wait: float = 0.0, limit: int = 500) -> Page:
        """As `Log.read`."""
        check_limit(limit)
        number, until = number_after(after), time.monotonic() + wait
        while True:
            page = await self._page(run_id, after, number, limit)
            left = until - time.monotonic()
            if page.says_something or left <= 0:
                return page
            # The block of 0 milliseconds would be one for ever.
            await self._connected.xread({self._key(run_id, "messages"): f"{number}-0"}, 1, max(1, int(left * 1000)))

    async def trim(self, run_id: str, until: str) -> None:
        """As `Log.trim`."""
        await self.status(run_id)
        number, done = number_after(until), 0
        while not done:
            _, end, trimmed, kept, entries, _, sign = await self._read(run_id, 0, number)
            if number_after(until, sign, end) <= trimmed:
                return
            dropped = [text for at, text in entries if at < number]
            keys = self._keys(run_id, "run", "messages", "trimmed")
            texts = map(dumps, joined(map(loads, [*kept, *dropped])))
            done = await self._run(scripts.TRIM, keys, trimmed, number, *texts)

    async def forget(self, seconds: float) -> int:
        """As `Log.forget`."""
        before = f"{float(await self._run(scripts.NOW, [], self._now())) - seconds:.6f}"
        closed, forgotten = self._shared("closed"), 0
        for found in await self._connected.zrangebyscore(closed, "-inf", before):
            run_id = found.decode()
            keys = [*self._keys(run_id, "run", "messages", "trimmed"), closed]
            forgotten += await self._run(scripts.FORGET, keys, before, run_id)
        return forgotten

    async def _page(self, run_id: str, after: str | None, number: int, limit: int) -> Page:
        status, end, trimmed, kept, entries, result, sign = await self._read(run_id, number, limit)
        number_after(after, sign, end)
        gap = over = None
        if number < trimmed:
            gap = Gap(cursor_at(sign, trimmed - 1), tuple(map(loads, kept)))
        if status != "open" and (not entries or entries[-1][0] == end - 1):
            over = Over(status, loads(result) if result else None)
        logged = tuple([Logged(cursor_at(sign, at), loads(text)) for at, text in entries])
        return Page(gap, logged, over)

    async def _read(
        self, run_id: str, number: int, limit: int
    ) -> tuple[Any, int, int, list[bytes], list[tuple[int, bytes]], bytes, str]:
        """A run's status, next and first number, what is kept, its messages with their numbers, result and sign."""
        keys = self._keys(run_id, "run", "messages", "trimmed")
        found: Any = await self._run(scripts.READ, keys, number, limit)
        status, end, trimmed, kept, entries, result, sign = found or (None, 0, 0, [], [], b"", b"")
        messages = [(int(at.partition(b"-")[0]) - 1, fields[1]) for at, fields in entries if fields[0] == b"m"]
        return _status(run_id, status), int(end), int(trimmed), kept, messages, result, sign.decode()

    @property
    def _connected(self) -> Any:
        if self._client is None:
            raise RuntimeError("the log is not open: use it inside its `async with`")
        return self._client

    async def _run(self, script: str, keys: Sequence[str | bytes], *given: Any) -> Any:
        client = self._connected
        if script not in self._scripts:
            self._scripts[script] = client.register_script(script)
        return await self._scripts[script](keys, given)

    def _now(self) -> float | str:
        return "" if self._clock is None else self._clock()

    def _key(self, run_id: str, name: str) -> str | bytes:
        return findable(f"{self._prefix}:{name}:{run_id}")

    def _keys(self, run_id: str, *names: str) -> list[str | bytes]:
        return [self._key(run_id, name) for name in names]

    def _shared(self, name: str) -> str:
        return f"{self._prefix}:{name}"


def _status(run_id: str, status: bytes | None) -> Status:
    if status is None:
        raise RunUnknown(f"the log has no run {run_id!r:.80}")
    return cast("Status", status.decode())


def _check(lease: Lease, answer: Any) -> Any:
    """What a script answered, unless it refused."""
    if answer[0] == b"taken":
        raise NumberTaken(f"the run {lease.run_id!r:.80} has another message under the number {answer[1]}")
    if answer[0] == b"lost":
        status, epoch = answer[1:] if len(answer) > 2 else (None, None)
        how = f"{status.decode()}, of epoch {epoch.decode()}" if status and epoch else "unknown"
        raise LeaseLost(f"the lease of epoch {lease.epoch} is lost: the run {lease.run_id!r:.80} is {how}")
    return answer
