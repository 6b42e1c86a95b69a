"""What the numbers ought to be, and whether they are."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from measure import Spread, ratios, spread
from peers.letta_peer import NAMES

Results = dict[str, Any]
Cases = Iterable[tuple[str, list[float]]]
LETTA, LETTA_BYTES, ACCUMULATE = NAMES["objects"], NAMES["bytes"], "openai SDK, accumulate"
MILLION, STORED = 1_000_000, 100_000
FLAT = ("text", "arguments", "reasoning", "calls")
"""The workloads whose millionth chunk may not cost more; the others' is measured, too."""


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
    aim: float | None = None
    """What is aimed at beyond it: at most so much."""

    @property
    def met(self) -> int:
        """In how many cases it is met."""
        return sum(row.met for row in self.rows)

    @property
    def reached(self) -> int:
        """In how many cases the aim is."""
        return sum(self.aim is not None and row.measured.median <= self.aim for row in self.rows)

    @property
    def answer(self) -> str:
        """Whether it is met."""
        return "yes" if self.met == len(self.rows) else "in part" if self.met else "no"


def verdicts(results: Results) -> list[Verdict]:
    """Every target of which something was measured."""
    own, letta = "what step itself costs", NAMES["objects"]
    found = [
        _at_least(3, f"step on ready chunks: {letta} takes ≥ 3 times as long", _versus(results, LETTA, "step")),
        _at_least(5, "… of 8 interleaved tool calls: ≥ 5 times", _versus(results, LETTA, "step", only="calls")),
        _at_least(
            25, "step: the openai SDK's accumulators take ≥ 25 times as long", _versus(results, ACCUMULATE, "step")
        ),
        _at_least(2, f"SDK object → messages: {letta} takes ≥ 2 times as long", _versus(results, LETTA, "objects")),
        _at_least(
            12, f"bytes → messages: the SDK and {letta} take ≥ 12 times as long", _versus(results, LETTA_BYTES, "bytes")
        ),
        _at_most(4, "bytes → messages: ≤ 4 times msgspec into dicts", _own(results, "bytes", "decode")),
        _at_most(1.2, "a chunk in a stream of a million: ≤ 1.2 times one in ten thousand", _long(results)),
        _at_most(1, f"the asynchronous driver's loop: ≤ 1 time {own}", _over(results, "drive"), aim=1 / 3),
        _at_most(1, f"the synchronous driver's loop: ≤ 1 time {own}", _over(results, "drive-sync"), aim=1 / 3),
        _at_most(10, "a snapshot of 100,000 tokens: < 10 ms", _snapshots(results), "ms"),
        _at_most(60, "the import of streamfold.reducer.chat: < 60 ms", _imports(results), "ms"),
    ]
    return [verdict for verdict in found if verdict.rows]


def _at_least(bound: float, target: str, cases: Cases) -> Verdict:
    measured = [(case, spread(values)) for case, values in cases]
    rows = [Row(case, one, one.median >= bound, one.median / bound) for case, one in measured]
    return Verdict(target, "×", _sorted(rows))


def _at_most(bound: float, target: str, cases: Cases, unit: str = "×", aim: float | None = None) -> Verdict:
    measured = [(case, spread(values)) for case, values in cases]
    rows = [Row(case, one, one.median <= bound, bound / max(one.median, 1e-9)) for case, one in measured]
    return Verdict(target, unit, _sorted(rows), aim)


def _sorted(rows: list[Row]) -> tuple[Row, ...]:
    return tuple(sorted(rows, key=lambda row: row.distance))


def rounds_of(results: Results, cost: str, workload: str, count: int) -> list[float] | None:
    """Seconds per chunk of one of our costs, by round."""
    for one in results["costs"]:
        if (one["cost"], one["workload"], one["count"]) == (cost, workload, count):
            found: list[float] = one["rounds"]
            return found
    return None


def _versus(results: Results, peer: str, cost: str, only: str = "") -> Cases:
    for one in results["peers"]:
        if (one["peer"], one["against"]) == (peer, cost) and only in ("", one["workload"]):
            yield _case(one), one["ratios"]


def _own(results: Results, cost: str, against: str) -> Cases:
    for one in results["costs"]:
        others = rounds_of(results, against, one["workload"], one["count"])
        if one["cost"] == cost and others:
            yield _case(one), ratios(one["rounds"], others)


def _over(results: Results, cost: str) -> Cases:
    return ((case, [ratio - 1 for ratio in values]) for case, values in _own(results, cost, "step"))


def _long(results: Results) -> Cases:
    for one in results["long"]:
        if one["workload"] in FLAT and one["count"] >= MILLION:
            yield _case(one), one["ratios"]


def _snapshots(results: Results) -> Cases:
    for one in results["snapshots"]:
        if one["count"] >= STORED:
            for what in ("dump", "load"):
                yield f"{_case(one)}, {what}", [seconds * 1000 for seconds in one[what]]


def _imports(results: Results) -> Cases:
    if results["imports"]:
        yield "in a new process", [seconds * 1000 for seconds in results["imports"]["streamfold.reducer.chat"]]


def _case(one: Results) -> str:
    return f"{one['workload']}, {one['count']:,}"
