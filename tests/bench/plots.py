"""Draws the plots of docs/capacity.md from the results of `python tests/bench --json RESULTS.json`.

    python tests/bench/plots.py RESULTS.json [FOLDER]

writes throughput.svg, client.svg, length.svg and memory.svg there; docs/images, if no folder is given.
"""

import json
import sys
from collections.abc import Callable, Sequence
from functools import partial
from itertools import accumulate
from math import log10
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import matplotlib

matplotlib.use("svg")

from live import BYTES, DRIVE, LOOP, OBJECTS
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator
from peers.letta_peer import NAMES
from workloads import TITLES

Results = dict[str, Any]

INK, FAINT, GRID = "#2b2f36", "#8a9099", "#e6e8eb"
OURS, OURS_TOO, SDK, LETTA, GREEN = "#0b6e99", "#6fb1cf", "#b5651d", "#8c3b5a", "#5b7f3a"
_ACCUMULATE, _DECODE = "openai SDK, accumulate", "openai SDK, decode"
_STYLE = {
    "svg.hashsalt": "streamfold",  # the same results give the same file
    "font.size": 9,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": FAINT,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.minor.bottom": False,
    "ytick.minor.left": False,
    "figure.facecolor": "white",
}


class Line(NamedTuple):
    """One line of a plot, its name, its colour."""

    points: list[tuple[float, float]]
    label: str
    colour: str


Mark = tuple[str, str, str, Callable[[str], float | None]]
"""A legend, a colour, a marker, and seconds per chunk by workload."""


def main(arguments: Sequence[str]) -> None:
    """Draw all."""
    results: Results = json.loads(Path(arguments[0]).read_text("utf-8"))
    folder = Path(arguments[1]) if len(arguments) > 1 else Path(__file__).parents[2] / "docs" / "images"
    draw(results, folder)


