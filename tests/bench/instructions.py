"""Instructions per chunk: what no other load on the machine disturbs.

Two Pythons prepare the same stream and fold it so and so far; what the one executes beyond the other is the chunks'
own. By `perf stat` where it can count, else by valgrind's callgrind, which takes some fifty times as long as the
thing itself.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from instructions_child import COSTS, DEFAULT, MANY
from workloads import Workload

__all__ = ["DEFAULT", "WORKLOADS", "count"]

FEW = 200
WORKLOADS = ("text", "reasoning", "calls", "thoughts", "responses")
"""What is counted if nothing else is asked for."""
_CHILD = Path(__file__).with_name("instructions_child.py")


def count(workloads: tuple[Workload, ...], costs: tuple[str, ...], tell: Callable[[str], None]) -> list[dict[str, Any]]:
    """Instructions a chunk, of the chunks from `FEW` on."""
    counter = find_counter()
    if counter is None:
        tell("skipped: instructions: neither perf nor valgrind counts here")
        return []
    found = []
    for workload in workloads:
        for cost in costs:
            if cost in COSTS:
                tell(f"{workload.name}, {cost}: instructions")
                counted = per_chunk(counter, workload.name, cost)
                found.append({"workload": workload.name, "cost": cost, "count": MANY, "instructions": counted})
    return found


def per_chunk(counter: Callable[[list[str]], int], workload: str, cost: str) -> float:
    """What one chunk executes, on average."""
    child = [sys.executable, str(_CHILD), workload, cost]
    few, many = (counter([*child, str(count)]) for count in (FEW, MANY))
    return (many - few) / (MANY - FEW)


def find_counter() -> Callable[[list[str]], int] | None:
    for program, counts in (("perf", _by_perf), ("valgrind", _by_valgrind)):
        if shutil.which(program):
            try:
                counts([sys.executable, "-c", "pass"])
            except ValueError:
                continue
            return counts
    return None


def _by_perf(child: list[str]) -> int:
    return _count(["perf", "stat", "-x,", "-e", "instructions:u", *child], r"^(\d+),[^,]*,instructions")


def _by_valgrind(child: list[str]) -> int:
    return _count(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *child], r"Collected : (\d+)")


def _count(command: list[str], where: str) -> int:
    own = {**os.environ, "PYTHONHASHSEED": "0"}
    told = subprocess.run(command, capture_output=True, text=True, env=own, check=False).stderr
    found = re.search(where, told, re.MULTILINE)
    if found is None:
        raise ValueError("nothing was counted")
    return int(found[1])
