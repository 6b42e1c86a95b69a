"""The contract that the three wire modules keep."""

from collections.abc import Iterable
from typing import Any, Protocol, TypeAlias, TypeVar

from .ends import End, Ended
from .messages import Message
from .result import Result

ConfigT = TypeVar("ConfigT", contravariant=True)
ChunkT = TypeVar("ChunkT", contravariant=True)
StateT = TypeVar("StateT")


class Machine(Protocol[ConfigT, ChunkT, StateT]):
    """What `chat`, `inner_thoughts` and `responses` have in common; each of these modules is one."""

    def start(self, config: ConfigT, /) -> tuple[StateT, tuple[Message, ...]]:
        """The state before the first chunk, and what is said before it."""
        ...

    def step(self, state: StateT, chunk: ChunkT, /) -> tuple[StateT, tuple[Message, ...]]:
        """Fold one chunk. Never raises; the input state stays as it was."""
        ...

    def finish(self, state: StateT, end: End, /) -> tuple[StateT, tuple[Message, ...]]:
        """Say what was held back, then why it is over. Idempotent."""
        ...

    def result(self, state: StateT, /) -> Result:
        """What is true at this state, be it the last one or not."""
        ...


AnyMachine: TypeAlias = Machine[Any, Any, Any]
"""A machine of any wire, for code that picks the wire at run time."""


def fold(
    machine: Machine[ConfigT, ChunkT, StateT], config: ConfigT, chunks: Iterable[ChunkT], end: End | None = None
) -> tuple[StateT, tuple[Message, ...]]:
    """Fold a whole stream.

    Args:
        machine: `chat`, `inner_thoughts`, `responses`, or a machine of your own.
        config: the machine's `Config`.
        chunks: the machine's chunks, in order.
        end: why there are no more; `Ended()` if left out.

    Returns:
        The last state and every message.
    """
    state, messages = machine.start(config)
    said = list(messages)
    for chunk in chunks:
        state, messages = machine.step(state, chunk)
        said.extend(messages)
    state, messages = machine.finish(state, Ended() if end is None else end)
    said.extend(messages)
    return state, tuple(said)
