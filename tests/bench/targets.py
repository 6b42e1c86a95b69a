"""What the numbers ought to be, and whether they are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from live import DRIVE, LOOP
from measure import Spread, ratios, spread
from peers.letta_peer import NAMES

Results = dict[str, Any]
Cases = Iterable[tuple[str, list[float]]]
LETTA, LETTA_BYTES, LETTA_JSON = NAMES["objects"], NAMES["bytes"], NAMES["json"]
ACCUMULATE = "openai SDK, accumulate"
MILLION, STORED = 1_000_000, 100_000
DELTAS, ITEMS = ("text", "reasoning", "arguments", "megabyte", "thoughts"), ("responses", "calls")
"""The workloads that have a target of their own: of one lane, and of many."""
SHORT, LONG = range(100, 101), range(5_000, MILLION)
"""Lengths of streams that a target is about."""
IMPORT = 60 / 28


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
    step, letta = "what step itself costs", NAMES["objects"]
    found = [
        _at_least(3.5, f"step, from 5,000 chunks on: {letta} takes ≥ 3.5 times as long", _versus(results, LETTA, LONG)),
        _at_least(2, f"step, of 100 chunks: {letta} takes ≥ 2 times as long", _versus(results, LETTA, SHORT)),
        _at_least(
            25,
            "step, from 5,000 chunks on: the openai SDK's accumulators take ≥ 25 times as long",
            _versus(results, ACCUMULATE, LONG),
        ),
        _at_least(
            2, f"SDK object → messages: {letta} takes ≥ 2 times as long", _versus(results, LETTA, cost="objects")
        ),
        _at_least(
            12,
            f"bytes → messages: the SDK and {letta} take ≥ 12 times as long",
            _versus(results, LETTA_BYTES, cost="bytes"),
        ),
        _at_most(6, f"bytes → messages, of {_told(DELTAS)}: ≤ 6 times a bare decode", _decoded(results, DELTAS)),
        _at_most(8, f"bytes → messages, of {_told(ITEMS)}: ≤ 8 times a bare decode", _decoded(results, ITEMS)),
        _at_least(
            6,
            "the openai client's stream, driven: a bare loop over it takes ≥ 6 times as long",
            _own(results, "sdk-loop", "sdk-drive"),
        ),
        _at_least(6, "… over loop-back: ≥ 6 times", _live(results)),
        _at_least(
            6,
            "the synchronous client's stream, driven: a bare loop over it takes ≥ 6 times as long",
            _own(results, "sdk-sync-loop", "sdk-sync"),
        ),
        _at_least(
            1,
            "message → client bytes: Letta's messages take as long or longer",
            _versus(results, LETTA_JSON, cost="letta"),
        ),
        _at_most(1.2, "a chunk in a stream of a million: ≤ 1.2 times one in ten thousand", _long(results)),
        _at_most(1, f"the asynchronous driver's loop: ≤ 1 time {step}", _over(results, "drive"), aim=1 / 3),
        _at_most(1, f"the synchronous driver's loop: ≤ 1 time {step}", _over(results, "drive-sync"), aim=1 / 3),
        _at_most(10, "a snapshot of 100,000 tokens: < 10 ms", _snapshots(results), "ms"),
        _at_most(
            IMPORT,
            "the import of streamfold.reducer.chat: ≤ 60 ms where that of attrs takes 28 (2.14 times)",
            _imports(results),
        ),
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


def _told(workloads: Sequence[str]) -> str:
    return f"{', '.join(workloads[:-1])} and {workloads[-1]}"


def _versus(results: Results, peer: str, counts: range = range(MILLION), cost: str = "step") -> Cases:
    for one in results["peers"]:
        if (one["peer"], one["against"]) == (peer, cost) and one["count"] in counts:
            yield _case(one), one["ratios"]


def _decoded(results: Results, workloads: Sequence[str]) -> Cases:
    return ((case, values) for case, values in _own(results, "bytes", "decode") if case.partition(",")[0] in workloads)


def _live(results: Results) -> Cases:
    for one in results["live"]:
        if one["who"] == DRIVE:
            for other in results["live"]:
                if (other["who"], other["workload"], other["count"]) == (LOOP, one["workload"], one["count"]):
                    yield _case(one), ratios(other["rounds"], one["rounds"])


def _own(results: Results, cost: str, against: str) -> Cases:
    for one in results["costs"]:
        others = rounds_of(results, against, one["workload"], one["count"])
        if one["cost"] == cost and others:
            yield _case(one), ratios(one["rounds"], others)


def _over(results: Results, cost: str) -> Cases:
    return ((case, [ratio - 1 for ratio in values]) for case, values in _own(results, cost, "step"))


def _long(results: Results) -> Cases:
    for one in results["long"]:
        if one["count"] >= MILLION:
            yield _case(one), one["ratios"]


def _snapshots(results: Results) -> Cases:
    for one in results["snapshots"]:
        if one["count"] >= STORED:
            for what in ("dump", "load"):
                yield f"{_case(one)}, {what}", [seconds * 1000 for seconds in one[what]]


def _imports(results: Results) -> Cases:
    if results["imports"]:
        yield "in a new process", ratios(results["imports"]["streamfold.reducer.chat"], results["imports"]["attrs"])


def _case(one: Results) -> str:
    return f"{one['workload']}, {one['count']:,}"
