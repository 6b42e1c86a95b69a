"""The results as tables: by rich where it is installed, in plain text where it is not."""

from collections.abc import Iterable, Sequence
from typing import Any

from costs import COSTS
from measure import Spread, ratios, spread
from targets import Results, rounds_of, verdicts

try:
    from rich.console import Console
    from rich.table import Table
except ImportError:
    Console = Table = None  # type: ignore[assignment,misc]

Rows = list[list[str]]


def show(results: Results) -> None:
    """Print every table that there is something in."""
    table("Where", ["", ""], [[name, str(value)] for name, value in results["environment"].items()])
    _costs(results)
    _peers(results)
    _long(results)
    _memory(results)
    _snapshots(results)
    _imports(results)
    _targets(results)
    for line in results["skipped"]:
        print(line)


def span(of: Spread, digits: int = 2) -> str:
    """A median, and the quarters around it."""
    return f"{of.median:,.{digits}f} [{of.low:,.{digits}f}–{of.high:,.{digits}f}]"


def _costs(results: Results) -> None:
    names = [name for name in COSTS if any(one["cost"] == name for one in results["costs"])]
    rows = []
    for workload, count in _cases(results["costs"]):
        measured = {name: rounds_of(results, name, workload, count) for name in names}
        rows.append([workload, f"{count:,}", *(_micro(values) for values in measured.values())])
    table(
        "Our own paths: µs of CPU a chunk (`letta`: a message), median [quarters]", ["workload", "chunks", *names], rows
    )
    rows = []
    for workload, count in _cases(results["costs"]):
        step = rounds_of(results, "step", workload, count)
        others = [(name, rounds_of(results, name, workload, count)) for name in ("drive", "drive-sync")]
        if step and any(values for _, values in others):
            loops = [[ratio - 1 for ratio in ratios(values, step)] for _, values in others if values]
            rows.append([workload, f"{count:,}", *(span(spread(values)) for values in loops)])
    table("The drivers' loops, as a part of step", ["workload", "chunks", "asynchronous", "synchronous"], rows)


def _peers(results: Results) -> None:
    title = "Others on the same stream: µs of CPU a chunk; how many times ours, round by round"
    rows = []
    for one in results["peers"]:
        times, case = spread(one["ratios"]), [one["workload"], f"{one['count']:,}"]
        rows.append([*case, one["peer"], _micro(one["rounds"]), one["against"], _micro(one["ours"]), span(times, 1)])
    table(title, ["workload", "chunks", "who", "theirs", "against our", "ours", "times"], rows)


def _long(results: Results) -> None:
    rows = []
    for one in results["long"]:
        fresh, late = _micro(one["fresh"]), _micro(one["blocks"])
        rows.append([one["workload"], f"{one['count']:,}", fresh, late, span(spread(one["ratios"]), 3)])
    head = ["workload", "chunks", "in a short stream, µs", "all through, µs", "ratio, by pass"]
    table("A chunk's cost in a long stream", head, rows)


def _memory(results: Results) -> None:
    counts = sorted({one["count"] for one in results["memory"]})
    cases = dict.fromkeys((one["workload"], one["who"]) for one in results["memory"])
    rows = []
    for workload, who in cases:
        found = {one["count"]: one for one in results["memory"] if (one["workload"], one["who"]) == (workload, who)}
        kept = [f"{found[count]['kept'] / 1024:,.1f}" if count in found else "" for count in counts]
        peak = [f"{found[count]['peak'] / 1024:,.1f}" if "peak" in found.get(count, {}) else "" for count in counts]
        rows.append([workload, who, *kept, *peak])
    head = ["workload", "who", *(f"kept, {count:,}" for count in counts), *(f"peak, {count:,}" for count in counts)]
    table("Memory of one open stream, KiB, by chunks", head, rows)


def _snapshots(results: Results) -> None:
    rows = []
    for one in results["snapshots"]:
        times = [span(spread(one[what]).scaled(1000)) for what in ("dump", "load")]
        rows.append([one["workload"], f"{one['count']:,}", f"{one['bytes']:,}", *times])
    table("Snapshots", ["workload", "chunks", "bytes", "dump, ms", "load, ms"], rows)


def _imports(results: Results) -> None:
    rows = [[name, span(spread(times).scaled(1000), 1)] for name, times in results["imports"].items()]
    table("Imports, ms of CPU in a new process", ["", "ms"], rows)


def _targets(results: Results) -> None:
    rows = []
    for verdict in verdicts(results):
        worst, best = verdict.rows[0], verdict.rows[-1]
        met = sum(row.met for row in verdict.rows)
        count = f"{met} of {len(verdict.rows)}"
        said = "yes" if met == len(verdict.rows) else "no" if not met else "in part"
        ends = [f"{span(row.measured)} {verdict.unit} ({row.case})" for row in (worst, best)]
        rows.append([verdict.target, *ends, count, said])
    table("Targets", ["target", "worst: median [quarters]", "best", "cases met", "met?"], rows)


def _cases(measured: Iterable[dict[str, Any]]) -> list[tuple[str, int]]:
    return list(dict.fromkeys((one["workload"], one["count"]) for one in measured))


def _micro(seconds: Sequence[float] | None) -> str:
    return span(spread(seconds).scaled(1e6)) if seconds else ""


def table(title: str, head: list[str], rows: Rows) -> None:
    """Print a table, unless it is empty."""
    if not rows:
        return
    if Table is not None:
        made = Table(title=title, title_justify="left", title_style="bold")
        for at, name in enumerate(head):
            made.add_column(name, justify="left" if at == 0 else "right")
        for row in rows:
            made.add_row(*row)
        width = None if Console().is_terminal else 220  # piped, a table is as wide as it needs to be
        Console(width=width, markup=False, highlight=False).print(made)
        return
    widths = [max(len(row[at]) for row in [head, *rows]) for at in range(len(head))]
    print(f"\n{title}\n")
    for row in [head, ["-" * width for width in widths], *rows]:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
