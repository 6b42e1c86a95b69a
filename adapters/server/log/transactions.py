"""A database's transactions in a thread of their own: all that wait for one share it, so that they share its commit."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

import anyio
import anyio.to_thread

from .sqlite_store import SCHEMA, VERSION, Stored

__all__ = ["Transactions", "connect"]

T = TypeVar("T")


def connect(path: str | Path, timeout: float) -> sqlite3.Connection:
    """A connection to a log's database, which is made if it is not there.

    Args:
        path: of the file.
        timeout: seconds to wait for other processes that write.

    Raises:
        sqlite3.Error: if it cannot be opened.
        ValueError: if its tables are those of another version.
    """
    try:
        connection = sqlite3.connect(path, timeout=timeout, isolation_level=None, check_same_thread=False)
    except sqlite3.Error as error:
        raise _named(path, error) from error
    try:
        version = _prepared(connection)
        if version not in (0, VERSION):
            raise ValueError(f"{path}: a log of version {version}; this streamfold reads {VERSION}")
    except sqlite3.Error as error:
        connection.close()
        raise _named(path, error) from error
    except BaseException:
        connection.close()
        raise
    return connection


def _prepared(connection: sqlite3.Connection) -> int:
    """Make the tables, where there are none; the version of those that were there."""
    connection.execute("PRAGMA journal_mode = WAL")
    # Commits survive the death of the process; those of the last moments may not survive that of the machine.
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("BEGIN IMMEDIATE")
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == 0:
        for statement in SCHEMA.split(";\n"):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")
    return int(version)


def _named(path: str | Path, error: sqlite3.Error) -> sqlite3.Error:
    """The same error with the file's name in its text."""
    named = type(error)(f"{path}: {error}")
    for name in ("sqlite_errorcode", "sqlite_errorname"):
        if hasattr(error, name):
            setattr(named, name, getattr(error, name))
    return named


class _Job(Generic[T]):
    """Work to do in a transaction, and what came of it."""

    def __init__(self, work: Callable[[Stored], T]) -> None:
        self.work = work
        self.over = anyio.Event()
        self.tried = False
        self.value: T
        self.error: BaseException | None = None


class Transactions:
    """Does work in a thread, in the order in which it came.

    Args:
        connection: to the database.
        kind: of the transactions.
        path: of the database, which errors name.
    """

    def __init__(
        self, connection: sqlite3.Connection, kind: Literal["BEGIN", "BEGIN IMMEDIATE"], path: str | Path
    ) -> None:
        self._stored = Stored(connection)
        self._path = path
        self._kind = kind
        self._jobs: list[_Job[Any]] = []
        self._news = anyio.Event()
        self._limiter = anyio.CapacityLimiter(1)
        self._closed = False

    async def do(self, work: Callable[[Stored], T]) -> T:
        """What this gives, in a transaction; what it raises undoes it, and nothing of the others.

        Raises:
            RuntimeError: if the log is not open.
            sqlite3.Error: what the database raises.
        """
        if self._closed:
            raise RuntimeError("the log is not open: use it inside its `async with`")
        job = _Job(work)
        self._jobs.append(job)
        self._news.set()
        await job.over.wait()
        if job.error is not None:
            try:
                if isinstance(job.error, sqlite3.Error):
                    raise _named(self._path, job.error) from job.error
                raise job.error
            finally:
                del job.error  # whose traceback has this frame
        return job.value

    async def run(self) -> None:
        """Do what comes, until this is cancelled."""
        jobs: list[_Job[Any]] = []
        try:
            while True:
                await self._news.wait()
                self._news = anyio.Event()
                jobs, self._jobs = self._jobs, []
                await anyio.to_thread.run_sync(self._transact, jobs, limiter=self._limiter)
                for job in jobs:
                    job.over.set()
        finally:
            self._closed = True
            for job in (*jobs, *self._jobs):
                if not job.tried:
                    job.error = RuntimeError("the log was closed meanwhile")
                job.over.set()

    def _transact(self, jobs: list[_Job[Any]]) -> None:
        execute = self._stored.connection.execute
        try:
            execute(self._kind)
            for job in jobs:
                self._attempt(job)
            execute("COMMIT")
        except BaseException as error:
            if self._stored.connection.in_transaction:
                execute("ROLLBACK")
            for job in jobs:
                job.error = error
        for job in jobs:
            job.tried = True

    def _attempt(self, job: _Job[Any]) -> None:
        execute = self._stored.connection.execute
        execute("SAVEPOINT job")
        try:
            job.value = job.work(self._stored)
        except Exception as error:
            job.error = error
            execute("ROLLBACK TO job")
        execute("RELEASE job")
