"""Streams of other clients, and of clients that are instrumented, driven over loopback HTTP: what comes out of each.

Each has an environment of its own, made from PyPI once; this takes some minutes and a few hundred megabytes.

    python tests/clients
    python tests/clients --only groq mistralai
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from environments import REQUIRED, Failed, made, run

_CACHE = Path("~/.cache/streamfold-clients")
_COLUMNS = ("whole", "in pieces", "left", "told")


def main() -> None:
    options = _parser().parse_args()
    print("| client | versions | way | " + " | ".join(_COLUMNS) + " |")
    print("| --- " * (3 + len(_COLUMNS)) + "|")
    failed = False
    for name in options.only or REQUIRED:
        try:
            python = made(name, options.env.expanduser(), fresh=options.fresh)
            tried = [json.loads(line) for line in run(python, name).splitlines() if line.startswith("{")]
        except Failed as error:
            print(f"| {name} | | | {error} |")
            failed = True
            continue
        for one in tried:
            print(_row(name, one), flush=True)
    sys.exit(failed)


def _row(name: str, tried: dict[str, Any]) -> str:
    cells = [name, tried["versions"], tried["way"], *(tried[column] for column in _COLUMNS)]
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"


def _parser() -> argparse.ArgumentParser:
    about, _, usage = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        prog="python tests/clients",
        description=about,
        epilog=usage,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", nargs="+", choices=[*REQUIRED], default=[], metavar="NAME", help=", ".join(REQUIRED))
    parser.add_argument("--env", type=Path, default=_CACHE, metavar="DIR", help="where the environments are made")
    parser.add_argument("--fresh", action="store_true", help="ask PyPI for newer versions")
    return parser


if __name__ == "__main__":
    main()
