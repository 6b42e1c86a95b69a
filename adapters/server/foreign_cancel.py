"""Cancellations that are not the task's own: what it waited for was cancelled, and not the task itself."""

from asyncio import current_task
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio
import anyio.lowlevel

__all__ = ["foreign_cancels_as_errors"]


@asynccontextmanager
async def foreign_cancels_as_errors() -> AsyncGenerator[None, None]:
    """Inside the block, a cancellation that nobody asked of this task is an error.

    asyncio raises `CancelledError` where a task or a future that is awaited was cancelled, as it does where the waiting
    task itself is. A task group takes both for the end of all that is in it: one tool of one run would end every run.

    Raises:
        RuntimeError: in the place of such a cancellation.
    """
    try:
        yield
    except anyio.get_cancelled_exc_class() as error:
        await anyio.lowlevel.checkpoint_if_cancelled()
        task = current_task()  # trio knows no cancellation but that of a scope, which was raised just now
        if task is not None and task.cancelling():
            raise
        raise RuntimeError("what was waited for was cancelled, and not the task that waited") from error
