"""Mutation testing: does a test fail for each small change of the code?

    python tests/mutation/run.py [--module reducer/values/text.py ...] [--since COMMIT] [--all] [--write]

The changes are those of mutmut's operators. The survivors that equivalent.toml lists, each with its reason, change
nothing that can be seen; any other makes the exit status 1. What it found is in docs/mutation.md.
"""

import argparse
import importlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PROJECT = HERE.parent.parent
PAGE = PROJECT / "docs" / "mutation.md"
MODULES = (
    "reducer/*.py",
    *(
        f"adapters/driver/{name}.py"
        for name in (
            "base_run",
            "check_stream",
            "items",
            "line_ends",
            "observer",
            "reader",
            "run",
            "session",
            "upstream",
        )
    ),
    *("adapters/wire/*.py", "adapters/openai_sdk/*.py", "adapters/snapshot/*.py"),
)
PRELOADED = ("anyio", "anyio.pytest_plugin", "attrs", "cattrs", "hypothesis", "msgspec", "openai", "pytest", "trio")

# Before `session` imports what reads them.
os.environ |= {"STREAMFOLD_DEPTH": "1", "PYTHONDONTWRITEBYTECODE": "1"}
os.environ.pop("STREAMFOLD_CORPUS", None)
sys.dont_write_bytecode = True

from mutants import Mutant, mutants_of  # noqa: E402
from session import Session, Verdict, in_fork, own_tests, run_from_import, tests_of_room  # noqa: E402

Key = tuple[str, str, tuple[str, ...], int]
Verdicts = dict[Key, Verdict]
ALIVE = ("survived", "no tests")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--module", action="append", metavar="PATH", help="only this file (or pattern); may be repeated"
    )
    parser.add_argument("--since", metavar="COMMIT", help="only what changed since then")
    parser.add_argument("--all", action="store_true", help="try what equivalent.toml lists, too")
    parser.add_argument("--write", action="store_true", help="write the table of docs/mutation.md")
    parser.add_argument("--quick", metavar="SECONDS", type=float, default=float("inf"), help="tests for each at most")
    parser.add_argument("--list", metavar="FILE", type=Path, help="write the survivors, as equivalent.toml has them")
    options = parser.parse_args()

    began = time.monotonic()
    listed = tomllib.loads((HERE / "equivalent.toml").read_text())["mutant"]
    known = {key_of(entry): entry["reason"] for entry in listed}
    with tempfile.TemporaryDirectory(prefix="mutation-") as folder:
        root = set_up(Path(folder))
        modules = chosen(root, options.module or MODULES)
        mutants = made(root, modules, options.since)
        tried = [mutant for mutant in mutants if options.all or mutant.key not in known]
        tell(f"{len(mutants)} mutants, {sum(mutant.key in known for mutant in mutants)} of them listed as equivalent")
        verdicts = judge(root, modules, tried, options.quick)

    rows = {module: row(module, mutants, verdicts, known) for module in modules}
    print(*table(rows), sep="\n")
    survivors = [one for one in tried if verdicts[one.key] in ALIVE and one.key not in known]
    stale = [key for key in known if verdicts.get(key) in ("killed", "timeout")]
    if not options.since:
        keys = {mutant.key for mutant in mutants}
        stale += [key for key in known if key[0] in modules and key not in keys]
    for key in stale:
        print("\nlisted as equivalent, but killed, or gone:", *key, sep="\n  ")
    if options.list:
        options.list.write_text("\n".join(entry_of(one, verdicts[one.key]) for one in survivors))
    if options.write:
        write_page(rows, PAGE)
    tell(f"{time.monotonic() - began:.0f} seconds")
    return 1 if survivors or stale else 0


def made(root: Path, modules: list[str], since: str | None) -> list[Mutant]:
    """The mutants of the modules; only those of lines that changed since a commit, if one is given."""
    mutants = [mutant for module in modules for mutant in mutants_of(module, source_of(root, module).read_text())]
    if since is None:
        return mutants
    changed = {module: changed_lines(since, module) for module in modules}
    return [mutant for mutant in mutants if not changed[mutant.module].isdisjoint(mutant.lines)]


