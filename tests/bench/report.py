"""The results as tables: by rich where it is installed, in plain text where it is not."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

from costs import BEHIND_THE_CLIENT, BLOCK, COSTS
from live import ALONE, DRIVE, HEARD, LOGGED
from measure import Spread, ratios, spread
from suite import PARTS
from targets import Results, rounds_of, verdicts
from workloads import TITLES

try:
    from rich.console import Console
    from rich.table import Table as RichTable
except ImportError:
    Console = RichTable = None  # type: ignore[assignment,misc]

OWN = ("step", "objects", "data", "bytes", "blocks", "drive", "drive-sync", "letta")
AROUND = ("server", "decode", "least", "socket")

NOTHING: Results = {"costs": [], "peers": [], "long": [], "memory": [], "idle": {}, "snapshots": [], "imports": {}}
NOTHING |= {"live": [], "crowd": [], "log": []}
"""What a file may lack that only counts instructions."""
NOTHING_MEASURED = "(not measured)"
"""A part of a page for which there are no results."""


@dataclass(frozen=True)
class Table:
    """One table; the first column is a name, the others are figures."""

    title: str
    head: list[str]
    rows: list[list[str]]


def markdown(table: Table, texts: int = 1) -> str:
    """A table as Markdown.

    Args:
        table: the table.
        texts: how many of its first columns are no figures.
    """
    if not table.rows:
        return NOTHING_MEASURED
    rule = ["---" if at < texts else "--:" for at in range(len(table.head))]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (table.head, rule, *table.rows))


def titled(table: Table) -> Table:
    """A table of workloads, with their titles."""
    return replace(table, rows=[[TITLES[row[0]], *row[1:]] for row in table.rows])


def show(results: Results) -> None:
    """Print every table that there is something in."""
    results = NOTHING | results
    made = (where, own, around, decoding, behind, client, loops, peers, live, long, idle, memory, crowd, log, snapshots)
    for table in (*made, imports, instructions, took, targets):
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


def behind(results: Results) -> Table:
    return _costs(results, "Behind the openai client: µs of CPU a chunk, median [quarters]", BEHIND_THE_CLIENT)


def decoding(results: Results) -> Table:
    """From bytes to messages, beside what msgspec takes for dicts of the same frames."""
    heads = {"data": "each frame's data", "bytes": "a frame a piece", "blocks": f"pieces of {BLOCK:,} bytes"}
    return _times(
        results, "Bytes to messages: how many times a bare decode of the frames", "decode", heads, "a bare decode"
    )


def client(results: Results) -> Table:
    """What drives the client's stream, as a part of a bare loop over it."""
    heads = {
        "sdk-drive": "`drive`",
        "sdk-tens": "`drive`, ten frames a piece",
        "sdk-blocks": f"`drive`, pieces of {BLOCK:,} bytes",
        "sdk-whole": "`drive`, one piece",
        "sdk-objects": '`drive`, `by="objects"`',
        "sdk-sync": "`drive_sync`, of its own loop",
    }
    title = "The openai client's stream: how many times a bare loop over it"
    return _times(results, title, "sdk-loop", heads, "a bare loop", {"sdk-sync": "sdk-sync-loop"})


def _times(
    results: Results, title: str, against: str, heads: dict[str, str], base_head: str, bases: Mapping[str, str] = {}
) -> Table:
    rows = []
    for workload, count in cases(results["costs"]):
        base = rounds_of(results, against, workload, count)
        found = [_ratios(results, name, bases.get(name, against), workload, count) for name in heads]
        if base and any(found):
            times = [span(spread(values)) if values else "" for values in found]
            rows.append([workload, f"{count:,}", _micro(base), *times])
    return Table(title, ["workload", "chunks", f"{base_head}: µs a chunk", *heads.values()], rows)


def _ratios(results: Results, name: str, against: str, workload: str, count: int) -> list[float]:
    values, base = (rounds_of(results, one, workload, count) for one in (name, against))
    return ratios(values, base) if values and base else []


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


