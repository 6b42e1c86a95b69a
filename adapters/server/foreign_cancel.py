"""Cancellations that are not the task's own: what it waited for was cancelled, and not the task itself."""

from asyncio import current_task
from types import TracebackType

import anyio
import anyio.lowlevel

__all__ = ["ForeignCancelsFail"]


class ForeignCancelsFail:
    """Inside the block, a cancellation that nobody asked of this task is an error: `async with ForeignCancelsFail():`.

    asyncio raises `CancelledError` where a task or a future that is awaited was cancelled, as it does where the waiting
    task itself is. A task group takes both for the end of all that is in it: one tool of one run would end every run.

    Raises:
        RuntimeError: in the place of such a cancellation, when the block is left.
    """

    async def __aenter__(self) -> None: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None or not isinstance(error, anyio.get_cancelled_exc_class()):
            return
        await anyio.lowlevel.checkpoint_if_cancelled()
        task = current_task()  # trio knows no cancellation but that of a scope, which was raised just now
        if task is None or not task.cancelling():
            raise RuntimeError("what was waited for was cancelled, and not the task that waited") from error
