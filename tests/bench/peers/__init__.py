"""Who else reads these streams: what a peer is, and which of them are here."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from measure import Contestant, Timed
from workloads import Heard, Stream, Wire


@dataclass(frozen=True)
class Peer:
    """Somebody else's reader.

    Attributes:
        name: in the tables.
        needs: the distributions it is of.
        against: which of our costs it is compared with: those that begin with what it begins with, or do more.
        wires: what it reads.
        run: of a stream, what reads it whole, and returns something that `heard` understands; may be a coroutine
            function.
        heard: what it read; None for a peer that only decodes.
        hears_reasoning: whether it reads the reasoning of this kind of server at all.
        live: of the openai client and a wire, what asks for a stream, reads it whole, and returns how many items it
            gave; for a peer that is given a client by its users.
        keeps: of a stream, what makes its reader, and what feeds that one object; for a peer that keeps a state.
    """

    name: str
    needs: tuple[str, ...]
    against: tuple[str, ...]
    wires: frozenset[Wire]
    run: Callable[[Stream], Callable[[], Any]]
    heard: Callable[[Any], Heard] | None = None
    hears_reasoning: bool = True
    live: Callable[[Any, Wire], Callable[[], Awaitable[int]]] | None = None
    keeps: Callable[[Stream], tuple[Callable[[], Any], Callable[[Any, Any], object]]] | None = None

    def contestant(self, stream: Stream) -> Contestant:
        return Timed(self.name, stream.count, self.run(stream))

    @property
    def versions(self) -> str:
        return ", ".join(f"{name} {version(name)}" for name in self.needs)


MODULES = ("peers.openai_peer", "peers.agents_peer", "peers.pydantic_ai_peer", "peers.langchain_peer")
COMPLETIONS: frozenset[Wire] = frozenset({"chat", "inner-thoughts"})
EVERY_WIRE: frozenset[Wire] = frozenset({*COMPLETIONS, "responses"})


def installed() -> tuple[list[Peer], list[str]]:
    """The peers that are here; and of each that is not, a line that says so."""
    found: list[Peer] = []
    missing: list[str] = []
    for name in MODULES:
        try:
            found.extend(import_module(name).PEERS)
        except (ImportError, PackageNotFoundError) as error:
            missing.append(
                f"skipped: {name.removeprefix('peers.').removesuffix('_peer')}: {error} (the extra `bench` has it)"
            )
    return found, missing


class Upstream:
    """Ready objects as the SDK's asynchronous stream gives them."""

    def __init__(self, objects: list[Any]) -> None:
        self._items = iter(objects)

    def __aiter__(self) -> "Upstream":
        return self

    async def __anext__(self) -> Any:
        for item in self._items:
            return item
        raise StopAsyncIteration

    async def close(self) -> None:
        pass