def live(results: Results) -> Table:
    rows = []
    ours = {(one["workload"], one["count"]): one["rounds"] for one in results["live"] if one["who"] == DRIVE}
    for one in results["live"]:
        times = span(spread(ratios(one["rounds"], ours[one["workload"], one["count"]])))
        figures = [_micro(one["rounds"]), f"{1 / median(one['rounds']):,.0f}", f"{one['gives']:.2f}", times]
        rows.append([one["workload"], f"{one['count']:,}", one["who"], *figures])
    head = ["workload", "chunks", "who", "µs of CPU a chunk", "chunks a second", "items a chunk", "times our drive"]
    return Table("The openai client over loop-back, on one core", head, rows)


def crowd(results: Results) -> Table:
    """All of it in one process: what is driven, and the upstreams alone."""
    rows = []
    for one in [one for one in results["crowd"] if one["who"] == DRIVE]:
        alone = next((it for it in results["crowd"] if (it["who"], it["rate"]) == (ALONE, one["rate"])), None)
        both = [it for it in (one, alone) if it is not None]
        if one["rate"] is None:
            rows.append([f"memory of one, after {one['count'] - 2} chunks, KiB", f"{one['held'] / 1024:,.1f}", ""])
        elif not one["rate"]:
            rates = [f"{it['chunks'] / it['cpu']:,.0f}" for it in both]
            rows.append(["as fast as they can: chunks a second of CPU", *rates])
        else:
            pace = f"at {one['rate']:g} chunks a second each"
            rates = [f"{it['chunks'] / it['seconds']:,.0f}" for it in both]
            rows.append([f"{pace}: chunks a second", *rates])
            rows.append([f"{pace}: µs of CPU a chunk", *(f"{it['cpu'] / it['chunks'] * 1e6:,.1f}" for it in both)])
            for name, words in (("added", "from a piece to its message"), ("late", "from when a piece is due")):
                rows.append([f"{words}, ms: median / p99 / p99.9", *(_milli(it[name]) for it in both)])
    many = max((one["many"] for one in results["crowd"]), default=0)
    return Table(f"{many:,} streams of plain text at once, in one process", ["", "driven", "the upstreams alone"], rows)


def log(results: Results) -> Table:
    """What the log of runs costs in each store: a message by the size of its batch, and runs beside streams driven."""
    stores = list(dict.fromkeys(one["store"] for one in results["log"] if "store" in one))

    def cells(name: str, member: object, show: Callable[[dict[str, Any]], str]) -> list[str]:
        found = {one["store"]: show(one) for one in results["log"] if one.get(name) == member and "store" in one}
        return [found.get(store, "") for store in stores]

    rows = []
    for size in dict.fromkeys(one["batch"] for one in results["log"] if "batch" in one):
        shown = cells("batch", size, lambda one: f"{median(one['rounds']) * 1e6:,.1f}")
        rows.append([f"appended in batches of {size}: µs a message", "", *shown])
    driven = next((one for one in results["log"] if one.get("who") == DRIVE), None)
    if driven is not None:
        for who in (LOGGED, HEARD):
            rows.append([f"{who}: µs of CPU a message", _cpu(driven), *cells("who", who, _cpu)])
        added = cells("who", HEARD, lambda one: _milli(one["added"]))
        rows.append(["from a piece to its message, ms: median / p99 / p99.9", _milli(driven["added"]), *added])
    many = max((one.get("many", 0) for one in results["log"]), default=0)
    return Table(f"The log of runs, and {many:,} runs at once in it", ["", "driven, without a log", *stores], rows)


def _cpu(one: dict[str, Any]) -> str:
    return f"{one['cpu'] / one['messages'] * 1e6:,.1f}"


def _milli(centiles: dict[str, float]) -> str:
    return " / ".join(f"{centiles[name] * 1000:,.3f}" for name in ("p50", "p99", "p999"))


def long(results: Results) -> Table:
    """By length: a stream's average."""
    found = []
    for one in results["long"]:
        short = {int(length): seconds for length, seconds in one.get("short", {}).items()}
        found.append((one, short | {one["block"]: one["fresh"]}))
    lengths = sorted({length for _, short in found for length in short})
    rows = []
    for one, short in found:
        figures = [_micro(short.get(length)) for length in lengths] + [_micro(one["blocks"])]
        rows.append([one["workload"], f"{one['count']:,}", *figures, span(spread(one["ratios"]), 3)])
    head = ["workload", "chunks", *(f"{length:,}: µs" for length in lengths), "all through: µs", "ratio, by pass"]
    return Table("A chunk's cost: step in streams of so many, and all through a long one", head, rows)


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
