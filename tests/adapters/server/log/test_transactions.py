"""Work in a thread: what waits shares a transaction, and what fails undoes itself alone."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pytest
from streamfold.adapters.errors import RunExists
from streamfold.adapters.server.log.sqlite_store import Stored
from streamfold.adapters.server.log.transactions import Transactions, connect

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@asynccontextmanager
async def writes(path: Path) -> AsyncIterator[tuple[Transactions, list[str]]]:
    """The transactions on a database, and the statements that it is given."""
    connection = connect(path / "runs.db", 5.0)
    statements: list[str] = []
    connection.set_trace_callback(statements.append)
    transactions = Transactions(connection, "BEGIN IMMEDIATE", "runs.db")
    async with anyio.create_task_group() as group:
        group.start_soon(transactions.run)
        yield transactions, statements
        group.cancel_scope.cancel()
    connection.close()


def begin(run_id: str) -> Any:
    return lambda stored: stored.begin(run_id, "sign", 0.0, ["a"], "state")


async def test_what_waits_at_the_same_time_shares_a_commit(tmp_path: Path) -> None:
    async with writes(tmp_path) as (transactions, statements):
        async with anyio.create_task_group() as group:
            for at in range(50):
                group.start_soon(transactions.do, begin(f"run-{at}"))
        assert 1 <= statements.count("COMMIT") <= 2
        found = await transactions.do(lambda stored: len(stored.orphans(1.0, 100)))
        assert found == 50


async def test_what_fails_undoes_itself_alone(tmp_path: Path) -> None:
    failed = []

    async with writes(tmp_path) as (transactions, _):

        async def work(run_id: str, also: str) -> None:
            def both(stored: Stored) -> None:
                stored.begin(run_id, "sign", 0.0, (), "state")
                stored.begin(also, "sign", 0.0, (), "state")

            try:
                await transactions.do(both)
            except RunExists:
                failed.append(run_id)

        await work("taken", "also taken")
        async with anyio.create_task_group() as group:
            group.start_soon(work, "one", "taken")
            group.start_soon(work, "two", "three")
        there = await transactions.do(lambda stored: set(stored.orphans(1.0, 100)))
    assert failed == ["one"]
    assert there == {"taken", "also taken", "two", "three"}


async def test_what_the_database_raises_everybody_gets(tmp_path: Path) -> None:
    other = connect(tmp_path / "runs.db", 0.0)
    connection = connect(tmp_path / "runs.db", 0.0)
    transactions = Transactions(connection, "BEGIN IMMEDIATE", "runs.db")
    raised = []

    async def work(run_id: str) -> None:
        try:
            await transactions.do(begin(run_id))
        except sqlite3.OperationalError as error:
            raised.append(str(error))

    async with anyio.create_task_group() as group:
        group.start_soon(transactions.run)
        other.execute("BEGIN IMMEDIATE")
        async with anyio.create_task_group() as workers:
            workers.start_soon(work, "one")
            workers.start_soon(work, "two")
        other.execute("ROLLBACK")
        assert raised == ["runs.db: database is locked"] * 2
        await work("one")
        group.cancel_scope.cancel()
    assert len(raised) == 2
    connection.close()
    other.close()


async def test_after_the_end_nothing_is_done_and_nobody_waits(tmp_path: Path) -> None:
    connection = connect(tmp_path / "runs.db", 0.0)
    transactions = Transactions(connection, "BEGIN IMMEDIATE", "runs.db")
    raised = []

    async def work() -> None:
        try:
            await transactions.do(begin("one"))
        except RuntimeError as error:
            raised.append(str(error))

    async with anyio.create_task_group() as group:
        group.start_soon(work)
        await anyio.wait_all_tasks_blocked()
        async with anyio.create_task_group() as closed:
            closed.cancel_scope.cancel()
            closed.start_soon(transactions.run)
    await work()
    assert raised == ["the log was closed meanwhile", "the log is not open: use it inside its `async with`"]
    connection.close()


async def test_tables_of_another_version_are_refused(tmp_path: Path) -> None:
    connection = connect(tmp_path / "runs.db", 0.0)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(ValueError, match="a log of version 99; this streamfold reads 2"):
        connect(tmp_path / "runs.db", 0.0)


def test_what_cannot_be_opened_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes.db").write_text("no database at all, but some text of which nothing can be made" * 20)
    for path in (tmp_path / "nowhere" / "runs.db", tmp_path / "notes.db"):
        with pytest.raises(sqlite3.Error, match=path.name) as raised:
            connect(path, 0.0)
        assert str(path) in str(raised.value)
