"""What a run is with an event loop and without: the state and the result of its session, and what it is told to do."""

from typing import Generic, TypeVar

from ...reducer.result import Result
from .session import Session

__all__ = ["BaseRun", "RunCancelled"]

StateT = TypeVar("StateT")


class RunCancelled(Exception):
    """Throw this into a run with `athrow` to cancel it."""


class BaseRun(Generic[StateT]):
    """What `Run` and `SyncRun` have in common."""

    def __init__(self, session: Session[StateT]) -> None:
        self._session = session

    @property
    def state(self) -> StateT:
        """The machine's state, now."""
        return self._session.state

    @property
    def result(self) -> Result:
        """What is true now; after the run, what it came to."""
        return self._session.result
