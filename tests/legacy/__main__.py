"""Letta's own streaming interfaces beside docs/examples/legacy_interfaces.py, message by message, on recorded streams.

    python tests/legacy ../shared/streams

Letta is installed from PyPI into an environment of its own, once: two minutes, and more than a gigabyte. Each stream is
read by the real openai client there, once for Letta's classes and once for those of the example. What differs has to be
what docs/differences.md names; anything else is printed, and makes the exit status 1. So does a row of that page that
is tried by a small stream and makes no difference. The status is 3 where Letta cannot be installed.
"""

import argparse
import sys
from collections import Counter
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))  # for `support` and `differential`

from answers import body_of, configs_of, interface_of
from comparing import Verdict, compared
from environment import CACHE, VERSION, NotHere, asked, environment
from rows import ROWS

KINDS = ("equal", "equal runs", "explained", "unexplained")


def main() -> int:
    options = _parser().parse_args()
    recordings = [
        (path, config)
        for path in sorted(options.streams.iterdir())
        if path.suffix in (".sse", ".jsonl")
        for config in configs_of(path)
    ]
    cases: list[dict[str, Any]] = [
        {"interface": interface_of(path), "config": config, "body": body_of(path).decode()}
        for path, config in recordings
    ]
    tried = [{"interface": row.interface, "config": row.config, "body": row.body.decode()} for row in ROWS]
    try:
        answers = asked(environment(options.env), [*cases, *tried])
    except NotHere as why:
        print(f"skipped: letta {VERSION}: {why}")
        return 3
    verdicts = [
        compared(path, case["interface"], config, both)
        for (path, config), case, both in zip(recordings, cases, answers, strict=False)
    ]
    alike = [row for row, both in zip(ROWS, answers[len(cases) :], strict=True) if not _differ(row.differs, both)]
    _show(verdicts)
    print(f"\n{len(ROWS) - len(alike)} of {len(ROWS)} rows of docs/differences.md that are tried by themselves hold")
    for row in alike:
        print(f"  not so: {row.words}")
    return 1 if alike or any(verdict.kind == "unexplained" for verdict in verdicts) else 0


def _differ(what: str, both: dict[str, Any]) -> bool:
    theirs, ours = both["theirs"], both["ours"]
    if what == "raised":
        return bool(theirs[what]) != bool(ours[what])
    return theirs[what] != ours[what] and theirs["raised"] is None


def _show(verdicts: list[Verdict]) -> None:
    print(f"letta {VERSION} beside the example\n")
    print("| interface | equal, message by message | otherwise cut | but for what differs on purpose | unexplained |")
    print("| --- | --: | --: | --: | --: |")
    counted = Counter((verdict.interface, str(verdict.kind)) for verdict in verdicts)
    for interface in sorted({verdict.interface for verdict in verdicts}):
        print(f"| {interface} | " + " | ".join(str(counted[interface, kind]) for kind in KINDS) + " |")
    print("\n| what Letta's interface does | cases |\n| --- | --: |")
    for defect, count in Counter(defect for verdict in verdicts for defect in verdict.defects).most_common():
        print(f"| {defect} | {count} |")
    for verdict in verdicts:
        if verdict.kind == "unexplained":
            print(f"\n{verdict.name} {verdict.config}\n{verdict.difference}")


def _parser() -> argparse.ArgumentParser:
    about, _, usage = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        prog="python tests/legacy",
        description=about,
        epilog=usage,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("streams", type=Path, help="a folder of recorded streams")
    parser.add_argument("--env", type=Path, default=CACHE, metavar="DIR", help="where the environment is made")
    return parser


if __name__ == "__main__":
    sys.exit(main())
