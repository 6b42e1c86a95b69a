"""Who waits for a run is woken by what he does not know."""

import anyio
import pytest
from streamfold.adapters.server.log.news import News

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def is_woken(waiting: object) -> bool:
    with anyio.move_on_after(0.05):
        await waiting.wait()  # type: ignore[attr-defined]
        return True
    return False


async def test_what_is_new_wakes_and_what_is_known_does_not() -> None:
    news = News()
    with news.listening("one") as ear:
        ear.known = ("open", 3)
        news.tell({"one": ("open", 3), "two": ("open", 9)})
        assert not await is_woken(ear)
        news.tell({"one": ("open", 4)})
        assert await is_woken(ear)
        ear.begin()
        assert not await is_woken(ear)


async def test_what_comes_while_it_is_being_looked_for_is_news() -> None:
    news = News()
    with news.listening("one") as ear:
        ear.begin()
        news.tell({"one": ("open", 3)})
        ear.known = ("open", 2)
        assert await is_woken(ear)


async def test_awaited_are_the_runs_that_somebody_waits_for() -> None:
    news = News()
    assert news.awaited == []
    with news.listening("one"), news.listening("one"), news.listening("two"):
        await news.wanted()
        assert news.awaited == ["one", "two"]
    assert news.awaited == []


async def test_nobody_looks_while_nobody_waits() -> None:
    news = News()
    looks = []

    async def look() -> None:
        await news.wanted()
        looks.append(news.awaited)

    async with anyio.create_task_group() as group:
        group.start_soon(look)
        await anyio.wait_all_tasks_blocked()
        assert looks == []
        with news.listening("one"):
            await anyio.wait_all_tasks_blocked()
    assert looks == [["one"]]
