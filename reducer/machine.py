"""The contract that the three wire modules keep."""

from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from types import ModuleType
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
        """The state before the first chunk, and what is emitted before it."""
        ...

    def step(self, state: StateT, chunk: ChunkT, /) -> tuple[StateT, tuple[Message, ...]]:
        """Fold one chunk. Never raises; the input state stays as it was."""
        ...

    def finish(self, state: StateT, end: End, /) -> tuple[StateT, tuple[Message, ...]]:
        """Emit what is held, then why it failed or was cancelled, if so. On an ended state it does nothing."""
        ...

    def result(self, state: StateT, /) -> Result:
        """What is true at this state; it need not be the last one."""
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

    Raises:
        TypeError: if the machine is none, or a class, the config is not of the machine's `Config`, or the first chunk
            is what chunks are made of: bytes, text, decoded JSON, an object of a client.
    """
    check_config(machine, config)
    state, messages = machine.start(config)
    said, step = list(messages), machine.step
    remaining = _iterator_over(chunks)
    first = tuple(islice(remaining, 1))
    for chunk in first:
        _check_chunk(machine, chunk)
    for chunk in chain(first, remaining):
        state, messages = step(state, chunk)
        said += messages
    state, messages = machine.finish(state, Ended() if end is None else end)
    said.extend(messages)
    return state, tuple(said)


def check_config(machine: object, config: object) -> None:
    """Check what only a type checker would tell otherwise, before a machine starts: that the config is one of its own.

    A machine of your own needs no `Config`; without one, every config is taken.

    Raises:
        TypeError: if the machine is none, or a class, or the config is not of the machine's `Config`.
    """
    if isinstance(machine, type):
        name = machine.__name__
        raise TypeError(f"machine must be a module or an instance, not the class {name}: make one with {name}(...)")
    if not all(hasattr(machine, name) for name in ("start", "step", "finish", "result")):
        raise TypeError(
            f"machine must be one of the modules chat, inner_thoughts and responses, or a machine of your own, "
            f"not {machine!r:.80}"
        )
    kind = getattr(machine, "Config", None)
    if not isinstance(kind, type) or _may_be(config, kind):
        return
    name = _name_in(machine, kind)
    raise TypeError(f"config must be {name}, which the machine takes, not {_given(config)}: make one with {name}(...)")


def check_state(machine: object, state: object, config: object) -> None:
    """Check that a state to go on from is one of the machine's own, before its end, and that the config is its own.

    A machine of your own needs no `State`; without one, every state is taken.

    Raises:
        TypeError: if it is not of the machine's `State`.
        ValueError: if its fold has ended, or the config is another than that of the state, which is what counts.
    """
    kind = getattr(machine, "State", None)
    if isinstance(kind, type) and not _may_be(state, kind):
        hint = "; `start`, `step` and `finish` return the state and messages" if isinstance(state, tuple) else ""
        raise TypeError(f"state must be {_name_in(machine, kind)}, which the machine takes, not {_given(state)}{hint}")
    ended = getattr(state, "end", None)
    if ended is not None:
        raise ValueError(f"the fold of this state has ended ({ended!r:.80}): go on from a state of before its end")
    if getattr(state, "config", config) != config:
        raise ValueError("config must be the state's own, which a fold goes on with: give `state.config`")


def _iterator_over(chunks: Iterable[ChunkT]) -> Iterator[ChunkT]:
    if hasattr(chunks, "__aiter__") and not hasattr(chunks, "__iter__"):
        raise TypeError(
            f"chunks must be an iterable of chunks, not {_given(chunks)}: `drive` folds an asynchronous stream"
        )
    return iter(chunks)


def _check_chunk(machine: object, chunk: object) -> None:
    """Check that what is to be folded is made already: a fold would count it as ignored, and be empty."""
    kind = getattr(machine, "Chunk", None)
    if (
        not isinstance(kind, type)
        or chunk is None
        or hasattr(type(chunk), "__attrs_attrs__")
        or hasattr(chunk, "mirrors")
    ):
        return
    if isinstance(chunk, (bytes, bytearray, memoryview, str, int)):
        instead = "`fold_bytes` folds the pieces of a body, and `read` makes chunks of them"
    elif isinstance(chunk, Mapping):
        instead = "`decoder` makes a chunk of decoded JSON"
    else:
        instead = "`openai_sdk.chunk` makes one of a client's object, and `drive` or `drive_sync` folds its stream"
    raise TypeError(
        f"chunks must be {_name_in(machine, kind)}, which the machine folds, not {_given(chunk)}: {instead}"
    )


def _given(value: object) -> str:
    return f"the class {_name_of(value)}" if isinstance(value, type) else _name_of(type(value))


def _may_be(config: object, kind: type) -> bool:
    try:
        return isinstance(config, kind)
    except TypeError:  # some types cannot be asked at run time, such as a TypedDict
        return True


def _name_in(machine: object, kind: type) -> str:
    """A machine's class as its users name it: `responses.Chunk`."""
    name = next(name for name in ("Config", "Chunk", "State") if getattr(machine, name, None) is kind)
    return f"{machine.__name__.rpartition('.')[2]}.{name}" if isinstance(machine, ModuleType) else _name_of(kind)


def _name_of(kind: type) -> str:
    """A class's name as it is written in code: `chat.Config`, `dict`."""
    path, core, below = kind.__module__.rpartition(f"{__package__}.")
    name = kind.__qualname__.rpartition("<locals>.")[2]
    if core and not path:
        wire = below.partition(".")[0]
        return f"{'chat' if wire == 'completions' else wire}.{name}"
    module = below.rpartition(".")[2]
    return name if module == "builtins" else f"{module}.{name}"
