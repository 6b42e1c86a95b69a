"""Parts of docs/capacity.md that compare: with what nobody gets below, with the openai client, and with others."""

from statistics import median

import report
from capacity import longest
from live import DRIVE, LOOP
from measure import ratios, spread
from report import NOTHING_MEASURED, Table, markdown, span, titled
from targets import Results, rounds_of
from workloads import TITLES


def decoding(results: Results) -> str:
    return markdown(titled(report.decoding(results)))


def client(results: Results) -> str:
    return markdown(titled(report.client(results)))


def live(results: Results) -> str:
    """Who reads the client's stream at which rate, by workload."""
    rounds = {(one["who"], one["workload"]): one["rounds"] for one in results["live"]}
    workloads = list(dict.fromkeys(one["workload"] for one in results["live"]))
    rows = []
    for who in dict.fromkeys(one["who"] for one in results["live"]):
        cells = []
        for workload in workloads:
            taken, ours = rounds.get((who, workload)), rounds.get((DRIVE, workload))
            times = f" ({spread(ratios(taken, ours)).median:.1f} ×)" if taken and ours and who != DRIVE else ""
            cells.append(f"{1 / median(taken):,.0f}{times}" if taken else "")
        rows.append([who, *cells])
    head = ["chunks a second and core (time, as times of `drive`'s)", *(TITLES[workload] for workload in workloads)]
    return markdown(Table("", head, rows))


def crowd(results: Results) -> str:
    return markdown(report.crowd(results))


def log(results: Results) -> str:
    return markdown(report.log(results))


def open_streams(results: Results) -> list[str]:
    """Lines of the page's first part."""
    lines = []
    rounds = {one["who"]: one["rounds"] for one in results["live"] if one["workload"] == "text"}
    if {DRIVE, LOOP} <= rounds.keys():
        driven, bare = (rounded(1 / median(rounds[who])) for who in (DRIVE, LOOP))
        lines.append(
            f"- Behind the openai client, over loop-back, one core drives {driven} chunks of {TITLES['text']} a second "
            f"to typed messages; a bare loop over the client's stream comes to {bare}."
        )
    for one in results["crowd"]:
        if one["who"] == DRIVE and one["rate"]:
            half, most = (f"{one['added'][name] * 1000:.1f} ms" for name in ("p50", "p99"))
            lines.append(
                f"- Of {one['many']:,} streams at once in one process, at {one['rate']:g} chunks a second each, half "
                f"of the messages are out {half} after their piece has come, 99% after {most}."
            )
    return lines


def rounded(number: float) -> str:
    """Two digits are known, no more."""
    digits = 10 ** max(0, len(f"{number:.0f}") - 2)
    return f"{round(number / digits) * digits:,}"


def limits(results: Results) -> str:
    """What nobody gets below, and how far from it we are."""
    count = longest(results) if results["costs"] else 0
    rows = []
    for workload in list(dict.fromkeys(one["workload"] for one in results["costs"])):
        found = {
            name: rounds_of(results, name, workload, count) for name in ("decode", "least", "step", "bytes", "server")
        }
        found["socket"] = rounds_of(results, "socket", workload, count)
        if any(values is None for values in found.values()):
            continue
        taken = {name: median(values or ()) * 1e6 for name, values in found.items()}
        floor = taken["decode"] + taken["least"]
        figures = [taken["decode"], taken["least"], taken["socket"], taken["step"], taken["bytes"], taken["server"]]
        far = [taken["step"] / taken["least"], taken["bytes"] / floor]
        far.append((taken["server"] + taken["socket"]) / (floor + taken["socket"]))
        rows.append([TITLES[workload], *(f"{one:.2f}" for one in figures), *(f"{one:.1f} ×" for one in far)])
    head = ["µs a chunk", "JSON", "interpreter", "socket", "step", "bytes → messages", "bytes → Letta's bytes"]
    head += ["step / interpreter", "bytes → messages / (JSON + interpreter)", "all / (all three floors)"]
    return markdown(Table("", head, rows))


def peers(results: Results) -> str:
    """A table for each length of the streams."""
    workloads = list(dict.fromkeys(one["workload"] for one in results["peers"]))
    measured = {(one["count"], one["peer"], one["against"], one["workload"]): one["ratios"] for one in results["peers"]}
    lines: list[str] = []
    for count in sorted({key[0] for key in measured}):
        rows = []
        for peer, against in dict.fromkeys(key[1:3] for key in measured if key[0] == count):
            found = [measured.get((count, peer, against, workload)) for workload in workloads]
            rows.append([peer, f"`{against}`", *(span(spread(values), 1) if values else "" for values in found)])
        head = ["times as long as ours", "against our", *(TITLES[workload] for workload in workloads)]
        lines += [f"Streams of {count:,} chunks:", markdown(Table("", head, rows), 2)]
    if results.get("skipped"):
        lines += ["Not measured:", "\n".join(f"- {line}" for line in results["skipped"])]
    return "\n\n".join(lines) or NOTHING_MEASURED
