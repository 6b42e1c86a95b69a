"""From what a chunk and an open stream cost to the cores and hosts that so many streams take: arithmetic, no more."""

from dataclasses import dataclass
from math import ceil
from statistics import median

from targets import Results, rounds_of

KIB, GIB = 2**10, 2**30
STREAMS = (1_000, 1_000_000, 100_000_000)
PATHS = {
    "step": ("ready chunks → messages", ("step",)),
    "server": ("bytes → messages → Letta's SSE bytes", ("server",)),
    "server, sockets": ("… and a local socket, without TLS", ("server", "socket")),
    "client, sockets": ("the same behind the openai client", ("client", "socket")),
}
"""What a core may do for each chunk, by name: in words, and the costs that it is the sum of."""
WHOLE = "server, sockets"
"""The path that hosts are counted for."""


@dataclass(frozen=True)
class Assumed:
    """What is not measured.

    Attributes:
        rate: tokens a second of each stream, all of them at once.
        chunks: chunks a token comes in.
        held: tokens that an open stream holds, on average.
        used: the part of a host that is used at most: of its cores, its memory, its network.
        cores: of a host, each with a process of its own.
        ram: of a host, in bytes.
        process: bytes that a process takes before any stream.
        connections: bytes that the connections of a stream take, to the provider and to the client: buffers and TLS.
        network: of a host, in bits a second, each way.
    """

    rate: float = 50
    chunks: float = 1
    held: int = 10_000
    used: float = 0.7
    cores: int = 64
    ram: int = 256 * GIB
    process: int = 100 * 2**20
    connections: int = 128 * KIB
    network: float = 25e9


@dataclass(frozen=True)
class Need:
    """What so many streams take, and the hosts for it."""

    streams: int
    chunks: float
    cores: int
    memory: float
    bits: float
    by_cores: int
    by_memory: int
    by_network: int

    @property
    def hosts(self) -> int:
        """As many as the scarcest of the three asks for."""
        return max(self.by_cores, self.by_memory, self.by_network)

    @property
    def scarcest(self) -> str:
        """What decides."""
        found = {"cores": self.by_cores, "memory": self.by_memory, "network": self.by_network}
        return max(found, key=lambda name: found[name])


def longest(results: Results) -> int:
    """The length of the longest streams whose costs were measured."""
    return max(one["count"] for one in results["costs"])


def seconds(results: Results, path: str, workload: str) -> float | None:
    """CPU seconds a chunk on a path; None if a part of it was not measured."""
    found = [rounds_of(results, cost, workload, longest(results)) for cost in PATHS[path][1]]
    return None if None in found else sum(median(rounds) for rounds in found if rounds is not None)


def per_core(seconds: float) -> float:
    """Chunks a second that keep one core busy."""
    return 1 / seconds


def streams_per_core(seconds: float, assumed: Assumed) -> float:
    """Streams that one core stands, at its share of use."""
    return per_core(seconds) * assumed.used / (assumed.rate * assumed.chunks)


def kept(results: Results, workload: str, count: int) -> int | None:
    """Bytes that the state of an open stream takes once so many chunks have come."""
    for one in results["memory"]:
        if (one["who"], one["workload"], one["count"]) == ("streamfold", workload, count):
            found: int = one["kept"]
            return found
    return None


def per_stream(results: Results, workload: str, assumed: Assumed) -> float | None:
    """Bytes of one open stream: what drives it, what it holds, and its connections."""
    state = kept(results, workload, assumed.held)
    if state is None or not results["idle"]:
        return None
    around = results["idle"]["driven"] - results["idle"]["state"]
    return float(around + state + assumed.connections)


def bytes_each_way(results: Results, workload: str) -> float:
    """Bytes a chunk in the direction that carries more."""
    for one in results["costs"]:
        if one["workload"] == workload and one["count"] == longest(results):
            return max(one["bytes_in"], one["bytes_out"])
    return 0.0


def need(streams: int, seconds: float, per_stream: float, per_chunk: float, assumed: Assumed) -> Need:
    """What so many streams take.

    Args:
        streams: that are open at once, and all of them speak.
        seconds: CPU time a chunk.
        per_stream: bytes of an open one.
        per_chunk: bytes over the network, in the direction that carries more.
        assumed: the rest.
    """
    chunks = streams * assumed.rate * assumed.chunks
    cores = chunks * seconds / assumed.used
    memory, bits = streams * per_stream, chunks * per_chunk * 8
    room = assumed.ram * assumed.used - assumed.cores * assumed.process
    return Need(
        streams,
        chunks,
        _whole(cores),
        memory,
        bits,
        _whole(cores / assumed.cores),
        _whole(memory / room),
        _whole(bits / (assumed.network * assumed.used)),
    )


def _whole(number: float) -> int:
    """Rounded up, unless it is whole but for the error of floats."""
    return ceil(round(number, 6))
