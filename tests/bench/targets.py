"""What the numbers ought to be, and whether they are."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from measure import Spread, ratios, spread
from peers_letta import NAMES

Results = dict[str, Any]
LETTA, LETTA_BYTES, ACCUMULATE = NAMES["objects"], NAMES["bytes"], "openai SDK, accumulate"


@dataclass(frozen=True)
class Row:
    """One measured case of a target."""

    case: str
    measured: Spread
    met: bool
    distance: float
    """How far on the right side: 1 is just there, less is not."""


@dataclass(frozen=True)
class Verdict:
    """A target, and all its cases, the worst first."""

    target: str
    unit: str
    rows: tuple[Row, ...]


def verdicts(results: Results) -> list[Verdict]:
    """Every target of which something was measured."""
    found = [
        _verdict(
            "step vs Letta's interface, ≥ 3 times as fast", "×", _versus(results, LETTA, "step", but="calls"), 3.0
        ),
        _verdict("… of 8 interleaved calls, ≥ 5 times", "×", _versus(results, LETTA, "step", only="calls"), 5.0),
        _verdict("step vs the SDK's accumulators, ≥ 25 times", "×", _versus(results, ACCUMULATE, "step"), 25.0),
        _verdict("SDK object → messages vs Letta's interface, ≥ 2 times", "×", _versus(results, LETTA, "objects"), 2.0),
        _verdict("bytes → messages vs SDK and Letta's, ≥ 12 times", "×", _versus(results, LETTA_BYTES, "bytes"), 12.0),
        _verdict("bytes → messages, ≤ 4 times msgspec into dicts", "×", _own(results, "bytes", "decode"), 4.0, False),
        _verdict("a chunk late in a long stream, ≤ 1.2 of an early one", "×", _long(results), 1.2, False),
        _verdict("asynchronous driver's loop, ≤ 1 of step (aim 0.33)", "×", _over(results, "drive"), 1.0, False),
        _verdict("synchronous driver's loop, ≤ 1 of step (aim 0.33)", "×", _over(results, "drive-sync"), 1.0, False),
        _verdict("snapshot of the longest, < 10 ms", "ms", _snapshots(results), 10.0, False),
        _verdict("import streamfold.reducer, < 60 ms", "ms", _imports(results), 60.0, False),
    ]
    return [verdict for verdict in found if verdict.rows]


def _verdict(
    target: str, unit: str, cases: Iterator[tuple[str, list[float]]], bound: float, at_least: bool = True
) -> Verdict:
    rows = []
    for case, values in cases:
        measured = spread(values)
        distance = measured.median / bound if at_least else bound / max(measured.median, 1e-9)
        rows.append(Row(case, measured, distance >= 1, distance))
    return Verdict(target, unit, tuple(sorted(rows, key=lambda row: row.distance)))


def rounds_of(results: Results, cost: str, workload: str, count: int) -> list[float] | None:
    """Seconds per chunk of one of our costs, by round."""
    for one in results["costs"]:
        if (one["cost"], one["workload"], one["count"]) == (cost, workload, count):
            found: list[float] = one["rounds"]
            return found
    return None


def _versus(results: Results, peer: str, cost: str, only: str = "", but: str = "") -> Iterator[tuple[str, list[float]]]:
    for one in results["peers"]:
        if (one["peer"], one["against"]) == (peer, cost) and one["workload"] != but and only in ("", one["workload"]):
            yield _case(one), one["ratios"]


def _own(results: Results, cost: str, against: str) -> Iterator[tuple[str, list[float]]]:
    for one in results["costs"]:
        others = rounds_of(results, against, one["workload"], one["count"])
        if one["cost"] == cost and others:
            yield _case(one), ratios(one["rounds"], others)


def _over(results: Results, cost: str) -> Iterator[tuple[str, list[float]]]:
    return ((case, [ratio - 1 for ratio in values]) for case, values in _own(results, cost, "step"))


def _long(results: Results) -> Iterator[tuple[str, list[float]]]:
    return ((_case(one), one["ratios"]) for one in results["long"])


def _snapshots(results: Results) -> Iterator[tuple[str, list[float]]]:
    longest = max((one["count"] for one in results["snapshots"]), default=0)
    for one in results["snapshots"]:
        if one["count"] == longest:
            for what in ("dump", "load"):
                yield f"{_case(one)}, {what}", [seconds * 1000 for seconds in one[what]]


def _imports(results: Results) -> Iterator[tuple[str, list[float]]]:
    if results["imports"]:
        yield "in a new process", [seconds * 1000 for seconds in results["imports"]["streamfold.reducer"]]


def _case(one: Results) -> str:
    return f"{one['workload']}, {one['count']:,}"
