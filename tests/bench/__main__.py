"""The benchmark suite: what the folds and the ways to them cost, alone and beside others on the same streams.

    python tests/bench                        everything; half an hour or so, and some minutes more the first time
    python tests/bench --quick --no-peers     a look, in seconds
    python tests/bench --workload calls --cost step
    python tests/bench --json RESULTS.json    and then `python tests/bench/plots.py RESULTS.json`
    python tests/bench --instructions         what the CPU executes for a chunk, by valgrind or perf

Times are CPU time of one thread, in rounds in which those that are compared take turns; what is printed is the median
and the quarters around it. Trust ratios, not times: a machine has moods, and within a round both share them. Peers
come with the extra `bench`; Letta's interface gets an environment of its own in a cache folder.
"""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

import instructions
import report
from costs import COSTS
from suite import BESIDE, Plan, measure
from workloads import SHORTEST, WORKLOADS, named

_CACHE = Path("~/.cache/streamfold-bench")


def main(arguments: list[str] | None = None) -> None:
    """Measure, and print the tables."""
    options = _parser().parse_args(arguments)
    workloads = tuple(named(options.workload))
    if options.instructions:
        instructions.show(workloads, tuple(options.cost) or instructions.DEFAULT, _tell)
        return
    plan = Plan(
        workloads,
        tuple(options.cost) or (*COSTS, *BESIDE),
        rounds=options.rounds,
        budget=options.budget,
        peers=options.peers,
        letta=options.env.expanduser(),
    )
    if options.chunks:
        plan = replace(plan, counts=tuple(sorted(options.chunks)))
    if options.quick:
        plan = _quick(plan, options.chunks)
    results = measure(plan, _tell)
    report.show(results)
    if options.json is not None:
        options.json.write_text(json.dumps(results, indent=1) + "\n", "utf-8")


def _quick(plan: Plan, chunks: list[int]) -> Plan:
    counts = plan.counts if chunks else plan.counts[:1]
    return replace(
        plan, counts=counts, long=(10_000, 1_000), passes=1, stored=(1_000,), rounds=min(plan.rounds, 3), budget=1.0
    )


def _parser() -> argparse.ArgumentParser:
    about, _, usage = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        prog="python tests/bench",
        description=about,
        epilog=usage,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    names = [workload.name for workload in WORKLOADS]
    parser.add_argument("--workload", nargs="+", choices=names, default=[], metavar="NAME", help=", ".join(names))
    known = COSTS | BESIDE
    told = "; ".join(f"{name}: {what}" for name, what in known.items())
    parser.add_argument("--cost", nargs="+", choices=[*known], default=[], metavar="NAME", help=told)
    parser.add_argument("--chunks", nargs="+", type=_length, default=[], metavar="N", help="lengths of the streams")
    parser.add_argument("--quick", action="store_true", help="short streams, few rounds")
    parser.add_argument("--peers", action=argparse.BooleanOptionalAction, default=True, help="measure others too")
    parser.add_argument("--env", type=Path, default=_CACHE, metavar="DIR", help="where Letta's environment is made")
    parser.add_argument("--rounds", type=int, default=Plan.rounds, help="of each comparison, at most")
    parser.add_argument("--budget", type=float, default=Plan.budget, metavar="S", help="seconds for each comparison")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every round's numbers there")
    parser.add_argument("--instructions", action="store_true", help="count instructions a chunk instead")
    return parser


def _length(text: str) -> int:
    count = int(text)
    if count < SHORTEST:
        raise argparse.ArgumentTypeError(f"{count} chunks are too few: at least {SHORTEST}")
    return count


def _tell(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
