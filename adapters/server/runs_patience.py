"""How long runs wait for their log: each call of it has a time, and what may be asked twice is asked again."""

import logging
from collections.abc import Awaitable, Callable
from math import inf
from typing import TypeVar

import anyio

from ..errors import StreamfoldError
from .foreign_cancel import ForeignCancelsFail

__all__ = ["LAST_WORDS", "answer_within", "insist"]

LAST_WORDS = 2.0
"""Seconds in which what is torn off may still write to the log."""

T = TypeVar("T")

_log = logging.getLogger("streamfold")
_PART = 3
"""A call has this part of a lease: one that hangs, as on a connection that died, leaves time to ask again."""


def _always() -> bool:
    return True


async def answer_within(seconds: float, ask: Callable[[], Awaitable[T]]) -> T:
    """What the log answers.

    Raises:
        TimeoutError: if it does not answer in time.
        Exception: what the store raises.
    """
    async with ForeignCancelsFail():
        with anyio.move_on_after(seconds):
            return await ask()
    raise TimeoutError(f"the log has not answered for {seconds:.3g} s")


async def insist(
    ask: Callable[[], Awaitable[T]],
    lease: float,
    run_id: str,
    *,
    wait: float = 0.0,
    wanted: Callable[[], bool] = _always,
) -> T:
    """What the log answers, asked again and again for the time of a lease from its first failure on.

    Args:
        ask: asks something that may be asked twice.
        lease: seconds.
        run_id: for what is logged.
        wait: seconds that the log was asked to wait, which are no failure.
        wanted: whether a failure is to be followed by another try.

    Raises:
        StreamfoldError: if the log refuses it.
        TypeError, UnicodeEncodeError: if it cannot be asked that.
        Exception: what the store raises at last; `TimeoutError` if it does not answer.
    """
    pause, until = 0.05, inf
    while True:
        try:
            return await answer_within(wait + lease / _PART, ask)
        except (StreamfoldError, TypeError, UnicodeEncodeError):
            raise
        except Exception as error:
            until = min(until, anyio.current_time() + lease)
            if anyio.current_time() >= until or not wanted():
                raise
            _log.warning("the log failed for run %r, trying again: %r", run_id, error)
        await anyio.sleep(pause)
        pause = min(2 * pause, 1.0)
