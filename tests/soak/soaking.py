"""Runs that end at random, twenty at a time, for minutes, and what is left of them at intervals."""

import argparse
import asyncio
import gc
import logging
import os
import random
import sys
import time
import warnings
from pathlib import Path

import anyio
import driver_costs
from support.adapters.random_ends import RandomEnd

_PAGE = os.sysconf("SC_PAGE_SIZE")


class Warned(logging.Handler):
    """Counts what was logged."""

    count = 0

    def emit(self, record: logging.LogRecord) -> None:
        self.count += 1
        print(f"logged by {record.name}: {record.getMessage()}", file=sys.stderr)


def main() -> None:
    """Run for a while, or measure."""
    parser = argparse.ArgumentParser(description="Run for minutes, or measure.")
    parser.add_argument("--minutes", type=float, default=10.0, help="how long (%(default)s)")
    parser.add_argument("--every", type=float, default=30.0, help="seconds between two lines (%(default)s)")
    parser.add_argument("--backend", choices=["asyncio", "trio"], default="asyncio", help="(%(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="(%(default)s)")
    parser.add_argument("--costs", action="store_true", help="measure what the driver costs, and nothing else")
    options = parser.parse_args()
    warnings.filterwarnings("ignore", "Async generator", ResourceWarning)  # trio, of each that is dropped
    if options.costs:
        for backend in ("asyncio", "trio"):
            anyio.run(driver_costs.print_costs, backend, backend=backend)
        return
    anyio.run(_soak, options, backend=options.backend)


async def _soak(options: argparse.Namespace) -> None:
    warned = Warned(logging.WARNING)
    logging.getLogger().addHandler(warned)
    began = shown = time.monotonic()
    number = 0
    print("seconds       runs    RSS MB   tasks   descriptors   warnings")
    _show(0, 0, options.backend, warned)
    while time.monotonic() - began < options.minutes * 60:
        async with anyio.create_task_group() as group:
            for _ in range(20):
                number += 1
                group.start_soon(_one, random.Random(f"{options.seed} {number}"), options.backend)
        if time.monotonic() - shown > options.every:
            shown = time.monotonic()
            await anyio.sleep(0.1)
            _show(shown - began, number, options.backend, warned)
    await anyio.sleep(0.1)
    _show(time.monotonic() - began, number, options.backend, warned)


async def _one(chosen: random.Random, backend: str) -> None:
    one = RandomEnd(chosen, native=backend == "asyncio")
    await one.lived()
    with anyio.fail_after(10):
        for _ in range(10**5):  # one that was dropped is closed when it is collected
            if one.is_over:
                break
            await anyio.sleep(0.001)
    try:
        one.check()
    except AssertionError as error:
        error.add_note(str(one))
        raise


def _show(seconds: float, runs: int, backend: str, warned: Warned) -> None:
    gc.collect()
    resident = int(Path("/proc/self/statm").read_text("ascii").split()[1]) * _PAGE / 1e6
    files = len(os.listdir("/proc/self/fd"))
    print(f"{seconds:7.0f}{runs:11,}{resident:10.1f}{_tasks(backend):8}{files:14}{warned.count:11}", flush=True)


def _tasks(backend: str) -> int:
    if backend == "asyncio":
        return len(asyncio.all_tasks())
    import trio

    return trio.lowlevel.current_statistics().tasks_living
