"""A log in a SQLite database: for all processes of one host, with nothing to install or run."""

import logging
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, get_args

import anyio

from ....reducer.result import Result
from ...protocols.turn import SaidOrResult
from ..beside import Beside
from .contract import Batch, Checkpoint, Gap, Lease, Logged, Over, Page, Restored, Status
from .cursor import check_limit, cursor_at, new_sign, number_after
from .joined import joined
from .news import News, Standing
from .sqlite_store import Stored
from .stored import dumps, loads
from .transactions import Transactions, connect

__all__ = ["SqliteLog"]

_log = logging.getLogger("streamfold")
_AT_ONCE = 20
"""Runs that are forgotten in one transaction, for which all who append wait."""


class SqliteLog:
    """A log that several processes of one host share, on asyncio or trio: `async with SqliteLog(path) as log`.

    Appends that wait at the same time share a commit. Readers are woken by the writers of their own process; for those
    of others, a process with waiting readers looks every `poll` seconds whether the file has changed. A file on a
    network's file system cannot be shared: SQLite cannot lock it.

    Args:
        path: of the database, which is made where it is not there; `-wal` and `-shm` stand beside it.
        poll: seconds between two looks at what other processes wrote.
        timeout: seconds to wait for another process that writes.
        clock: the time in seconds, the same in all processes.

    Raises:
        ValueError: if the path is that of a database in memory, which cannot be shared.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        poll: float = 0.02,
        timeout: float = 10.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if str(path) in ("", ":memory:"):
            raise ValueError("path must be a file's: a database in memory could not be shared")
        self._path = path
        self._poll = poll
        self._timeout = timeout
        self._clock = clock
        self._news = News()
        self._exits = AsyncExitStack()
        self._opened: tuple[Transactions, Transactions] | None = None
        self._seen = -1

    async def __aenter__(self) -> "SqliteLog":
        """Open the database.

        Raises:
            sqlite3.Error: if it cannot be opened.
            ValueError: if it is of another version.
        """
        async with AsyncExitStack() as exits:
            connections: list[sqlite3.Connection] = []
            for _ in range(2):
                connection = await anyio.to_thread.run_sync(connect, self._path, self._timeout)
                exits.callback(connection.close)
                connections.append(connection)
            writes = Transactions(connections[0], "BEGIN IMMEDIATE", self._path)
            reads = Transactions(connections[1], "BEGIN", self._path)
            group = await exits.enter_async_context(Beside())
            self._opened = writes, reads
            for task in (writes.run, reads.run, self._watch):
                group.start_soon(task)
            self._exits = exits.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._exits.__aexit__(kind, error, trace)

    @property
    def _writes(self) -> Transactions:
        if self._opened is None:
            raise RuntimeError("the log is not open: use it inside its `async with`")
        return self._opened[0]

    @property
    def _reads(self) -> Transactions:
        if self._opened is None:
            raise RuntimeError("the log is not open: use it inside its `async with`")
        return self._opened[1]

    # What a producer asks for

    async def begin(self, run_id: str, state: Any, messages: Sequence[SaidOrResult], seconds: float) -> Lease:
        """As `Log.begin`."""
        until, texts, stored_state = self._clock() + seconds, _texts(messages), dumps(state)
        await self._writes.do(lambda stored: stored.begin(run_id, new_sign(), until, texts, stored_state))
        return Lease(run_id, 1)

    async def append(self, lease: Lease, batch: Batch) -> None:
        """As `Log.append`."""
        run_id, number, saved, texts = lease.run_id, batch.number, batch.checkpoint, _texts(batch.messages)
        chunks = _texts(batch.chunks) if saved is None else []
        state = None if saved is None else dumps(saved.state)

        def work(stored: Stored) -> Standing:
            row = stored.held(run_id, lease.epoch)
            stored.append(run_id, row.number, number, texts)
            if saved is not None and state is not None:
                stored.save(run_id, saved.number, saved.place, state)
            elif chunks:
                stored.keep(run_id, batch.place, chunks)
            return row.status, max(row.number, number + len(texts))

        self._news.tell({run_id: await self._writes.do(work)})

    async def close(
        self, lease: Lease, number: int, messages: Sequence[SaidOrResult], status: Status, result: Result | None
    ) -> None:
        """As `Log.close`."""
        if status == "open" or status not in get_args(Status):
            raise ValueError(f"status must say how the run ended, not {status!r}")
        run_id, texts, now = lease.run_id, _texts(messages), self._clock()
        text = None if result is None else dumps(result)

        def work(stored: Stored) -> Standing:
            row = stored.find(run_id)
            if row is not None and (row.status, row.epoch) == (status, lease.epoch):
                stored.check_same(run_id, number, texts)
            else:
                row = stored.held(run_id, lease.epoch)
                stored.append(run_id, row.number, number, texts)
                stored.close(run_id, status, now, text)
            return status, max(row.number, number + len(texts))

        self._news.tell({run_id: await self._writes.do(work)})

    async def renew(self, leases: Iterable[Lease], seconds: float) -> tuple[Lease, ...]:
        """As `Log.renew`."""
        held, until = tuple(leases), self._clock() + seconds
        return await self._writes.do(
            lambda stored: tuple([one for one in held if not stored.renew(one.run_id, one.epoch, until)])
        )

    async def release(self, lease: Lease) -> None:
        """As `Log.release`."""
        now = self._clock()
        await self._writes.do(lambda stored: stored.renew(lease.run_id, lease.epoch, now))

    async def orphans(self, limit: int = 100) -> tuple[str, ...]:
        """As `Log.orphans`."""
        now = self._clock()
        return tuple(await self._reads.do(lambda stored: stored.orphans(now, limit)))

    async def take_over(self, run_id: str, seconds: float) -> Lease | None:
        """As `Log.take_over`."""
        now = self._clock()
        epoch = await self._writes.do(lambda stored: stored.take_over(run_id, now, now + seconds))
        return None if epoch is None else Lease(run_id, epoch)

    async def restore(self, lease: Lease) -> Restored:
        """As `Log.restore`."""

        def work(stored: Stored) -> Restored:
            end = stored.held(lease.run_id, lease.epoch).number
            number, place, state, chunks = stored.restore(lease.run_id)
            return Restored(Checkpoint(number, place, loads(state)), tuple(map(loads, chunks)), end)

        return await self._reads.do(work)

    # What anybody asks for

    async def cancel(self, run_id: str) -> Status:
        """As `Log.cancel`."""

        def work(stored: Stored) -> Status:
            row = stored.row(run_id)
            if row.status == "open":
                stored.cancel(run_id)
            return row.status

        return await self._writes.do(work)

    async def cancelled(self, run_ids: Iterable[str]) -> frozenset[str]:
        """As `Log.cancelled`."""
        asked = tuple(run_ids)
        return frozenset(await self._reads.do(lambda stored: stored.cancelled(asked)))

    async def status(self, run_id: str) -> Status:
        """As `Log.status`."""
        return await self._reads.do(lambda stored: stored.row(run_id).status)

    async def read(self, run_id: str, after: str | None = None, wait: float = 0.0, limit: int = 500) -> Page:
        """As `Log.read`."""
        check_limit(limit)
        until = anyio.current_time() + wait
        with self._news.listening(run_id) as ear:
            while True:
                ear.begin()
                page, standing = await self._reads.do(lambda stored: _page(stored, run_id, after, limit))
                left = until - anyio.current_time()
                if page.says_something or left <= 0:
                    return page
                ear.known = standing
                with anyio.move_on_after(left):
                    await ear.wait()

    async def trim(self, run_id: str, until: str) -> None:
        """As `Log.trim`."""

        def work(stored: Stored) -> None:
            row = stored.row(run_id)
            number = number_after(until, row.sign, row.number)
            if number > row.trimmed:
                found = stored.messages(run_id, row.trimmed, number - row.trimmed)
                dropped = [text for at, text in found if at < number]
                kept = joined(map(loads, [*stored.trimmed(run_id), *dropped]))
                stored.trim(run_id, number, _texts(kept))

        await self._writes.do(work)

    async def forget(self, seconds: float) -> int:
        """As `Log.forget`."""
        before, forgotten = self._clock() - seconds, 0
        while found := await self._writes.do(lambda stored: stored.forget(before, _AT_ONCE)):
            forgotten += found
        return forgotten

    async def _watch(self) -> None:
        """Tell those who wait what other processes wrote."""
        while True:
            await self._news.wanted()
            await anyio.sleep(self._poll)
            try:
                self._news.tell(await self._reads.do(self._changed))
            except RuntimeError:
                return  # the log is being closed
            except sqlite3.Error as error:
                _log.warning("the log cannot be looked at, and is looked at again: %r", error)

    def _changed(self, stored: Stored) -> dict[str, Standing]:
        """Where the runs stand that somebody waits for; nothing where nobody has written."""
        (version,) = stored.connection.execute("PRAGMA data_version").fetchone()
        if version == self._seen:
            return {}
        self._seen = version
        return stored.standings(self._news.awaited)


def _page(stored: Stored, run_id: str, after: str | None, limit: int) -> tuple[Page, Standing]:
    row = stored.row(run_id)
    number, gap, over = number_after(after, row.sign, row.number), None, None
    if number < row.trimmed:
        number = row.trimmed
        gap = Gap(cursor_at(row.sign, number - 1), tuple(map(loads, stored.trimmed(run_id))))
    found = stored.messages(run_id, number, limit)
    if row.status != "open" and (not found or found[-1][0] == row.number - 1):
        result = stored.result(run_id)
        over = Over(row.status, None if result is None else loads(result))
    logged = tuple([Logged(cursor_at(row.sign, at), loads(text)) for at, text in found])
    return Page(gap, logged, over), (row.status, row.number)


def _texts(values: Iterable[Any]) -> list[str]:
    return list(map(dumps, values))
