"""The contract that the three wire modules keep, and the ends that a driver can report."""

from collections.abc import Iterable
from typing import Any, Protocol, TypeAlias, TypeVar

from attrs import field, frozen

from .messages import Message
from .result import Result

_OVERFLOWS = (
    "exceeds the context window",
    "This model's maximum context length is",
    "maximum context length",
    "context_length_exceeded",
    "Input tokens exceed the configured limit",
)

ConfigT = TypeVar("ConfigT", contravariant=True)
ChunkT = TypeVar("ChunkT", contravariant=True)
StateT = TypeVar("StateT")


@frozen
class Ended:
    """The upstream ended by itself. Whether it had said that it was over, the fold knows."""


@frozen
class Cancelled:
    """The run was cancelled: by a user, a server's shutdown, a consumer that left."""


def _text_of(error: object) -> str:
    return error if isinstance(error, str) else f"{type(error).__name__}: {error}"


@frozen
class Failed:
    """The upstream raised, or went silent for too long.

    Attributes:
        error: what went wrong, as text; an exception is turned into "TypeName: its text" (a state holds values only).
    """

    error: str = field(default="", converter=_text_of)


End: TypeAlias = Ended | Cancelled | Failed
"""Why a stream gave no more chunks."""


@frozen
class Done:
    """The `[DONE]` marker, where a chunk may stand: the wire says that it is over. It is not counted as a chunk."""


@frozen
class Undecodable:
    """Where a chunk should stand, something came that no chunk could be made of; `reason` says what and why."""

    reason: str


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


def is_context_overflow(error: str) -> bool:
    """Whether an error's text says that the input was too long for the model.

    The caller will compact its input and ask again, so such a failure is not announced to the client. OpenAI has no
    one error code for it over all its APIs and compatible servers; the wording is what they share.
    """
    return any(words in error for words in _OVERFLOWS)
