"""Fuzzes the targets, guided by coverage: `python tests/fuzz/run.py [--seconds N | --runs N] [--target NAME]`.

It needs atheris (the extra `fuzz`), and says so and leaves where that cannot be had. What is found is made small and
printed as a reproducer; put that into `tests/fuzz/found/TARGET/` together with the change that mends it.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from zlib import crc32

HERE = Path(__file__).resolve().parent
SHARES = {
    "chat": 4,
    "inner_thoughts": 4,
    "responses": 5,
    "laws": 4,
    "growth": 2,
    "limits": 3,
    "snapshot": 2,
    "cassette": 1,
    "framer": 1,
    "json": 1,
    "tolerant": 1,
}
"""The targets, and how much of the time each gets."""
RUNS = {"laws": 0.2, "growth": 0.04, "snapshot": 2.0, "cassette": 2.0, "framer": 4.0, "json": 6.0, "tolerant": 2.0}
"""How many of the given runs a target makes, where its runs take longer or less than a stream's."""
SLOW = 5.0
"""Seconds of the processor's time that no input may take."""
LONGEST = 2048
"""Bytes of an input, unless a corpus brings longer ones."""

_STATS = re.compile(r"#(\d+)\s.*cov: (\d+) ft: (\d+) corp: (\d+)/")
_WIRES = {"chat": "chat", "inner": "inner_thoughts", "responses": "responses"}


