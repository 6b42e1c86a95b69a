"""Measures what a plan asks for, and keeps every round's number."""

import gc
import os
import platform
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from time import perf_counter
from typing import Any

import costs
import standing
from live import DRIVE, crowd, loopback, run_log, stores
from measure import LIMIT, Contestant, TooLong, interleave, ratios
from peers import Peer, installed
from peers.letta_peer import NAMES, Letta, NotHere, Remote, environment
from targets import Results
from workloads import Stream, Workload, named

PARTS = {
    "own": "what a chunk costs on each of our own paths",
    "peers": "others on the same streams",
    "memory": "what an open stream takes",
    "snapshot": "snapshots: bytes, and the time to dump and to load",
    "import": "the import of streamfold.reducer, with a machine",
    "long": "a chunk's cost in short streams, and all through a long one",
    "live": "the openai client over loop-back: driven, looped over, and read by others",
    "crowd": "thousands of streams at once: throughput, memory, latency",
    "log": "runs in the log of runs, in SQLite and Redis: by batches of messages, and what it adds to driving them",
}
"""What can be measured by itself, in the order in which it is."""
_AGAINST = {"objects": ("step", "objects"), "bytes": ("bytes",), "json": ("letta",)}


@dataclass(frozen=True)
class Plan:
    """What to measure, and how thoroughly.

    Attributes:
        parts: names of `PARTS`.
        costs: names of `costs.COSTS`, for the first two parts.
        counts: lengths of the streams, in chunks; rising.
        long: the length of the longest, and of the blocks it is timed in.
        lengths: of the streams that it is compared with, beside one of a block's length.
        passes: how often the longest is folded.
        live: the length of the streams over loop-back.
        crowd: how many streams at once, the length of each, and the chunks a second of each that is paced.
        stored: lengths of the streams whose memory and snapshots are looked at; peers stop at `peers_stored`.
        logged: how many runs at once in the log, the length of each, and the chunks a second of each.
        peers: whether others are measured at all; of the parts, "memory" and "live" are about them, too.
        letta: the folder for Letta's environment; None: without.
    """

    workloads: tuple[Workload, ...]
    parts: tuple[str, ...] = tuple(PARTS)
    costs: tuple[str, ...] = tuple(costs.COSTS)
    counts: tuple[int, ...] = (100, 10_000)
    long: tuple[int, int] = (1_000_000, 10_000)
    lengths: tuple[int, ...] = (100, 1_000)
    passes: int = 3
    live: int = 2_000
    crowd: tuple[int, int, float] = (2_000, 50, 5.0)
    logged: tuple[int, int, float] = (100, 60, 5.0)
    stored: tuple[int, ...] = (1_000, 10_000, 100_000)
    peers_stored: int = 10_000
    rounds: int = 11
    budget: float = 4.0
    peers: bool = True
    letta: Path | None = None


def measure(plan: Plan, tell: Callable[[str], None], keep: Callable[[Results], None]) -> Results:
    """All of a plan.

    Args:
        plan: what.
        tell: is told what is being measured.
        keep: is given the results so far, again and again.
    """
    results: Results = {"environment": where(), "costs": [], "peers": [], "long": [], "memory": [], "snapshots": []}
    results |= {
        "live": [],
        "crowd": [],
        "log": [],
        "idle": {},
        "imports": {},
        "first_snapshot": [],
        "seconds": {},
        "skipped": [],
    }
    others: list[Peer] = []
    if plan.peers and {"peers", "memory", "live"} & set(plan.parts):
        others, results["skipped"] = installed()
    letta = _letta(plan, results, tell) if plan.peers and {"peers", "memory"} & set(plan.parts) else None
    try:
        for workload in plan.workloads if {"own", "peers"} & set(plan.parts) else ():
            for count in plan.counts:
                _stream(plan, Stream(workload, count), others, letta, results, tell)
                gc.unfreeze()
                keep(results)
        if "memory" in plan.parts:
            with _clocked(results, "memory"):
                _memory(plan, others, letta, results, tell)
            keep(results)
    finally:
        if letta is not None:
            letta.__exit__(None, None, None)
    _beside(plan, results, tell, keep)
    _open(plan, others, results, tell, keep)
    return results


def merged(old: Results, new: Results) -> Results:
    """The old results with the new ones in their place: what was not measured again stays."""
    found = old | new
    for name in old.keys() & new.keys():
        before, after = old[name], new[name]
        if isinstance(after, dict):
            found[name] = before | after
        elif name == "first_snapshot":
            found[name] = after or before
        else:
            found[name] = list({_key(one): one for one in [*before, *after]}.values())
    return found


def _key(one: Any) -> Any:
    """By what an entry is known: of what it is, not what was found."""
    names = ("workload", "count", "cost", "peer", "against", "who", "rate")
    return tuple(one.get(name) for name in names) if isinstance(one, dict) else one