def set_up(folder: Path) -> Path:
    """Copy the packages, as they install, and the tests, so that nobody's editing gets in between."""
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PROJECT / "adapters" / "streamfold", folder / "streamfold", ignore=ignored)
    for name in ("reducer", "adapters"):
        shutil.copytree(PROJECT / name, folder / "streamfold" / name, ignore=ignored)
    for name in ("tests", "docs"):
        shutil.copytree(PROJECT / name, folder / name, ignore=ignored)
    shutil.copy(PROJECT / "pyproject.toml", folder)
    os.chdir(folder)
    sys.path.insert(0, str(folder))
    for name in PRELOADED:
        importlib.import_module(name)
    return folder


def source_of(root: Path, module: str) -> Path:
    return root / "streamfold" / module


def chosen(root: Path, patterns: Iterable[str]) -> list[str]:
    """The modules that match one of the patterns."""
    paths = sorted((root / "streamfold").rglob("*.py"))
    modules = [path.relative_to(root / "streamfold").as_posix() for path in paths]
    found = [module for module in modules if any(fnmatch(module, pattern) for pattern in patterns)]
    if not found:
        raise SystemExit(f"no module matches {' '.join(patterns)}")
    return found


def changed_lines(commit: str, module: str) -> set[int]:
    """The lines of a file, as it is, that differ from a commit's."""
    command = ["git", "-C", str(PROJECT), "diff", "-U0", commit, "--", module]
    diff = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    lines: set[int] = set()
    for start, count in re.findall(r"^@@ .* \+(\d+)(?:,(\d+))? @@", diff, re.MULTILINE):
        lines.update(range(int(start), int(start) + int(count or 1)))
    return lines


def judge(root: Path, modules: list[str], mutants: list[Mutant], quick: float) -> Verdicts:
    """Try all mutants: those of functions in one session, then those of what runs on import."""
    files = test_files(root, modules)

    def in_session() -> Any:
        verdicts: Verdicts = {}
        later: list[Mutant] = []

        def try_them(session: Session) -> None:
            later.extend(mutant for mutant in mutants if session.is_of_import(mutant))
            rest = [mutant for mutant in mutants if not session.is_of_import(mutant)]
            progress = Progress(len(rest))
            for mutant in rest:
                verdicts[mutant.key] = session.try_out(mutant, quick)
                progress.say(mutant, verdicts[mutant.key])

        session = Session(root, modules)
        session.run(files, try_them)
        return verdicts, [mutant.key for mutant in later], session.reached, session.seconds

    verdicts, keys, reached, seconds = in_fork(in_session)
    later = [mutant for mutant in mutants if mutant.key in set(keys)]
    progress = Progress(len(later))
    killers: dict[str, Counter[str]] = defaultdict(Counter)
    for mutant in later:
        mine = reached[mutant.module], seconds, killers[mutant.module], quick
        groups = groups_of(mutant.module, files, *mine)
        verdict, test = run_from_import(root, mutant, groups, seconds)
        verdicts[mutant.key] = verdict
        killers[mutant.module][test.partition("::")[0]] += verdict != "survived"
        progress.say(mutant, verdict)
    return verdicts


def test_files(root: Path, modules: list[str]) -> list[str]:
    """The tests that are run: those of the rooms that are tried; all others only take time."""
    asked = {name for module in modules for name in tests_of_room(module)}
    files = {file for folder in asked for file in (root / folder).rglob("test_*.py")}
    return sorted(file.relative_to(root).as_posix() for file in files)


