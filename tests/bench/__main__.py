"""The benchmark suite: what the folds and the ways to them cost, alone and beside others on the same streams.

    python tests/bench                        everything; under twenty minutes, and some more the first time
    python tests/bench --quick --no-peers     a look, in half a minute
    python tests/bench --only own --workload calls --cost step bytes
    python tests/bench --json RESULTS.json    and then `python tests/bench/page.py RESULTS.json --write`
    python tests/bench --only long --json RESULTS.json --add    measures a part, leaves the others as they are there
    python tests/bench --show RESULTS.json    the tables again
    python tests/bench --instructions         what the CPU executes for a chunk, by perf or valgrind; some minutes

Times are CPU time of one thread, in rounds in which those that are compared take turns; what is printed is the median
and the quarters around it. Trust ratios, not times: a machine has moods, and within a round both share them. Peers
come with the extra `bench`; Letta's legacy interface gets an environment of its own in a cache folder.
"""

import argparse
import json
import sys
from dataclasses import replace
from pathlib import Path

import instructions
import report
from costs import COSTS
from suite import PARTS, Plan, measure, merged, where
from targets import Results
from workloads import SHORTEST, WORKLOADS, named

_CACHE = Path("~/.cache/streamfold-bench")


def main(arguments: list[str] | None = None) -> None:
    """Measure, and print the tables."""
    options = _parser().parse_args(arguments)
    if options.show is not None:
        report.show(json.loads(options.show.read_text("utf-8")))
        return
    before: Results = {}
    if options.add and options.json is not None and options.json.exists():
        before = json.loads(options.json.read_text("utf-8"))

    def keep(found: Results) -> None:
        if options.json is not None:
            options.json.write_text(json.dumps(merged(before, found), indent=1) + "\n", "utf-8")

    if options.instructions:
        workloads = tuple(named(options.workload or list(instructions.WORKLOADS)))
        counted = instructions.count(workloads, tuple(options.cost) or instructions.DEFAULT, _tell)
        results = {"environment": before.get("environment") or where(), "instructions": counted}
    else:
        results = measure(_plan(options), _tell, keep)
    keep(results)
    report.show(results)


def _plan(options: argparse.Namespace) -> Plan:
    parts = tuple(options.only) or (("own", "peers") if options.cost else tuple(PARTS))
    plan = Plan(
        tuple(named(options.workload)),
        parts,
        tuple(options.cost) or tuple(COSTS),
        rounds=options.rounds,
        budget=options.budget,
        peers=options.peers,
        letta=options.env.expanduser(),
    )
    if options.chunks:
        plan = replace(plan, counts=tuple(sorted(options.chunks)))
    if options.quick:
        plan = replace(plan, long=(10_000, 1_000), passes=1, stored=(1_000,), rounds=min(plan.rounds, 3), budget=1.0)
        plan = replace(
            plan,
            counts=plan.counts if options.chunks else plan.counts[:1],
            live=100,
            crowd=(100, 50, 50.0),
            logged=(20, 50, 50.0),
        )
    return plan


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
    parser.add_argument("--only", nargs="+", choices=[*PARTS], default=[], metavar="PART", help=_told(PARTS))
    parser.add_argument("--cost", nargs="+", choices=[*COSTS], default=[], metavar="NAME", help=_told(COSTS))
    parser.add_argument("--chunks", nargs="+", type=_length, default=[], metavar="N", help="lengths of the streams")
    parser.add_argument("--quick", action="store_true", help="short streams, few rounds")
    parser.add_argument("--peers", action=argparse.BooleanOptionalAction, default=True, help="measure others too")
    parser.add_argument("--env", type=Path, default=_CACHE, metavar="DIR", help="where Letta's environment is made")
    parser.add_argument("--rounds", type=int, default=Plan.rounds, help="of each comparison, at most")
    parser.add_argument("--budget", type=float, default=Plan.budget, metavar="S", help="seconds for each comparison")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every round's numbers there")
    parser.add_argument("--add", action="store_true", help="to what is in that file; without, it is written anew")
    parser.add_argument("--show", type=Path, metavar="FILE", help="measure nothing: print the tables of such a file")
    parser.add_argument("--instructions", action="store_true", help="count instructions a chunk instead")
    return parser


def _told(names: dict[str, str]) -> str:
    return "; ".join(f"{name}: {what}" for name, what in names.items())


def _length(text: str) -> int:
    count = int(text)
    if count < SHORTEST:
        raise argparse.ArgumentTypeError(f"{count} chunks are too few: at least {SHORTEST}")
    return count


def _tell(what: str) -> None:
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
