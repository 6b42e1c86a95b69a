"""The results as tables: by rich where it is installed, in plain text where it is not."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from costs import COSTS
from measure import Spread, ratios, spread
from suite import PARTS
from targets import Results, rounds_of, verdicts

try:
    from rich.console import Console
    from rich.table import Table as RichTable
except ImportError:
    Console = RichTable = None  # type: ignore[assignment,misc]

OWN = ("step", "objects", "bytes", "drive", "drive-sync", "letta")
AROUND = ("server", "client", "decode", "least", "socket")

NOTHING: Results = {"costs": [], "peers": [], "long": [], "memory": [], "idle": {}, "snapshots": [], "imports": {}}
"""What a file may lack that only counts instructions."""


@dataclass(frozen=True)
class Table:
    """One table; the first column is a name, the others are figures."""

    title: str
    head: list[str]
    rows: list[list[str]]


def show(results: Results) -> None:
    """Print every table that there is something in."""
    results = NOTHING | results
    made = (where, own, around, loops, peers, long, idle, memory, snapshots, imports, instructions, took, targets)
    for table in made:
        _print(table(results))
    for line in results.get("skipped", ()):
        print(line)


def span(of: Spread, digits: int = 2) -> str:
    """A median, and the quarters around it."""
    return f"{of.median:,.{digits}f} [{of.low:,.{digits}f}–{of.high:,.{digits}f}]"


def where(results: Results) -> Table:
    return Table("Where", ["", ""], [[name, str(value)] for name, value in results["environment"].items()])


def own(results: Results) -> Table:
    title = "Our own paths: µs of CPU a chunk (`letta`: a message), median [quarters]"
    return _costs(results, title, OWN)


def around(results: Results) -> Table:
    return _costs(results, "A server's whole work, and what is below it: µs of CPU a chunk, median [quarters]", AROUND)


def _costs(results: Results, title: str, wanted: Iterable[str]) -> Table:
    names = [name for name in COSTS if name in wanted and any(one["cost"] == name for one in results["costs"])]
    rows = []
    for workload, count in cases(results["costs"]) if names else ():
        measured = [rounds_of(results, name, workload, count) for name in names]
        rows.append([workload, f"{count:,}", *(_micro(values) for values in measured)])
    return Table(title, ["workload", "chunks", *names], rows)


def loops(results: Results) -> Table:
    rows = []
    for workload, count in cases(results["costs"]):
        step = rounds_of(results, "step", workload, count)
        others = [rounds_of(results, name, workload, count) for name in ("drive", "drive-sync")]
        if step and any(others):
            found = [spread([ratio - 1 for ratio in ratios(values, step)]) if values else None for values in others]
            rows.append([workload, f"{count:,}", *(span(one) if one else "" for one in found)])
    return Table("The drivers' loops, as a part of step", ["workload", "chunks", "asynchronous", "synchronous"], rows)


def peers(results: Results) -> Table:
    title = "Others on the same stream: µs of CPU a chunk; how many times ours, round by round"
    rows = []
    for one in results["peers"]:
        times, case = spread(one["ratios"]), [one["workload"], f"{one['count']:,}"]
        rows.append([*case, one["peer"], _micro(one["rounds"]), one["against"], _micro(one["ours"]), span(times, 1)])
    return Table(title, ["workload", "chunks", "who", "theirs", "against our", "ours", "times"], rows)


def long(results: Results) -> Table:
    rows = []
    for one in results["long"]:
        fresh, late = _micro(one["fresh"]), _micro(one["blocks"])
        rows.append([one["workload"], f"{one['count']:,}", fresh, late, span(spread(one["ratios"]), 3)])
    head = ["workload", "chunks", "in a short stream, µs", "all through, µs", "ratio, by pass"]
    return Table("A chunk's cost in a long stream", head, rows)


def idle(results: Results) -> Table:
    words = {"state": "its state", "driven": "its state, decoder, run and task"}
    rows = [[words[name], f"{taken / 1024:,.1f}"] for name, taken in results["idle"].items()]
    return Table("Memory of one open stream of which nothing has come, KiB", ["", "KiB"], rows)


def memory(results: Results) -> Table:
    counts = sorted({one["count"] for one in results["memory"]})
    rows = []
    for workload, who in dict.fromkeys((one["workload"], one["who"]) for one in results["memory"]):
        found = {one["count"]: one for one in results["memory"] if (one["workload"], one["who"]) == (workload, who)}
        kept = [f"{found[count]['kept'] / 1024:,.1f}" if count in found else "" for count in counts]
        peak = [f"{found[count]['peak'] / 1024:,.1f}" if "peak" in found.get(count, {}) else "" for count in counts]
        rows.append([workload, who, *kept, *peak])
    head = ["workload", "who", *(f"kept, {count:,}" for count in counts), *(f"peak, {count:,}" for count in counts)]
    return Table("Memory of one open stream, KiB, by chunks", head, rows)


def snapshots(results: Results) -> Table:
    rows = []
    for one in results["snapshots"]:
        times = [span(spread(one[what]).scaled(1000)) for what in ("dump", "load")]
        rows.append([one["workload"], f"{one['count']:,}", f"{one['bytes']:,}", *times])
    return Table("Snapshots", ["workload", "chunks", "bytes", "dump, ms", "load, ms"], rows)


def imports(results: Results) -> Table:
    measured = dict(results["imports"])
    if results.get("first_snapshot"):
        measured["the first snapshot, beyond the second"] = results["first_snapshot"]
    rows = [[name, span(spread(times).scaled(1000), 1)] for name, times in measured.items()]
    return Table("Imports, ms of CPU in a new process", ["", "ms"], rows)


def instructions(results: Results) -> Table:
    counted = results.get("instructions", [])
    names = list(dict.fromkeys(one["cost"] for one in counted))
    found = {(one["workload"], one["cost"]): f"{one['instructions']:,.0f}" for one in counted}
    workloads = dict.fromkeys(one["workload"] for one in counted)
    rows = [[workload, *(found.get((workload, name), "") for name in names)] for workload in workloads]
    return Table("Instructions a chunk", ["workload", *names], rows)


def took(results: Results) -> Table:
    spent = results.get("seconds", {})
    rows = [[part, PARTS[part], f"{spent[part] / 60:.1f}"] for part in PARTS if part in spent]
    if rows:
        rows.append(["all", "", f"{sum(spent[part] for part in PARTS if part in spent) / 60:.1f}"])
    return Table("How long it took, by part", ["part", "what", "minutes"], rows)


def targets(results: Results) -> Table:
    rows = []
    for verdict in verdicts(results):
        worst, best = verdict.rows[0], verdict.rows[-1]
        ends = [f"{span(row.measured)} {verdict.unit} ({row.case})" for row in (worst, best)]
        aim = "" if verdict.aim is None else f", {verdict.reached} ≤ {verdict.aim:.2f}"
        rows.append([verdict.target, *ends, f"{verdict.met} of {len(verdict.rows)}{aim}", verdict.answer])
    return Table("Targets", ["target", "worst: median [quarters]", "best", "cases met", "met?"], rows)


def cases(measured: Iterable[dict[str, Any]]) -> list[tuple[str, int]]:
    """The workloads and lengths that were measured."""
    return list(dict.fromkeys((one["workload"], one["count"]) for one in measured))


def _micro(seconds: Sequence[float] | None) -> str:
    return span(spread(seconds).scaled(1e6)) if seconds else ""


def _print(table: Table) -> None:
    if not table.rows:
        return
    if RichTable is not None:
        made = RichTable(title=table.title, title_justify="left", title_style="bold")
        for at, name in enumerate(table.head):
            made.add_column(name, justify="left" if at == 0 else "right")
        for row in table.rows:
            made.add_row(*row)
        width = None if Console().is_terminal else 220  # piped, a table is as wide as it needs to be
        Console(width=width, markup=False, highlight=False).print(made)
        return
    widths = [max(len(row[at]) for row in [table.head, *table.rows]) for at in range(len(table.head))]
    print(f"\n{table.title}\n")
    for row in [table.head, ["-" * width for width in widths], *table.rows]:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
