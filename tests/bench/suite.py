"""Measures what a plan asks for, and keeps every round's number."""

import gc
import os
import platform
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import costs
import standing
from measure import LIMIT, Contestant, TooLong, interleave, ratios
from peers import Peer, installed
from peers_letta import Letta, NotHere, Remote, environment
from targets import Results
from workloads import Stream, Workload

BESIDE = {
    "long": "a chunk's cost, at the end of a long stream",
    "memory": "what an open stream takes",
    "snapshot": "snapshots: bytes, and the time to dump and to load",
    "import": "the import of streamfold.reducer",
}
_AGAINST = {"objects": ("step", "objects"), "bytes": ("bytes",), "json": ("letta",)}


@dataclass(frozen=True)
class Plan:
    """What to measure, and how thoroughly.

    Attributes:
        costs: names of `costs.COSTS` and `BESIDE`.
        counts: lengths of the streams, in chunks; rising.
        long: the length of the longest, and of the blocks it is timed in.
        passes: how often the longest is folded.
        stored: lengths of the streams whose memory and snapshots are looked at; peers stop at `peers_stored`.
        letta: the folder for Letta's environment; None: without.
    """

    workloads: tuple[Workload, ...]
    costs: tuple[str, ...]
    counts: tuple[int, ...] = (100, 10_000)
    long: tuple[int, int] = (1_000_000, 10_000)
    passes: int = 3
    stored: tuple[int, ...] = (1_000, 10_000, 100_000)
    peers_stored: int = 10_000
    rounds: int = 11
    budget: float = 8.0
    peers: bool = True
    letta: Path | None = None


def measure(plan: Plan, tell: Callable[[str], None]) -> Results:
    """All of a plan.

    Args:
        plan: what.
        tell: is told what is being measured.
    """
    results: Results = {"environment": where(), "costs": [], "peers": [], "long": [], "memory": [], "snapshots": []}
    results |= {"imports": {}, "skipped": []}
    others: list[Peer] = []
    if plan.peers:
        others, results["skipped"] = installed()
    letta = _letta(plan, results, tell)
    try:
        _streams(plan, others, letta, results, tell)
        if "memory" in plan.costs:
            _memory(plan, others, letta, results, tell)
    finally:
        if letta is not None:
            letta.__exit__(None, None, None)
    _beside(plan, results, tell)
    return results


def where() -> dict[str, str]:
    """What the numbers are of."""
    found = {"Python": f"{platform.python_implementation()} {sys.version.split()[0]}"}
    found["machine"] = f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs"
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


def _letta(plan: Plan, results: Results, tell: Callable[[str], None]) -> Letta | None:
    if not plan.peers or plan.letta is None:
        return None
    try:
        letta = Letta(environment(plan.letta, tell))
        versions = letta.ask("versions")
    except NotHere as error:
        results["skipped"].append(f"skipped: Letta's legacy interface: {error}")
        return None
    results["environment"]["Letta's environment"] = ", ".join(f"{name} {number}" for name, number in versions.items())
    return letta


def _streams(
    plan: Plan, others: list[Peer], letta: Letta | None, results: Results, tell: Callable[[str], None]
) -> None:
    for workload in plan.workloads:
        for count in plan.counts:
            stream = Stream(workload, count)
            ours = _ours(plan, stream, results)
            if ours:
                tell(f"{workload.name}, {count:,}: our own paths")
                measured = interleave(list(ours.values()), plan.rounds, plan.budget)
                results["costs"] += [_entry(stream, cost=name, rounds=measured[name]) for name in ours]
            for peer in others:
                if workload.wire not in peer.wires:
                    continue
                tell(f"{workload.name}, {count:,}: {peer.name}")
                try:
                    _versus(plan, stream, peer.contestant(stream), peer.against, ours, results)
                except TooLong:
                    line = f"left out: {peer.name}, {workload.name}, {count:,}: over {LIMIT:.0f} s for one stream"
                    results["skipped"].append(line)
            if letta is not None:
                _versus_letta(plan, stream, letta, ours, results, tell)
            del stream, ours
            gc.unfreeze()


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
        tell(f"{stream.workload.name}, {stream.count:,}: Letta's interface, {form}")
        try:
            _versus(plan, stream, Remote(letta, form, stream), against, ours, results)
        except NotHere as error:
            results["skipped"].append(f"skipped: Letta's interface, {stream.workload.name}, {form}: {error}")


def _memory(plan: Plan, others: list[Peer], letta: Letta | None, results: Results, tell: Callable[[str], None]) -> None:
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
                results["memory"].append(_entry(stream, who="Letta's interface", kept=letta.ask("memory")))


def _beside(plan: Plan, results: Results, tell: Callable[[str], None]) -> None:
    if "snapshot" in plan.costs:
        for workload in plan.workloads:
            for count in plan.stored:
                tell(f"{workload.name}, {count:,}: snapshots")
                measured = standing.snapshots(workload, count, plan.rounds)
                results["snapshots"].append({"workload": workload.name, "count": count, **measured})
    if "import" in plan.costs:
        tell("imports")
        results["imports"] = standing.imports(plan.rounds)
    if "long" in plan.costs:
        for workload in plan.workloads:
            if workload.long:
                results["long"].append(_long(plan, workload, tell))


def _long(plan: Plan, workload: Workload, tell: Callable[[str], None]) -> dict[str, Any]:
    count, block = plan.long
    passes = []
    for at in range(plan.passes):
        tell(f"{workload.name}, {count:,}: pass {at + 1} of {plan.passes}")
        passes.append(standing.long_stream(workload, count, block))
    return {
        "workload": workload.name,
        "count": count,
        "block": block,
        "ratios": [one["ratio"] for one in passes],
        "fresh": [seconds for one in passes for seconds in one["fresh"]],
        "blocks": [seconds for one in passes for seconds in one["blocks"]],
        "passes": [one["blocks"] for one in passes],
    }


def _entry(stream: Stream, **members: Any) -> dict[str, Any]:
    return {"workload": stream.workload.name, "count": stream.count, **members}
