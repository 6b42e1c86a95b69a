"""The log in Redis: what every log keeps, and what is its own."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from streamfold.adapters.errors import MissingExtra
from streamfold.adapters.server.log import RedisLog, redis_scripts
from streamfold.adapters.testing import log_conformance
from streamfold.adapters.testing.log_samples import SampleFold
from support.server.redis_server import needs_redis, redis_server


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.mark.deep
@needs_redis
def test_hundreds_of_readers_wait_at_once(tmp_path: Path) -> None:
    async def work(url: str) -> list[int]:
        found: list[int] = []

        async def read(log: RedisLog) -> None:
            found.append(len((await log.read("run", wait=20.0)).logged))

        async with RedisLog(url) as log:
            fold = SampleFold()
            lease = await fold.begin(log, "run")
            async with anyio.create_task_group() as group:
                for _ in range(250):
                    group.start_soon(read, log)
                await anyio.sleep(0.5)
                await fold.append(log, lease, 0, 1)
        return found

    with redis_server(tmp_path) as url:
        assert anyio.run(work, url) == [1] * 250


@needs_redis
@pytest.mark.parametrize("check", log_conformance.CHECKS, ids=lambda check: check.__name__)
def test_redis_keeps_the_contract(check: log_conformance.Check, url: str) -> None:
    anyio.run(check, lambda clock: RedisLog(url, prefix=check.__name__, clock=clock))


@needs_redis
def test_without_a_clock_the_time_is_that_of_the_server(url: str) -> None:
    async def work() -> None:
        async with RedisLog(url, prefix="clock") as log:
            fold = SampleFold()
            lease = await fold.begin(log, "run")
            assert await log.orphans() == ()
            await log.renew([lease], 0.05)
            await anyio.sleep(0.1)
            assert await log.orphans() == ("run",)
            assert await log.take_over("run", 1000) is not None
            assert await log.orphans() == ()

    anyio.run(work)


@needs_redis
def test_nothing_of_a_forgotten_run_is_left(url: str) -> None:
    async def work() -> list[Any]:
        async with RedisLog(url, prefix="forgotten") as log:
            fold = SampleFold()
            lease = await fold.begin(log, "run")
            await fold.append(log, lease, 0, 3)
            await log.trim("run", (await log.read("run")).logged[1].cursor)
            await log.cancel("run")
            await fold.close(log, lease)
            assert await log.forget(-1.0) == 1
        from redis.asyncio import from_url

        async with from_url(url) as client:
            return list(await client.keys("forgotten*"))

    assert anyio.run(work) == []


@needs_redis
def test_of_two_that_forget_at_once_neither_takes_a_new_run(url: str) -> None:
    class Slow(RedisLog):
        """It forgets what it has found only after another process did, and the id was used again."""

        async def _run(self, script: str, keys: list[str], *given: Any) -> Any:
            if script == redis_scripts.FORGET:
                async with RedisLog(url, prefix="twice") as other:
                    assert await other.forget(-1.0) == 1
                    await SampleFold().begin(other, "run")
            return await super()._run(script, keys, *given)

    async def work() -> None:
        async with Slow(url, prefix="twice") as log:
            fold = SampleFold()
            await fold.close(log, await fold.begin(log, "run"))
            assert await log.forget(-1.0) == 0
            assert await log.status("run") == "open"

    anyio.run(work)


@needs_redis
def test_on_trio_it_says_what_it_needs(url: str) -> None:
    async def work() -> None:
        async with RedisLog(url):
            raise AssertionError("it was opened")

    with pytest.raises(RuntimeError, match="a log in Redis needs asyncio"):
        anyio.run(work, backend="trio")


def test_where_nobody_answers_it_says_so() -> None:
    from redis.exceptions import ConnectionError as NobodyAnswers

    async def work() -> None:
        async with RedisLog("redis://127.0.0.1:1/0", retry=None):
            raise AssertionError("it was opened")

    with pytest.raises(NobodyAnswers):
        anyio.run(work)


def test_outside_of_its_block_it_asks_nothing() -> None:
    async def work() -> None:
        with pytest.raises(RuntimeError, match="the log is not open"):
            await RedisLog("redis://127.0.0.1:1/0").status("run")

    anyio.run(work)


def test_a_missing_client_names_its_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "redis.asyncio", None)
    with pytest.raises(MissingExtra, match=r"pip install 'streamfold\[redis\]'"):
        RedisLog("redis://127.0.0.1:1/0")
