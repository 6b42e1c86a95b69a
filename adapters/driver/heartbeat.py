"""Keep-alives for clients and proxies that close a connection on which nothing comes for a while."""

from collections.abc import AsyncIterator
from typing import Any, ClassVar, Literal

from attrs import frozen

from ...reducer.messages import Message
from .check_stream import check_seconds
from .run import Run

__all__ = ["BEAT", "Beat", "heartbeat"]


@frozen
class Beat:
    """No message came for the given time: send a keep-alive of your protocol, such as a comment of server-sent events.

    Attributes:
        message_type: "ping", so that it can be told from messages as they are told from each other.
    """

    message_type: ClassVar[Literal["ping"]] = "ping"


BEAT = Beat()
"""The one value of `Beat`."""


def heartbeat(run: Run[Any], seconds: float) -> AsyncIterator[Message | Beat]:
    """The messages of a run, and a `BEAT` for every so many seconds without one.

    What is read goes on meanwhile: waiting for a message that is not there yet is never cancelled for a beat.

    Args:
        run: an entered run.
        seconds: of silence.

    Raises:
        TypeError: if `seconds` is no number.
        ValueError: if it is not above 0.
    """
    check_seconds(seconds=seconds)
    if seconds <= 0:
        raise ValueError(f"seconds must be above 0, not {seconds!r}")
    return _Beating(run, seconds)


class _Beating:
    def __init__(self, run: Run[Any], seconds: float) -> None:
        self._run = run
        self._seconds = seconds

    def __aiter__(self) -> "_Beating":
        return self

    async def __anext__(self) -> Message | Beat:
        return await self._run.__anext__() if await self._run.ready(self._seconds) else BEAT
