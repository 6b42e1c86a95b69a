"""The part that asynchronous and synchronous runs share: the state and the result of the session."""

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
        """The machine's state after the chunks that were folded so far."""
        return self._session.state

    @property
    def result(self) -> Result:
        """The result at the machine's present state; after the run, the final result."""
        return self._session.result
