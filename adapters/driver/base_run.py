"""What a run is with an event loop and without: the state and the result of its session, and how its upstream fails."""

from typing import Generic, TypeVar

from ...reducer.ends import Cancelled, Failed
from ...reducer.result import Result
from .session import Session

__all__ = ["BaseRun"]

StateT = TypeVar("StateT")


class BaseRun(Generic[StateT]):
    """What `Run` and `SyncRun` have in common."""

    def __init__(self, session: Session[StateT]) -> None:
        self._session = session
        self._closed = False

    @property
    def state(self) -> StateT:
        """The machine's state, now."""
        return self._session.state

    @property
    def result(self) -> Result:
        """What is true now; after the run, what it came to."""
        return self._session.result

    def _is_cancelled(self) -> bool:
        raise NotImplementedError

    def _failed(self, error: Exception) -> None:
        """The upstream raised this. What a cancelled one makes of being cancelled, or cut short, is no failure."""
        if self._is_cancelled():
            self._session.finish(Cancelled())
        else:
            self._session.finish(Failed(error), error)

    def _leave(self) -> None:
        """The consumer left: discard pending messages."""
        self._session.finish(Cancelled(), silently=True)
