"""The scripts' own marks in Redis: a message's number is its id in the stream."""

from collections.abc import Iterator
from typing import Any

import anyio
import pytest
from streamfold.adapters.server.log import RedisLog, redis_scripts
from streamfold.adapters.testing.log_samples import SampleFold
from support.server.redis_server import needs_redis, redis_server


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


@needs_redis
def test_a_message_is_in_the_stream_under_its_number(url: str) -> None:
    async def work() -> Any:
        from redis.asyncio import from_url

        async with RedisLog(url) as log:
            fold = SampleFold()
            lease = await fold.begin(log, "run")
            await fold.append(log, lease, 0, 3)
            await fold.append(log, lease, 2, len(fold.chunks))
            await fold.close(log, lease)
        async with from_url(url) as client:
            return len(fold.messages) + len(fold.last), await client.xrange("streamfold:messages:run")

    many, entries = anyio.run(work)
    assert [at for at, _ in entries] == [*(f"{number + 1}-0".encode() for number in range(many)), f"{many}-1".encode()]
    assert [list(fields) for _, fields in entries] == [[b"m"]] * many + [[b"e"]]


@needs_redis
def test_the_clock_is_the_given_one_or_that_of_the_server(url: str) -> None:
    async def work() -> Any:
        from redis.asyncio import from_url

        async with from_url(url) as client:
            now = client.register_script(redis_scripts.NOW)
            return await now([], ["12.5"]), await now([], [""]), await client.time()

    given, own, (seconds, _) = anyio.run(work)
    assert given == b"12.500000"
    assert abs(float(own) - seconds) < 60
