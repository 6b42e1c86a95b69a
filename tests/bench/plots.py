"""Draws the plots of docs/capacity.md from the results of `python tests/bench --json RESULTS.json`.

    python tests/bench/plots.py RESULTS.json [FOLDER]

writes throughput.svg, length.svg and memory.svg there; docs/images, if no folder is given.
"""

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import matplotlib

matplotlib.use("svg")

from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter
from peers_letta import NAMES
from workloads import WORKLOADS

Results = dict[str, Any]

INK, FAINT, GRID = "#2b2f36", "#8a9099", "#e6e8eb"
OURS, OURS_TOO, SDK, LETTA = "#0b6e99", "#6fb1cf", "#b5651d", "#8c3b5a"
TITLES = {workload.name: workload.title for workload in WORKLOADS}
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
Mark = tuple[str, str, str, Callable[[str], float | None]]
"""A legend, a colour, a marker, and seconds per chunk by workload."""


def main(arguments: Sequence[str]) -> None:
    """Draw all three."""
    results: Results = json.loads(Path(arguments[0]).read_text("utf-8"))
    folder = Path(arguments[1]) if len(arguments) > 1 else Path(__file__).parents[2] / "docs" / "images"
    folder.mkdir(parents=True, exist_ok=True)
    for name, draw in (("throughput", throughput), ("length", length), ("memory", memory)):
        with plt.rc_context(_STYLE):
            figure = draw(results)
            figure.savefig(folder / f"{name}.svg", metadata={"Date": None}, bbox_inches="tight")
            plt.close(figure)


def throughput(results: Results) -> Figure:
    """Chunks per second and core, by workload: from objects on the left, from bytes on the right."""
    count = max(one["count"] for one in results["costs"])
    names = list(dict.fromkeys(one["workload"] for one in results["costs"]))
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 0.42 * len(names) + 1.6), sharey=True, sharex=True)
    _dots(left, names, _from_objects(results, count))
    _dots(right, names, _from_bytes(results, count))
    left.set_yticks(range(len(names)), [TITLES[name] for name in names])
    left.invert_yaxis()
    left.set_title("from objects")
    right.set_title("from bytes")
    figure.supxlabel(f"chunks per second on one core, streams of {count:,} chunks", fontsize=9)
    figure.tight_layout()
    return figure


def length(results: Results) -> Figure:
    """What a chunk costs, by how much of the stream came before it."""
    figure, axes = plt.subplots(figsize=(7.5, 4.2))
    ends: list[tuple[float, float, str, str]] = []
    for one in results["long"]:
        points = _through(one)
        axes.plot(*zip(*points, strict=True), color=OURS, linewidth=1.2)
        ends.append((*points[-1], TITLES[one["workload"]], OURS))
    for peer, colour in ((_ACCUMULATE, SDK), (NAMES["objects"], LETTA)):
        for name in ("text", "arguments"):
            points = _by_length(results, peer, name)
            if len(points) > 1:
                axes.plot(*zip(*points, strict=True), color=colour, linewidth=1.2, marker="o", markersize=3)
                ends.append((*points[-1], f"{peer}: {TITLES[name]}", colour))
    _labels(axes, ends)
    axes.set(xscale="log", yscale="log", xlabel="chunks in the stream", ylabel="µs of CPU a chunk")
    _thousands(axes)
    return figure


def memory(results: Results) -> Figure:
    """What an open stream takes, by its length."""
    figure, axes = plt.subplots(figsize=(7.5, 4.2))
    ends: list[tuple[float, float, str, str]] = []
    colours = {"streamfold": OURS, _ACCUMULATE: SDK, "Letta's interface": LETTA}
    for who, colour in colours.items():
        for name in ("text", "calls", "responses") if who == "streamfold" else ("text",):
            kept = [one for one in results["memory"] if (one["who"], one["workload"]) == (who, name)]
            points = sorted((one["count"], one["kept"] / 1024) for one in kept)
            if points:
                axes.plot(*zip(*points, strict=True), color=colour, linewidth=1.2, marker="o", markersize=3)
                ends.append((*points[-1], f"{who}: {TITLES[name]}", colour))
    _labels(axes, ends)
    axes.set(xscale="log", yscale="log", xlabel="chunks in the stream, of about one token", ylabel="KiB kept")
    _thousands(axes)
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
        ("msgspec into dicts, no more", FAINT, "|", lambda name: _own(results, "decode", name, count)),
        ("streamfold", OURS, "o", lambda name: _own(results, "bytes", name, count)),
        ("openai SDK into objects", SDK, "s", lambda name: _peer(results, _DECODE, name, count)),
        ("… and Letta's interface", LETTA, "D", lambda name: _peer(results, NAMES["bytes"], name, count)),
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
    axes.legend(frameon=False, fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.12), ncols=2)


def _own(results: Results, cost: str, workload: str, count: int) -> float | None:
    return _median(results["costs"], "rounds", cost=cost, workload=workload, count=count)


def _peer(results: Results, peer: str, workload: str, count: int) -> float | None:
    return _median(results["peers"], "rounds", peer=peer, workload=workload, count=count)


def _median(measured: list[Results], what: str, **wanted: Any) -> float | None:
    for one in measured:
        if all(one[name] == value for name, value in wanted.items()):
            return median(one[what])
    return None


def _through(one: Results) -> list[tuple[float, float]]:
    """Length and µs a chunk, all through a long stream, thinned to what a plot can show."""
    blocks = [median(seconds) * 1e6 for seconds in zip(*one["passes"], strict=True)]
    shown = sorted({round(len(blocks) ** (step / 12)) - 1 for step in range(13)})
    near = [median(blocks[max(0, at - 2) : at + 3]) for at in shown]
    return [(one["block"] * (at + 1), cost) for at, cost in zip(shown, near, strict=True)]


def _by_length(results: Results, peer: str, workload: str) -> list[tuple[float, float]]:
    counts = {one["count"] for one in results["peers"] if (one["peer"], one["workload"]) == (peer, workload)}
    return [(count, (_peer(results, peer, workload, count) or 0) * 1e6) for count in sorted(counts)]


def _labels(axes: Axes, ends: list[tuple[float, float, str, str]]) -> None:
    """Name each line at its end, on the right, moved apart where they would touch."""
    right, last = max(x for x, *_ in ends), 0.0
    for _, y, text, colour in sorted(ends, key=lambda end: end[1]):
        last = max(y, last * 1.22)
        axes.annotate(text, (right, last), (8, 0), textcoords="offset points", va="center", color=colour, fontsize=8)


def _thousands(axes: Axes, y: bool = True) -> None:
    plain = FuncFormatter(lambda value, _: f"{value:,.0f}")
    axes.xaxis.set_major_formatter(plain)
    if y:
        axes.yaxis.set_major_formatter(plain)
        axes.yaxis.grid(True, color=GRID)
        axes.set_axisbelow(True)


if __name__ == "__main__":
    main(sys.argv[1:])