@contextmanager
def _clocked(results: Results, part: str) -> Iterator[None]:
    """Add the seconds that it takes to those of a part."""
    begun = perf_counter()
    yield
    results["seconds"][part] = results["seconds"].get(part, 0.0) + perf_counter() - begun


def where() -> dict[str, str]:
    """What the numbers are of."""
    found = {"Python": f"{platform.python_implementation()} {sys.version.split()[0]}"}
    found["machine"] = f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs{_model()}"
    if hasattr(os, "getloadavg"):
        found["load at the beginning"] = f"{os.getloadavg()[0]:.1f}"
    for name in (
        "streamfold",
        "attrs",
        "msgspec",
        "openai",
        "pydantic",
        "openai-agents",
        "pydantic-ai-slim",
        "langchain-openai",
    ):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _model() -> str:
    """The processor's name, where the system says it."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return ""
    return next((f" ({line.partition(':')[2].strip()})" for line in lines if line.startswith("model name")), "")


def _letta(plan: Plan, results: Results, tell: Callable[[str], None]) -> Letta | None:
    if plan.letta is None:
        return None
    try:
        letta = Letta(environment(plan.letta, tell))
        versions = letta.ask("versions")
    except NotHere as error:
        results["skipped"].append(f"skipped: Letta's legacy interface: {error}")
        return None
    results["environment"]["Letta's environment"] = ", ".join(f"{name} {number}" for name, number in versions.items())
    return letta


def _stream(
    plan: Plan,
    stream: Stream,
    others: list[Peer],
    letta: Letta | None,
    results: Results,
    tell: Callable[[str], None],
) -> None:
    case = f"{stream.workload.name}, {stream.count:,}"
    ours = _ours(plan, stream, results)
    if "own" in plan.parts:
        tell(f"{case}: our own paths")
        with _clocked(results, "own"):
            measured: dict[str, list[float]] = {}
            for behind in (False, True):
                group = [one for name, one in ours.items() if (name in costs.BEHIND_THE_CLIENT) is behind]
                measured |= interleave(group, plan.rounds, 2 * plan.budget)
        sizes = costs.sizes(stream)
        results["costs"] += [_entry(stream, cost=name, rounds=measured[name], **sizes) for name in ours]
    if plan.peers and "peers" in plan.parts:
        with _clocked(results, "peers"):
            _others(plan, stream, others, letta, ours, results, tell)


def _others(
    plan: Plan,
    stream: Stream,
    others: list[Peer],
    letta: Letta | None,
    ours: dict[str, Contestant],
    results: Results,
    tell: Callable[[str], None],
) -> None:
    case = f"{stream.workload.name}, {stream.count:,}"
    for peer in others:
        if stream.workload.wire in peer.wires:
            tell(f"{case}: {peer.name}")
            try:
                _versus(plan, stream, peer.contestant(stream), peer.against, ours, results)
            except TooLong:
                results["skipped"].append(f"left out: {peer.name}, {case}: over {LIMIT:.0f} s for one stream")
    if letta is not None:
        _versus_letta(plan, stream, letta, ours, results, tell)


def _ours(plan: Plan, stream: Stream, results: Results) -> dict[str, Contestant]:
    found: dict[str, Contestant] = {}
    for name in costs.COSTS:
        if name in plan.costs:
            try:
                found[name] = costs.contestant(name, stream)
            except ImportError as error:
                line = f"skipped: {costs.COSTS[name]}: {error}"
                if line not in results["skipped"]:
                    results["skipped"].append(line)
    return found


def _versus(
    plan: Plan,
    stream: Stream,
    peer: Contestant,
    against: Iterable[str],
    ours: dict[str, Contestant],
    results: Results,
) -> None:
    """Ours and theirs in turns."""
    own = [ours[name] for name in against if name in ours]
    if not own:
        return
    measured = interleave([*own, peer], plan.rounds, plan.budget)
    theirs = measured[peer.name]
    for one in own:
        rounds = {"rounds": theirs, "ours": measured[one.name], "ratios": ratios(theirs, measured[one.name])}
        results["peers"].append(_entry(stream, peer=peer.name, against=one.name, **rounds))


def _versus_letta(
    plan: Plan,
    stream: Stream,
    letta: Letta,
    ours: dict[str, Contestant],
    results: Results,
    tell: Callable[[str], None],
) -> None:
    for form, against in _AGAINST.items():
        tell(f"{stream.workload.name}, {stream.count:,}: Letta's legacy interface, {form}")
        try:
            _versus(plan, stream, Remote(letta, form, stream), against, ours, results)
        except NotHere as error:
            results["skipped"].append(f"skipped: Letta's legacy interface, {stream.workload.name}, {form}: {error}")


def _memory(plan: Plan, others: list[Peer], letta: Letta | None, results: Results, tell: Callable[[str], None]) -> None:
    results["idle"] = standing.idle()
    for workload in plan.workloads:
        for count in plan.stored:
            tell(f"{workload.name}, {count:,}: memory")
            stream = Stream(workload, count)
            results["memory"].append(_entry(stream, who="streamfold", **standing.memory(workload, count)))
            if count > plan.peers_stored:
                continue
            for peer in others:
                if peer.keeps is not None and workload.wire in peer.wires:
                    kept = standing.memory_of(*peer.keeps(stream), stream)
                    results["memory"].append(_entry(stream, who=peer.name, kept=kept))
            if letta is not None:
                letta.load(stream)
                results["memory"].append(_entry(stream, who=NAMES["objects"], kept=letta.ask("memory")))


def _beside(plan: Plan, results: Results, tell: Callable[[str], None], keep: Callable[[Results], None]) -> None:
    if "snapshot" in plan.parts:
        with _clocked(results, "snapshot"):
            for workload in plan.workloads:
                for count in plan.stored:
                    tell(f"{workload.name}, {count:,}: snapshots")
                    measured = standing.snapshots(workload, count, plan.rounds)
                    results["snapshots"].append({"workload": workload.name, "count": count, **measured})
            results["first_snapshot"] = standing.first_snapshot(min(plan.rounds, 5))
        keep(results)
    if "import" in plan.parts:
        tell("imports")
        with _clocked(results, "import"):
            results["imports"] = standing.imports(plan.rounds)
        keep(results)
    if "long" in plan.parts:
        for workload in plan.workloads:
            if workload.long:
                with _clocked(results, "long"):
                    results["long"].append(_long(plan, workload, tell))
                keep(results)


def _open(
    plan: Plan, others: list[Peer], results: Results, tell: Callable[[str], None], keep: Callable[[Results], None]
) -> None:
    """Streams that are open while they are measured."""
    for workload in plan.workloads if "live" in plan.parts else ():
        stream = Stream(workload, plan.live)
        tell(f"{workload.name}, {plan.live:,}: the openai client over loop-back")
        with _clocked(results, "live"):
            try:
                measured = loopback.measured(stream, others, plan.rounds, 2 * plan.budget)
            except ImportError as error:
                results["skipped"].append(f"skipped: the openai client over loop-back: {error}")
                break
        results["live"] += [_entry(stream, **one) for one in measured]
        keep(results)
    if "crowd" in plan.parts:
        many, count, rate = plan.crowd
        stream = Stream(named(["text"])[0], count)
        with _clocked(results, "crowd"):
            for each in (rate, 0.0):
                tell(f"{many:,} streams at once, {f'at {each:g} chunks a second' if each else 'as fast as they can'}")
                results["crowd"] += [_entry(stream, many=many, **one) for one in crowd.crowd(stream, many, each)]
            tell(f"{many:,} streams at once: memory")
            held = {"who": DRIVE, "rate": None, "held": crowd.memory(stream, many)}
            results["crowd"].append(_entry(stream, many=many, **held))
        keep(results)
    if "log" in plan.parts:
        many, count, rate = plan.logged
        stream = Stream(named(["text"])[0], count)
        with _clocked(results, "log"):
            tell(f"{many:,} streams at once, at {rate:g} chunks a second, without a log")
            results["log"] = [_entry(stream, many=many, **run_log.driven(stream, many, rate))]
            for store in stores.there():
                tell(f"the log of runs in {store}: batches")
                measured = run_log.batches(stream, store, min(plan.rounds, 5))
                results["log"] += [_entry(stream, **one) for one in measured]
                tell(f"the log of runs in {store}: {many:,} runs at once")
                results["log"] += [_entry(stream, many=many, **one) for one in run_log.runs(stream, store, many, rate)]
        keep(results)


def _long(plan: Plan, workload: Workload, tell: Callable[[str], None]) -> dict[str, Any]:
    count, block = plan.long
    passes = []
    for at in range(plan.passes):
        tell(f"{workload.name}, {count:,}: pass {at + 1} of {plan.passes}")
        passes.append(standing.long_stream(workload, count, block, plan.lengths))
    return {
        "workload": workload.name,
        "count": count,
        "block": block,
        "ratios": [one["ratio"] for one in passes],
        "fresh": [seconds for one in passes for seconds in one["fresh"]],
        "short": {
            length: [seconds for one in passes for seconds in one["short"][length]] for length in passes[0]["short"]
        },
        "blocks": [seconds for one in passes for seconds in one["blocks"]],
        "passes": [one["blocks"] for one in passes],
    }


def _entry(stream: Stream, **members: Any) -> dict[str, Any]:
    return {"workload": stream.workload.name, "count": stream.count, **members}
