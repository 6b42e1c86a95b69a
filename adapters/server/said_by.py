"""What a run says, as a turn of one model call: its messages, then its result."""

import logging
from collections.abc import AsyncIterator
from typing import Any

from ..driver.run import Run
from ..protocols.turn import SaidOrResult

__all__ = ["said_by"]

_log = logging.getLogger("streamfold")


async def said_by(run: Run[Any], *meant: type[Exception]) -> AsyncIterator[SaidOrResult]:
    """The messages of a run, and its result, which tells what an exception of the upstream's came to.

    Args:
        run: a run that is not entered yet.
        meant: exceptions that the upstream is meant to raise; others are logged.
    """
    try:
        async with run:
            async for message in run:
                yield message
    except meant:
        pass
    except Exception as error:
        _log.error("the run of a response raised: %r", error, exc_info=error)
    yield run.result
