"""Tasks that go on beside a block, and end with it."""

from types import TracebackType

import anyio
from anyio.abc import TaskGroup

__all__ = ["Beside"]


class Beside:
    """A task group whose tasks are cancelled where its block ends: `async with Beside() as group`.

    What the block raises leaves it as it is, where a task group of anyio's own would wrap it into an `ExceptionGroup`.
    What a task raises cancels the block, and leaves it in such a group.
    """

    def __init__(self) -> None:
        self._group = anyio.create_task_group()

    async def __aenter__(self) -> TaskGroup:
        return await self._group.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._group.cancel_scope.cancel()
        if isinstance(error, anyio.get_cancelled_exc_class()):  # which a group has to know of, and does not wrap
            await self._group.__aexit__(kind, error, trace)
        else:
            await self._group.__aexit__(None, None, None)
