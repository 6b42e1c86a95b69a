"""Puts results into the manual: the marked parts of docs/capacity.md and docs/snapshots.md, and the plots.

    python tests/bench/page.py RESULTS.json            prints the parts
    python tests/bench/page.py RESULTS.json --write    writes them, and draws docs/images
    python tests/bench/page.py RESULTS.json --write --part live crowd    writes these, and draws nothing

A part stands between `<!-- bench: NAME -->` and `<!-- end -->`. The results are those of
`python tests/bench --json RESULTS.json`.
"""

import argparse
import json
import re
from collections.abc import Callable, Collection
from pathlib import Path
from statistics import median

import report
from capacity import (
    GIB,
    KIB,
    PATHS,
    STREAMS,
    WHOLE,
    Assumed,
    Need,
    bytes_each_way,
    kept,
    longest,
    need,
    per_core,
    per_stream,
    seconds,
    streams_per_core,
)
from report import NOTHING_MEASURED, Table, markdown, titled
from sections import client, crowd, decoding, limits, live, log, open_streams, peers, rounded
from targets import Results, rounds_of, verdicts
from workloads import TITLES

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("capacity.md", "snapshots.md")
TYPICAL = "text"
ASSUMED = Assumed()
PART = re.compile(r"(<!-- bench: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def main(arguments: list[str] | None = None) -> None:
    """Print the parts, or write them."""
    about, _, usage = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        prog="page.py", description=about, epilog=usage, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("results", type=Path, metavar="RESULTS.json")
    parser.add_argument("--write", action="store_true", help="into the pages of the folder")
    parser.add_argument("--folder", type=Path, default=DOCS, help="where they are: docs, if no other is given")
    parser.add_argument("--part", nargs="+", choices=[*PARTS], default=[], metavar="NAME", help="no others than these")
    options = parser.parse_args(arguments)
    parts = options.part or [*PARTS]
    results = report.NOTHING | json.loads(options.results.read_text("utf-8"))
    if not options.write:
        print("\n\n".join(f"{name}:\n\n{make(results)}" for name, make in PARTS.items() if name in parts))
        return
    for name in PAGES:
        page = options.folder / name
        page.write_text(filled(page.read_text("utf-8"), results, parts), "utf-8")
    if options.part:
        return
    try:
        import plots
    except ImportError as error:
        print(f"the plots were not drawn: {error}")
    else:
        plots.draw(results, options.folder / "images")


def filled(text: str, results: Results, parts: Collection[str] | None = None) -> str:
    """A page, with what the results say in its marked parts, or in some of them; what was not measured stays."""

    def fill(part: re.Match[str]) -> str:
        if parts is not None and part[2] not in parts:
            return part[0]
        told = PARTS[part[2]](results)
        return part[0] if told == NOTHING_MEASURED else f"{part[1]}\n{told}\n\n{part[3]}"

    return PART.sub(fill, text)


def in_short(results: Results) -> str:
    """The page's first lines."""
    taken, dear = _whole(results, TYPICAL), _dearest(results)
    if taken is None or dear is None:
        return NOTHING_MEASURED
    lines = [
        f"- One core turns {rounded(per_core(taken))} chunks of {TITLES[TYPICAL]} a second from a provider's bytes "
        f"into a client's, sockets included: {rounded(streams_per_core(taken, ASSUMED))} streams of {ASSUMED.rate:.0f} "
        f"tokens a second at {ASSUMED.used:.0%} load. Of {TITLES[dear[0]]}, the dearest, it is "
        f"{rounded(per_core(dear[1]))} chunks: {rounded(streams_per_core(dear[1], ASSUMED))} streams."
    ]
    lines += open_streams(results)
    if results["idle"]:
        sizes = [(count, kept(results, TYPICAL, count)) for count in (1_000, 10_000, 100_000)]
        held = ", ".join(f"{size / KIB:,.0f} KiB with {count // 1000}k" for count, size in sizes if size)
        idle = results["idle"]
        lines.append(
            f"- An open stream takes {idle['driven'] / KIB:,.1f} KiB before its first token, of which the state is "
            f"{idle['state'] / KIB:,.1f} KiB. The state of one of plain text takes {held} tokens."
        )
        for one in _needs(results, TYPICAL):
            lines.append(
                f"- {_words(one.streams)} streams: {_several(one.cores, 'core')}, {one.memory / GIB:,.1f} GiB, "
                f"{_several(one.hosts, 'host')} ({one.scarcest} decide{'' if one.scarcest == 'cores' else 's'})."
            )
    return "\n".join(lines)


def speed(results: Results) -> str:
    names = [name for name in ("step", "objects", "bytes", "server", "client") if _measured(results, name)]
    heads = {"step": "ready chunks", "objects": "SDK objects", "bytes": "bytes", "server": "bytes to Letta's bytes"}
    heads["client"] = "… behind the openai client"
    rows = []
    for workload in _workloads(results):
        found = [rounds_of(results, name, workload, longest(results)) for name in names]
        rows.append([TITLES[workload], *(_rate(values) for values in found)])
    return markdown(Table("", ["chunks per second and core, from", *(heads[name] for name in names)], rows))


def memory(results: Results) -> str:
    counts = sorted({one["count"] for one in results["memory"]})
    rows = []
    for who, workload in dict.fromkeys((one["who"], one["workload"]) for one in results["memory"]):
        if who != "streamfold" and workload != TYPICAL:
            continue
        found = {one["count"]: one for one in results["memory"] if (one["who"], one["workload"]) == (who, workload)}
        sizes = [f"{found[count]['kept'] / KIB:,.0f}" if count in found else "" for count in counts]
        most = max(found)
        peak = f"{found[most]['peak'] / KIB:,.0f}" if "peak" in found[most] else ""
        rows.append([f"{'' if who == 'streamfold' else f'{who}: '}{TITLES[workload]}", *sizes, peak])
    head = ["the state of, KiB after", *(f"{count:,}" for count in counts), "at most, on the way"]
    idle = results["idle"]
    before = (
        f"Before anything has come, a state takes {idle['state'] / KIB:,.1f} KiB; with the decoder, the run and the "
        f"task that drive it, {idle['driven'] / KIB:,.1f} KiB.\n\n"
        if idle
        else ""
    )
    return before + markdown(Table("", head, sorted(rows, key=lambda row: ":" in row[0])))


def assumptions(results: Results) -> str:
    one = ASSUMED
    return "\n".join(
        (
            f"- every stream speaks, at {one.rate:.0f} tokens a second; {one.chunks:.0f} chunk a token",
            f"- an open stream holds {one.held:,} tokens, and its two connections take {one.connections / KIB:.0f} KiB "
            "(buffers and TLS: assumed, not measured)",
            f"- a host has {one.cores} cores, {one.ram / GIB:.0f} GiB and {one.network / 1e9:.0f} Gbit/s each way; "
            f"of each, {one.used:.0%} are used at most",
            f"- one process a core, of {one.process / 2**20:.0f} MiB before any stream",
        )
    )


def arithmetic(results: Results) -> str:
    """The steps, for a million streams of plain text."""
    taken, needs = _whole(results, TYPICAL), _needs(results, TYPICAL)
    if taken is None or not needs:
        return NOTHING_MEASURED
    one = next(one for one in needs if one.streams == 1_000_000)
    each = per_stream(results, TYPICAL, ASSUMED) or 0
    way = bytes_each_way(results, TYPICAL)
    return "\n".join(
        (
            "```text",
            f"chunks a second  {one.streams:,} × {ASSUMED.rate:.0f} × {ASSUMED.chunks:.0f} = {one.chunks:,.0f}",
            f"cores            {one.chunks:,.0f} × {taken * 1e6:.1f} µs / {ASSUMED.used} = {one.cores:,}",
            f"memory           {one.streams:,} × {each / KIB:.1f} KiB = {one.memory / GIB:,.0f} GiB",
            f"network          {one.chunks:,.0f} × {way:,.0f} bytes × 8 = {one.bits / 1e9:,.0f} Gbit/s, the busier way",
            f"hosts            by cores {one.by_cores:,}, by memory {one.by_memory:,}, by network {one.by_network:,}: "
            f"{one.hosts:,}",
            "```",
        )
    )


def hosts(results: Results) -> str:
    head = [
        "streams",
        "chunks a second",
        "cores",
        "GiB",
        "Gbit/s",
        "hosts by cores",
        "by memory",
        "by network",
        "hosts",
    ]
    rows = []
    for one in _needs(results, TYPICAL):
        sizes = [f"{one.memory / GIB:,.1f}", f"{one.bits / 1e9:,.1f}"]
        count = (one.by_cores, one.by_memory, one.by_network)
        last = [*(f"{each:,}" for each in count), f"**{one.hosts:,}**"]
        rows.append([f"{one.streams:,}", f"{one.chunks:,.0f}", f"{one.cores:,}", *sizes, *last])
    return markdown(Table("", head, rows))


def cores(results: Results) -> str:
    """Cores by path, and of the whole path by workload."""
    head = ["what a core does for each chunk", "µs", "chunks a second", "streams a core"]
    head += [f"cores for {_words(count).lower()}" for count in STREAMS]
    rows = []
    for path, (words, _) in PATHS.items():
        rows += _row(words, seconds(results, path, TYPICAL))
    whole = PATHS[WHOLE][0].removeprefix("… and ")
    more = []
    for workload in _workloads(results):
        more += _row(TITLES[workload], _whole(results, workload))
    return "\n\n".join(
        (
            f"Of {TITLES[TYPICAL]}, by what is done:",
            markdown(Table("", head, rows)),
            f"From bytes to Letta's bytes, with {whole}, by what is streamed:",
            markdown(Table("", ["stream", *head[1:]], more)),
        )
    )


def _row(name: str, taken: float | None) -> list[list[str]]:
    if taken is None:
        return []
    each = [need(count, taken, 0, 0, ASSUMED).cores for count in STREAMS]
    figures = [f"{taken * 1e6:.1f}", f"{per_core(taken):,.0f}", f"{streams_per_core(taken, ASSUMED):,.0f}"]
    return [[name, *figures, *(f"{count:,}" for count in each)]]


def targets(results: Results) -> str:
    """The table, and in words which are met."""
    found = verdicts(results)
    if not found:
        return NOTHING_MEASURED
    lines = []
    for words, answer in (("Met", "yes"), ("Met in part", "in part"), ("Not met", "no")):
        lines.append(f"{words}: {sum(verdict.answer == answer for verdict in found)} of {len(found)}.")
    table = report.targets(results)
    return f"{' '.join(lines)}\n\n{markdown(table, 3)}"


def where(results: Results) -> str:
    return markdown(Table("", ["measured on", ""], report.where(results).rows), 2)


def snapshots(results: Results) -> str:
    """With the first one's, in words."""
    first = results.get("first_snapshot")
    words = f"\n\nThe very first, dumped and loaded, takes {median(first) * 1000:.0f} ms more." if first else ""
    return markdown(titled(report.snapshots(results))) + words


PARTS: dict[str, Callable[[Results], str]] = {
    "where": where,
    "in-short": in_short,
    "speed": speed,
    "memory": memory,
    "assumptions": assumptions,
    "arithmetic": arithmetic,
    "hosts": hosts,
    "cores": cores,
    "limits": limits,
    "decoding": decoding,
    "client": client,
    "live": live,
    "crowd": crowd,
    "log": log,
    "peers": peers,
    "targets": targets,
    "long": lambda results: markdown(titled(report.long(results))),
    "imports": lambda results: markdown(report.imports(results)),
    "instructions": lambda results: markdown(titled(report.instructions(results))),
    "took": lambda results: markdown(report.took(results), 2),
    "snapshots": snapshots,
}
"""What makes each marked part."""


def _needs(results: Results, workload: str) -> list[Need]:
    taken, each = _whole(results, workload), per_stream(results, workload, ASSUMED)
    if taken is None or each is None:
        return []
    return [need(count, taken, each, bytes_each_way(results, workload), ASSUMED) for count in STREAMS]


def _whole(results: Results, workload: str) -> float | None:
    return seconds(results, WHOLE, workload) if results["costs"] else None


def _dearest(results: Results) -> tuple[str, float] | None:
    found = {workload: taken for workload in _workloads(results) if (taken := _whole(results, workload)) is not None}
    return max(found.items(), key=lambda one: one[1], default=None)


def _workloads(results: Results) -> list[str]:
    return list(dict.fromkeys(one["workload"] for one in results["costs"]))


def _measured(results: Results, cost: str) -> bool:
    return any(one["cost"] == cost for one in results["costs"])


def _rate(values: list[float] | None) -> str:
    return f"{1 / median(values):,.0f}" if values else ""


def _several(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def _words(count: int) -> str:
    return {1_000: "A thousand", 1_000_000: "A million", 100_000_000: "A hundred million"}.get(count, f"{count:,}")


if __name__ == "__main__":
    main()