def groups_of(
    module: str,
    files: list[str],
    reached: dict[int, set[str]],
    seconds: dict[str, float],
    killers: Counter[str],
    quick: float,
) -> list[list[str]]:
    """The test files that may notice a change of what runs on import: the likeliest one, then the others."""
    touched = {name.partition("::")[0] for names in reached.values() for name in names}
    cost: Counter[str] = Counter()
    for name, took in seconds.items():
        cost[name.partition("::")[0]] += took  # type: ignore[assignment]
    own = own_tests(module)
    held_to = [file for file in files if file.startswith(tests_of_room(module))]
    first = sorted(
        held_to, key=lambda file: (-killers[file], not file.startswith(own), file not in touched, cost[file], file)
    )
    total = 0.0
    return [first[:1], [file for file in first[1:] if (total := total + cost[file]) <= quick]]


class Progress:
    """Says how far it is, now and then."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.done = 0
        self.counts: Counter[str] = Counter()
        self.began = self.spoken = time.monotonic()

    def say(self, mutant: Mutant, verdict: Verdict) -> None:
        self.done += 1
        self.counts[verdict] += 1
        if verdict in ALIVE:
            tell("\n  ".join((f"{verdict}: {mutant.module}:{mutant.lines.stop - 1} {mutant.function}", *mutant.diff)))
        now = time.monotonic()
        if now - self.spoken > 20 or self.done == self.total:
            self.spoken = now
            counts = ", ".join(f"{count} {verdict}" for verdict, count in self.counts.items())
            tell(f"{self.done}/{self.total} in {now - self.began:.0f} s: {counts}; {mutant.module}")


def key_of(entry: dict[str, Any]) -> Key:
    return entry["module"], entry.get("function", ""), tuple(entry["diff"]), entry.get("nth", 0)


def entry_of(mutant: Mutant, verdict: str) -> str:
    """A mutant, as equivalent.toml lists it."""
    quoted = [f"    {quote(line)}," for line in mutant.diff]
    lines = ["[[mutant]]", f"module = {quote(mutant.module)}", f"function = {quote(mutant.function)}"]
    lines += ["diff = [", *quoted, "]", *([f"nth = {mutant.nth}"] if mutant.nth else []), f"# {verdict}", 'reason = ""']
    return "\n".join(lines) + "\n"


def quote(text: str) -> str:
    if "'" not in text:
        return f"'{text}'"
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


Row = tuple[int, int, int, int, int]


def row(module: str, mutants: list[Mutant], verdicts: Verdicts, known: dict[Key, str]) -> Row:
    """How many mutants a module has; how many were killed, ran too long, are equivalent, survived."""
    mine = [mutant.key for mutant in mutants if mutant.module == module]
    counts = Counter(verdicts.get(key, "survived") for key in mine)
    alive = [key for key in mine if verdicts.get(key, "survived") in ALIVE]
    equivalent = sum(key in known for key in alive)
    return len(mine), counts["killed"], counts["timeout"], equivalent, len(alive) - equivalent


def table(rows: dict[str, Row]) -> list[str]:
    """The figures, by module."""
    lines = [
        "| module | mutants | killed | timeout | equivalent | survived | percent |",
        "| --- " + "| ---: " * 6 + "|",
    ]
    total = tuple(sum(column) for column in zip(*rows.values(), strict=True))
    for name, figures in [*((f"`{module}`", rows[module]) for module in sorted(rows)), ("all", total)]:
        percent = 100 * (figures[1] + figures[2]) / figures[0] if figures[0] else 100
        lines.append(f"| {name} | {' | '.join(str(figure) for figure in figures)} | {percent:.1f} |")
    return lines


def write_page(rows: dict[str, Row], page: Path) -> None:
    """Put the figures into the page; modules that were not tried keep theirs."""
    text = page.read_text()
    old = {
        module: tuple(int(figure) for figure in figures.split(" | "))
        for module, figures in re.findall(r"^\| `(.+?)` \| (\d+(?: \| \d+){4}) \|", text, re.MULTILINE)
        if (PROJECT / module).exists()
    }
    figures = "\n".join(table({**old, **rows}))  # type: ignore[dict-item]
    write: Callable[[Any], str] = lambda _: f"<!-- figures -->\n{figures}\n<!-- end -->"  # noqa: E731
    page.write_text(re.sub(r"<!-- figures -->.*<!-- end -->", write, text, flags=re.DOTALL))


def tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