def main() -> int:
    """Run the command."""
    options = _options()
    if options.child:
        return _child(options)
    if find_spec("atheris") is None:
        print(f"skipped: atheris is not installed for Python {sys.version_info.major}.{sys.version_info.minor}")
        return 0
    with tempfile.TemporaryDirectory(prefix="streamfold-fuzz-") as scratch:
        keep = Path(options.keep or scratch)
        # What is bounded by time has a whole processor for it; what is not, is over sooner on all of them.
        with ThreadPoolExecutor(os.cpu_count() if options.runs else 1) as pool:
            found = list(pool.map(lambda target: _fuzzed(target, options, keep), options.target or SHARES))
    return 1 if any(found) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=60.0, help="for all targets together (default: 60)")
    parser.add_argument("--runs", type=int, help="instead: this many for each stream, the same ones each time")
    parser.add_argument("--target", action="append", choices=list(SHARES), help="only this one; may be repeated")
    parser.add_argument("--corpus", help="a folder of more inputs: TARGET/*, or recorded streams")
    parser.add_argument("--keep", help="a folder for what is found and for the corpora as they grow")
    parser.add_argument("--seed", type=int, default=1, help="of the fuzzer's random numbers (default: 1)")
    parser.add_argument("--child", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    return parser.parse_args()


def _fuzzed(target: str, options: argparse.Namespace, keep: Path) -> bool:
    """Fuzz one target in a program of its own, and say how it went; whether something was found."""
    grown, found = keep / "corpus" / target, keep / "found" / target
    for folder in (grown, found):
        folder.mkdir(parents=True, exist_ok=True)
    known = {path: path.stat().st_mtime_ns for path in found.iterdir()}
    seeds = [folder for folder in (HERE / "corpus" / target, HERE / "found" / target) if folder.is_dir()]
    longest = max([LONGEST, *(len(given) for given in _more_inputs(target, options.corpus, grown))])
    if options.runs:
        bound = f"-runs={int(options.runs * RUNS.get(target, 1.0))}"
    else:
        share = SHARES[target] / sum(SHARES[name] for name in options.target or SHARES)
        bound = f"-max_total_time={max(1, round(options.seconds * share))}"
    flags = [bound, f"-seed={options.seed}", f"-max_len={longest}", "-timeout=300", "-rss_limit_mb=2048", "-reload=0"]
    flags += [f"-dict={HERE / 'wire.dict'}", f"-artifact_prefix={found}/", "-print_final_stats=1", "-verbosity=1"]
    command = [*_fixed_addresses(), sys.executable, __file__, "--child", target, str(found), *flags, str(grown)]
    command += map(str, seeds)
    made = subprocess.run(command, capture_output=True, check=False, env={**os.environ, "PYTHONHASHSEED": "0"})
    log = made.stderr.decode("utf-8", "replace")
    new = [path for path in sorted(found.iterdir()) if path.stat().st_mtime_ns != known.get(path)]
    return report_target(target, made.returncode, log, [path for path in new if not is_mere_pause(target, path)])


def is_mere_pause(target: str, path: Path) -> bool:
    """Whether an input seemed slow since the machine stood still: once more, it takes no time of the processor's."""
    from fuzz.shrink import shown
    from fuzz.targets import TARGETS

    if not path.name.startswith("slow-unit-"):
        return False
    began = time.process_time()
    shown(TARGETS[target], path.read_bytes())
    return time.process_time() - began < SLOW


def _fixed_addresses() -> list[str]:
    """What to begin a command with so that addresses are the same each time, where that is allowed.

    Some of what guides the fuzzer depends on them; without it the same seed gives nearly the same runs, not the same.
    """
    command = ["setarch", "-R"]
    try:
        subprocess.run([*command, "true"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return []
    return command


def _more_inputs(target: str, corpus: str | None, grown: Path) -> Iterator[bytes]:
    """Put more inputs among those that the fuzzer begins with: a given folder's, of its own kind or recorded streams.

    Snapshots are made first, in this version's format.
    """
    if target == "snapshot":
        from fuzz.snapshots import made_snapshots

        for name, given in made_snapshots():
            (grown / f"made-{name}").write_bytes(given)
            yield given
    for path in sorted(Path(corpus).rglob("*")) if corpus else ():
        kind = path.name.partition("__")[0]
        if not path.is_file():
            continue
        if path.parent.name == target:
            given = path.read_bytes()
        elif kind in _WIRES and path.suffix in (".sse", ".jsonl") and target in (_WIRES[kind], "laws"):
            wire = "012"[list(_WIRES).index(kind)]
            given = f"0000000{wire}".encode() + path.read_bytes()[: 2 * LONGEST]
        else:
            continue
        (grown / f"given-{path.name}").write_bytes(given)
        yield given


def report_target(target: str, status: int, log: str, found: list[Path]) -> bool:
    """Say in a line how a target went, and what was found in it."""
    stats = _STATS.findall(log)
    if not stats or (status and not found):
        print(f"{target}: the fuzzer failed with status {status}:\n{_tail(log)}")
        return True
    runs, coverage, features, inputs = stats[-1]
    outcome = f"{len(found)} found" if found else "nothing found"
    print(f"{target}: {runs} runs, {coverage} branches, {features} features, {inputs} inputs; {outcome}", flush=True)
    for path in found:
        _explained(target, path)
    return bool(found)


def _tail(log: str) -> str:
    return "\n".join([line for line in log.splitlines() if not line.startswith("INFO: Instrumenting")][-40:])


def _explained(target: str, path: Path) -> None:
    """Make what was found small, and print it as something to paste into Python."""
    from fuzz.shrink import shown, shrunk, signature
    from fuzz.targets import TARGETS

    if path.name.startswith(("timeout-", "oom-", "slow-unit-")):
        print(f"  {path.name.partition('-')[0]}: {path}\n  {path.read_bytes()!r}")
        return
    given, check = path.read_bytes(), TARGETS[target]
    error = shown(check, given)
    if error is None:
        print(f"  only while it is fuzzed: {path}")
        return
    kind = signature(error)
    small = shrunk(given, lambda one: (other := shown(check, one)) is not None and signature(other) == kind)
    path.write_bytes(small)
    error = shown(check, small) or error
    print(f"  {kind}\n  {path}\n  TARGETS[{target!r}]({small!r})")
    print("".join(f"    {line}" for line in "".join(traceback.format_exception(error)[-6:]).splitlines(keepends=True)))


def _child(options: argparse.Namespace) -> int:
    """Fuzz, in this program: every kind of failure is written down once, and the fuzzer goes on."""
    import atheris

    target, folder, *flags = options.child
    with atheris.instrument_imports(include=["streamfold"]):
        from fuzz.targets import TARGETS
    from fuzz.mutator import Mutator
    from fuzz.shrink import signature

    check, known = TARGETS[target], set[str]()

    def one_input(given: bytes) -> None:
        try:
            check(given)
        except Exception as error:
            kind = signature(error)
            if kind not in known:
                known.add(kind)
                Path(folder, f"found-{crc32(kind.encode()):08x}").write_bytes(given)

    mutator = Mutator(target, lambda given, size: atheris.Mutate(given, size))  # another function once it fuzzes
    arguments = [sys.argv[0], *flags]
    atheris.Setup(arguments, one_input, custom_mutator=mutator.mutate, custom_crossover=mutator.cross)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.path[0] = str(HERE.parent)  # so that `fuzz` and `laws` are found, and nothing here shadows a library
    sys.exit(main())
