"""The log in a SQLite database: what every log keeps, and what is its own."""

import sqlite3
from pathlib import Path
from typing import Any

import anyio
import pytest
from streamfold.adapters.server.log import SqliteLog
from streamfold.adapters.server.log.sqlite_store import Stored
from streamfold.adapters.testing import log_conformance
from streamfold.adapters.testing.log_samples import Clock, SampleFold


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
@pytest.mark.parametrize("check", log_conformance.CHECKS, ids=lambda check: check.__name__)
def test_it_keeps_the_contract(check: log_conformance.Check, backend: str, tmp_path: Path) -> None:
    anyio.run(check, lambda clock: SqliteLog(tmp_path / "runs.db", clock=clock), backend=backend)


@pytest.mark.parametrize("path", ["", ":memory:"])
def test_a_database_in_memory_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="path must be a file's"):
        SqliteLog(path)


def test_outside_of_its_block_it_says_so(tmp_path: Path) -> None:
    async def work() -> None:
        log = SqliteLog(tmp_path / "runs.db")
        for call in (log.read("run"), log.cancel("run")):
            with pytest.raises(RuntimeError, match="the log is not open"):
                await call
        async with log:
            assert await log.orphans() == ()
        with pytest.raises(RuntimeError, match="the log is not open"):
            await log.orphans()

    anyio.run(work)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "runs.db").write_bytes(b"no database" * 100)

    async def work() -> None:
        async with SqliteLog(tmp_path / "runs.db"):
            raise AssertionError("it was opened")

    with pytest.raises(sqlite3.DatabaseError):
        anyio.run(work)


def test_who_waits_in_silence_asks_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def counted(name: str) -> None:
        method = getattr(Stored, name)

        def counting(stored: Stored, *given: Any) -> Any:
            asked.append(name)
            return method(stored, *given)

        monkeypatch.setattr(Stored, name, counting)

    async def work() -> None:
        fold = SampleFold()
        async with SqliteLog(tmp_path / "runs.db", poll=0.005) as log:
            lease = await fold.begin(log, "run")
            await fold.append(log, lease, 0, 2)
            after = (await log.read("run")).logged[-1].cursor
            for name in ("row", "standings"):
                counted(name)
            assert not (await log.read("run", after, wait=0.5)).says_something
        assert asked.count("standings") <= 2
        assert asked.count("row") <= 3

    anyio.run(work)


def test_many_runs_are_forgotten(tmp_path: Path) -> None:
    async def work() -> None:
        async with SqliteLog(tmp_path / "runs.db", clock=Clock()) as log:
            for at in range(45):
                lease = await SampleFold().begin(log, f"run-{at}")
                await log.close(lease, 0, (), "failed", None)
            assert await log.forget(0.0) == 45
            assert await log.forget(0.0) == 0

    anyio.run(work)


def test_what_was_logged_is_there_after_a_restart(tmp_path: Path) -> None:
    fold = SampleFold()

    async def write() -> None:
        async with SqliteLog(tmp_path / "runs.db") as log:
            lease = await fold.begin(log, "run")
            await fold.append(log, lease, 0, 3)

    async def read() -> None:
        async with SqliteLog(tmp_path / "runs.db", clock=Clock(1e12)) as log:
            assert [one.message for one in (await log.read("run")).logged] == fold.messages[: fold.numbers[3]]
            assert await log.orphans() == ("run",)

    anyio.run(write)
    anyio.run(read)
