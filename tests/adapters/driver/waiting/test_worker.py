"""A task that does one thing after another, is cut short, ended, and tells what came of it."""

from typing import Any

import anyio
import pytest
from streamfold.adapters.driver.waiting.loops import running_loop
from streamfold.adapters.driver.waiting.worker import Worker

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class Told:
    """What a worker told."""

    def __init__(self) -> None:
        self.answers: list[Any] = []

    def __call__(self, item: Any, error: BaseException | None) -> None:
        self.answers.append(item if error is None else type(error).__name__)


async def settled() -> None:
    for _ in range(20):
        await anyio.lowlevel.checkpoint()


async def one() -> int:
    await anyio.lowlevel.checkpoint()
    return 1


async def failing() -> None:
    raise OSError("no")


async def test_all_jobs_are_done_by_one_task() -> None:
    worker, told, tasks = Worker(running_loop()), Told(), set()

    async def job() -> None:
        tasks.add(anyio.get_current_task().id)

    for work in (one, failing, job, job):
        assert worker.is_free
        worker.begin(work, told)
        assert not worker.is_free
        assert await worker.freed(5)
    assert told.answers == [1, "OSError", None, None]
    assert len(tasks) == 1
    worker.end()


async def test_a_scope_that_one_job_opens_another_may_close() -> None:
    worker, told = Worker(running_loop()), Told()
    scope = anyio.CancelScope()

    async def enter() -> None:
        scope.__enter__()

    async def leave() -> None:
        scope.__exit__(None, None, None)

    for work in (enter, one, leave):
        worker.begin(work, told)
        await worker.freed(5)
    assert told.answers == [None, 1, None]
    worker.end()


async def test_a_job_is_cut_short() -> None:
    over = []
    worker, told = Worker(running_loop(), when_over=lambda: over.append(True)), Told()
    worker.cut()  # it has nothing to do
    worker.begin(anyio.sleep_forever, told)
    assert not await worker.freed(0.001)
    worker.cut()
    assert await worker.freed(5)
    assert told.answers == [anyio.get_cancelled_exc_class().__name__]
    await settled()
    assert not worker.is_free
    worker.begin(one, told)
    assert told.answers[1:] == ["RuntimeError"]
    worker.end()
    await settled()
    assert over == [True]


async def test_a_worker_that_was_ended_does_no_more() -> None:
    over = []
    worker, told = Worker(running_loop(), when_over=lambda: over.append(True)), Told()
    worker.end()
    worker.begin(one, told)
    assert told.answers == ["RuntimeError"]
    await settled()
    assert over == [True]


async def test_what_is_no_exception_ends_the_worker_and_is_told() -> None:
    async def leaving() -> None:
        raise SystemExit(3)

    worker, told = Worker(running_loop()), Told()
    worker.begin(leaving, told)
    await worker.freed(5)
    await settled()
    assert told.answers == ["SystemExit"]
    assert not worker.is_free


async def test_what_is_last_comes_before_a_deaf_job_is_told() -> None:
    order: list[str] = []

    async def deaf() -> str:
        try:
            await anyio.sleep_forever()
        except anyio.get_cancelled_exc_class():
            pass
        return "deaf"

    async def last() -> None:
        order.append("last")
        raise OSError("what was left")

    worker = Worker(running_loop(), last=last)
    worker.begin(deaf, lambda item, error: order.append(item))
    assert not await worker.freed(0.001)
    worker.cut()
    assert await worker.freed(5)
    assert order == ["last", "deaf"]
    worker.end()


async def test_a_scope_that_ends_between_jobs_is_asked_what_to_do() -> None:
    scope, told, asked = anyio.CancelScope(), Told(), []

    async def enter() -> None:
        scope.__enter__()

    async def leave(error: BaseException) -> str:
        if scope.__exit__(type(error), error, error.__traceback__):
            return "left"
        raise error

    def interrupted(error: BaseException, job: Any) -> Any:
        asked.append(job)
        return lambda: leave(error), told

    worker = Worker(running_loop(), interrupted=interrupted)
    worker.begin(enter, told)
    assert await worker.freed(5)
    await settled()
    scope.cancel()
    await settled()
    assert (told.answers, asked) == ([None, "left"], [None])
    worker.begin(one, told)
    assert await worker.freed(5)
    assert told.answers[2:] == [1]
    worker.end()
