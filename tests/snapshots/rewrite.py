"""Rewrites the stored snapshots after a change of the format: `python tests/snapshots/rewrite.py`."""

import json
import sys
from pathlib import Path

from streamfold.adapters.snapshot import unstructure

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.adapters.stored_format import GOLDEN, STORED, all_fields, corners


def main() -> None:
    """Write a state of each wire, and the fields of the stored classes."""
    golden = {file: unstructure(corners(world)) for file, world in GOLDEN.items()} | {"fields.json": all_fields()}
    for file, content in golden.items():
        (STORED / file).write_text(json.dumps(content, indent=1) + "\n", "ascii")


if __name__ == "__main__":
    main()