def draw(results: Results, folder: Path) -> None:
    """Draw all of which something was measured."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, (plot, needs) in PLOTS.items():
        if results.get(needs):
            with plt.rc_context(_STYLE):
                figure = plot(results)
                figure.savefig(folder / f"{name}.svg", metadata={"Date": None}, bbox_inches="tight")
                plt.close(figure)


def throughput(results: Results) -> Figure:
    """Chunks per second and core, by workload: from objects on the left, from bytes on the right."""
    count = max(one["count"] for one in results["costs"])
    names = list(dict.fromkeys(one["workload"] for one in results["costs"]))
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 0.42 * len(names) + 2), sharey=True, sharex=True)
    _dots(left, names, _from_objects(results, count))
    _dots(right, names, _from_bytes(results, count))
    left.set_yticks(range(len(names)), [TITLES[name] for name in names])
    left.invert_yaxis()
    left.set(title="from objects", xlabel=f"chunks per second on one core (streams of {count:,})")
    right.set(title="from bytes", xlabel="chunks per second on one core")
    figure.tight_layout()
    return figure


def client(results: Results) -> Figure:
    """Chunks per second and core behind the openai client over loop-back, by workload."""
    names = list(dict.fromkeys(one["workload"] for one in results["live"]))
    figure, axes = plt.subplots(figsize=(7.5, 0.36 * len(names) + 2))
    colours = {BYTES: (FAINT, "|"), DRIVE: (OURS, "o"), OBJECTS: (OURS_TOO, "o"), LOOP: (SDK, "s")}
    others = zip(("openai-agents", "pydantic-ai"), ((GREEN, "D"), (LETTA, "D")), strict=True)
    marks: list[Mark] = [(who, *style, partial(_live, results, who)) for who, style in (*colours.items(), *others)]
    _dots(axes, names, marks)
    axes.set_yticks(range(len(names)), [TITLES[name] for name in names])
    axes.invert_yaxis()
    axes.set(xlabel="chunks per second on one core, behind the openai client over loop-back")
    figure.tight_layout()
    return figure


def length(results: Results) -> Figure:
    """What a chunk costs, on average over streams of different lengths."""
    figure, axes = plt.subplots(figsize=(7.5, 5))
    lines = [Line(_through(results, one), TITLES[one["workload"]], OURS) for one in results["long"]]
    others = [
        Line(_by_length(results, peer, name), f"{peer}: {TITLES[name]}", colour)
        for peer, colour in ((_ACCUMULATE, SDK), (NAMES["objects"], LETTA))
        for name in ("text", "arguments")
    ]
    _draw(axes, lines, others, 4)
    axes.set(xlabel="chunks in the stream", ylabel="µs of CPU a chunk, from ready chunks or objects")
    return figure


def memory(results: Results) -> Figure:
    """What an open stream takes, by its length."""
    figure, axes = plt.subplots(figsize=(7.5, 5))
    names = ("text", "thoughts", "responses")
    lines = [Line(_kept(results, "streamfold", name), TITLES[name], OURS) for name in names]
    colours = {_ACCUMULATE: SDK, NAMES["objects"]: LETTA}
    others = [Line(_kept(results, who, "text"), f"{who}: {TITLES['text']}", colours[who]) for who in colours]
    _draw(axes, lines, others, -10)
    axes.set(xlabel="chunks in the stream, about a token each", ylabel="KiB kept")
    return figure


def _from_objects(results: Results, count: int) -> list[Mark]:
    return [
        ("streamfold, ready chunks", OURS, "o", lambda name: _own(results, "step", name, count)),
        ("streamfold, SDK objects", OURS_TOO, "o", lambda name: _own(results, "objects", name, count)),
        ("Letta's legacy interface", LETTA, "D", lambda name: _peer(results, NAMES["objects"], name, count)),
        ("openai SDK's accumulators", SDK, "s", lambda name: _peer(results, _ACCUMULATE, name, count)),
    ]


def _from_bytes(results: Results, count: int) -> list[Mark]:
    return [
        ("msgspec, to dicts", FAINT, "|", lambda name: _own(results, "decode", name, count)),
        ("streamfold, to messages", OURS, "o", lambda name: _own(results, "bytes", name, count)),
        ("streamfold, to Letta's bytes", OURS_TOO, "o", lambda name: _own(results, "server", name, count)),
        ("openai SDK, to objects", SDK, "s", lambda name: _peer(results, _DECODE, name, count)),
        (
            "… and Letta's legacy interface, to messages",
            LETTA,
            "D",
            lambda name: _peer(results, NAMES["bytes"], name, count),
        ),
    ]


def _dots(axes: Axes, names: list[str], marks: list[Mark]) -> None:
    for label, colour, marker, seconds in marks:
        points = [(1 / taken, at) for at, name in enumerate(names) if (taken := seconds(name))]
        if points:
            axes.scatter(*zip(*points, strict=True), color=colour, marker=marker, s=26, label=label, zorder=2)
    axes.set_xscale("log")
    _thousands(axes, y=False)
    axes.set_axisbelow(True)
    axes.yaxis.grid(True, color=GRID)
    axes.xaxis.grid(True, color=GRID)
    axes.margins(y=0.08)
    axes.legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(-0.03, -0.16), borderpad=0)


def _own(results: Results, cost: str, workload: str, count: int) -> float | None:
    return _median(results["costs"], "rounds", cost=cost, workload=workload, count=count)


def _peer(results: Results, peer: str, workload: str, count: int) -> float | None:
    return _median(results["peers"], "rounds", peer=peer, workload=workload, count=count)


def _live(results: Results, who: str, workload: str) -> float | None:
    return _median(results["live"], "rounds", who=who, workload=workload)


def _median(measured: list[Results], what: str, **wanted: Any) -> float | None:
    for one in measured:
        if all(one[name] == value for name, value in wanted.items()):
            return median(one[what])
    return None


def _through(results: Results, one: Results) -> list[tuple[float, float]]:
    """Length and µs a chunk on average: of short streams, and of a long one up to there."""
    workload, block = one["workload"], one["block"]
    short = sorted({other["count"] for other in results["costs"] if other["workload"] == workload})
    points = [(count, (_own(results, "step", workload, count) or 0) * 1e6) for count in short if count < block]
    sums = list(accumulate(median(seconds) * 1e6 for seconds in zip(*one["passes"], strict=True)))
    return points + [(block * (at + 1), total / (at + 1)) for at, total in enumerate(sums)]


def _by_length(results: Results, peer: str, workload: str) -> list[tuple[float, float]]:
    counts = {one["count"] for one in results["peers"] if (one["peer"], one["workload"]) == (peer, workload)}
    return [(count, (_peer(results, peer, workload, count) or 0) * 1e6) for count in sorted(counts)]


def _kept(results: Results, who: str, workload: str) -> list[tuple[float, float]]:
    kept = [one for one in results["memory"] if (one["who"], one["workload"]) == (who, workload)]
    return sorted((one["count"], one["kept"] / 1024) for one in kept)


def _draw(axes: Axes, lines: list[Line], others: list[Line], beside: int) -> None:
    """All lines, named at their ends; ours, which end at the right, moved apart where names would touch.

    The others' names stand so many points above their ends.
    """
    for line in (*lines, *others):
        x, y = [point[0] for point in line.points], [point[1] for point in line.points]
        few = {"marker": "o", "markersize": 3} if len(x) < 10 else {}
        axes.plot(x, y, color=line.colour, linewidth=1.3, **few)
    axes.set(xscale="log", yscale="log")
    axes.margins(y=0.1)
    low, high = (log10(limit) for limit in axes.get_ylim())
    last = -1.0
    for line in sorted((line for line in lines if line.points), key=lambda line: line.points[-1][1]):
        last = max((log10(line.points[-1][1]) - low) / (high - low), last + 0.04)
        where = (line.points[-1][0], 10 ** (low + last * (high - low)))
        axes.annotate(line.label, where, (8, 0), textcoords="offset points", va="center", color=line.colour, fontsize=8)
    for line in others:
        if line.points:
            axes.annotate(
                line.label, line.points[-1], (6, beside), textcoords="offset points", color=line.colour, fontsize=8
            )
    _thousands(axes)


def _thousands(axes: Axes, y: bool = True) -> None:
    plain = FuncFormatter(lambda value, _: f"{value:,.0f}")
    axes.xaxis.set_major_formatter(plain)
    if y:
        low, high = axes.get_ylim()
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if high / low < 1000 else (1,)))
        axes.yaxis.set_major_formatter(plain)
        axes.yaxis.grid(True, color=GRID)
        axes.set_axisbelow(True)


PLOTS: dict[str, tuple[Callable[[Results], Figure], str]] = {
    "throughput": (throughput, "costs"),
    "client": (client, "live"),
    "length": (length, "long"),
    "memory": (memory, "memory"),
}
"""By file: what draws it, and what it needs."""

if __name__ == "__main__":
    main(sys.argv[1:])
