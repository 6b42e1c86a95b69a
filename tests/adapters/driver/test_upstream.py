"""How what a driver was given is iterated."""

import asyncio
from collections.abc import AsyncIterator

from streamfold.adapters.driver.upstream import iterator_of


def test_a_stream_is_iterated_as_it_offers() -> None:
    async def asynchronous() -> AsyncIterator[int]:
        yield 1

    async def given() -> list[int]:
        return [one async for one in iterator_of(asynchronous(), True)]

    assert asyncio.run(given()) == [1]
    assert list(iterator_of([1, 2], False)) == [1, 2]
