"""A detached task that does one job after another, and reports what each returned or raised."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import anyio

from .loops import Event, Loop, wait_out, wait_until

__all__ = ["Job", "Worker"]

_log = logging.getLogger("streamfold")

Job: TypeAlias = Callable[[], Awaitable[Any]]
Then: TypeAlias = Callable[[Any, BaseException | None], None]
"""Is told what a job gave, or raised; it must not raise."""
Interrupted: TypeAlias = Callable[[BaseException, Job | None], tuple[Job, Then] | None]
"""Gives what is to be done in place of a job that was not begun, or of none, where the task was cancelled meanwhile."""


class Worker:
    """Does jobs, all in one task, so that what one of them opens the next may close."""

    def __init__(
        self,
        loop: Loop,
        is_bounded: bool = False,
        when_over: Callable[[], Event | None] | None = None,
        interrupted: Interrupted | None = None,
        last: Job | None = None,
    ) -> None:
        """Begin the task.

        Args:
            loop: the loop that is running.
            is_bounded: whether its jobs end by themselves.
            when_over: called when it does no more, whether it was told so or cancelled; the task ends once an event
                that this returns is set. The end of a loop waits for the tasks that there are, not for later ones.
            interrupted: asked if it is cancelled between two jobs, by a scope that a job left open, or since the loop
                ends.
            last: done before the task ends otherwise than by `end`: what was opened in it is to be left in it.
        """
        self._loop = loop
        self._when_over = when_over
        self._interrupted = interrupted
        self._last = last
        self._job: Job | None = None
        self._then: Then | None = None
        self._wanted = loop.signal()
        self._freed: Event | None = None
        self._was_cut = False
        self._over = False
        self._failure: Exception | None = None  # what ended it while it had no job
        self.busy = False
        self._task = loop.spawn(self._work, is_bounded)

    @property
    def is_free(self) -> bool:
        """Whether a job can be begun."""
        return not (self.busy or self._over)

    def begin(self, job: Job, then: Then) -> None:
        """Let it do a job. If it is over, it cannot, and tells that at once."""
        if self._over:
            then(None, self._failure or RuntimeError("the task that reads the stream is over"))
            return
        self.busy, self._job, self._then = True, job, then
        self._wanted.set()

    def cut(self) -> None:
        """Cancel what the job that it is at waits for, once: the job's clean-up may wait."""
        if self.busy:
            self._was_cut = True
            self._task.cut()

    def abandon(self) -> None:
        """Let nothing wait for the job that it is at."""
        self._task.abandon()

    def end(self) -> None:
        """Let it do no more."""
        self._over = True
        self._wanted.set()

    async def freed(self, seconds: float) -> bool:
        """Wait until it has done its job, for so long; whether it has. A loop that ends cuts the wait short."""
        if self.busy:
            self._freed = self._loop.event()
            try:
                await wait_until(self._loop, self._freed, self._loop.now() + seconds)
            except anyio.get_cancelled_exc_class():
                pass
        return not self.busy

    async def _work(self) -> None:
        over: Event | None = None
        try:
            goes_on = True
            while goes_on:
                job = await self._wanted_job()
                goes_on = (job is None or await self._do(job)) and not self._over
        finally:
            self._over = True
            if self._when_over is not None:
                over = self._when_over()
        if over is not None and not over.is_set():
            await wait_out(over)

    async def _wanted_job(self) -> Job | None:
        """Wait for a job, or for the end."""
        try:
            await self._wanted.wait()
        except anyio.get_cancelled_exc_class() as error:
            return None if self._over else self._in_place(error)
        finally:
            self._wanted = self._loop.signal()
        return self._job

    def _in_place(self, error: BaseException) -> Job:
        """What is done where the task was cancelled before it began its job, or while it had none."""
        if self._interrupted is not None and not self._was_cut:
            found = self._interrupted(error, self._job)
            if found is not None:
                self.busy = True
                self._job, self._then = found
                return self._job

        async def raising() -> Any:
            raise error

        return raising

    async def _do(self, job: Job) -> bool:
        """Do a job; whether the task can go on."""
        item: Any = None
        error: BaseException | None = None
        try:
            item = await job()
        except GeneratorExit:
            raise
        except BaseException as raised:
            error = raised
        # One that was cut does no more, also where the job took no notice: what came next would be cancelled as well.
        goes_on = not self._was_cut and (error is None or isinstance(error, Exception))
        if not goes_on and self._last is not None:
            if self._was_cut:
                self._task.shield()
            try:
                await self._last()
            except GeneratorExit:
                raise
            except BaseException as raised:
                if self._is_explained(error, raised):
                    error = raised
                else:
                    _log.debug("what was left of a stream raised: %r", raised)
        then, self._job, self._then, self.busy = self._then, None, None, False
        if self._freed is not None:
            self._freed.set()
        if then is not None:
            then(item, error)
        elif isinstance(error, Exception):
            self._failure = error
        del error  # whose traceback has this frame
        return goes_on

    def _is_explained(self, error: BaseException | None, raised: BaseException) -> bool:
        """Whether what was raised on leaving is why a job was cancelled: a task of a group around it failed."""
        was_cancelled = isinstance(error, anyio.get_cancelled_exc_class()) and not self._was_cut
        return was_cancelled and isinstance(raised, Exception) and hasattr(raised, "exceptions")
