"""Tasks beside a block: they end with it, and what it raises leaves it as it is."""

import anyio
import pytest
from streamfold.adapters.server.beside import Beside

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_tasks_end_with_the_block() -> None:
    ended = []

    async def wait() -> None:
        try:
            await anyio.sleep_forever()
        finally:
            ended.append(True)

    async with Beside() as group:
        group.start_soon(wait)
        await anyio.wait_all_tasks_blocked()
    assert ended == [True]


async def test_an_exception_of_the_block_leaves_it_as_it_is() -> None:
    error = KeyError("mine")
    with pytest.raises(KeyError) as raised:
        async with Beside() as group:
            group.start_soon(anyio.sleep_forever)
            raise error
    assert raised.value is error


async def test_an_exception_of_a_task_ends_the_block() -> None:
    async def fail() -> None:
        raise KeyError("its own")

    with pytest.raises(ExceptionGroup) as raised:
        async with Beside() as group:
            group.start_soon(fail)
            await anyio.sleep_forever()
    assert [type(one) for one in raised.value.exceptions] == [KeyError]


async def test_a_cancelled_block_is_cancelled_and_what_follows_goes_on() -> None:
    with anyio.move_on_after(0.01) as scope:
        async with Beside() as group:
            group.start_soon(anyio.sleep_forever)
            await anyio.sleep_forever()
    assert scope.cancelled_caught
    await anyio.sleep(0)
