"""Runs tests against mutants, each in a fork of a process that has everything imported.

A mutant of a function is put into place as code: the live functions get the mutated file's code objects, so that
nothing is imported again and only the tests that reach the mutated statement run, the likeliest first. A mutant of what
runs on import (tables, patterns, defaults, and what builds them) needs the packages imported anew: `run_from_import`.
"""

import functools
import gc
import importlib
import importlib.util
import os
import pickle
import resource
import signal
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any, Literal, TypeAlias

import coverage
import pytest
from hypothesis import Phase, settings
from mutants import Mutant, code_objects

Verdict: TypeAlias = Literal["killed", "timeout", "survived", "no tests"]
Reached: TypeAlias = dict[str, dict[int, set[str]]]  # module -> line -> tests

ARGUMENTS = ["-q", "-s", "--assert=plain", "--tb=native", "--no-header", "-p", "no:cacheprovider", "-p", "no:xdist"]
_MEMORY = 6 << 30
_CACHED = type(functools.cache(len))


class Session:
    """One pytest session over all tests, in which mutants are tried.

    Attributes:
        reached: which tests reach which line.
        seconds: what each test takes.
        on_import: the lines that run when the packages are imported.
    """

    def __init__(self, root: Path, modules: Iterable[str]) -> None:
        self.root = root
        self.modules = {str(root / "streamfold" / module): module for module in modules}
        self.reached: Reached = {}
        self.seconds: dict[str, float] = {}
        self.on_import: dict[str, set[int]] = {}
        self._items: dict[str, pytest.Item] = {}
        self._live: dict[CodeType, list[FunctionType]] = defaultdict(list)
        self._cached: list[Any] = []
        self._killers: dict[str, Counter[str]] = defaultdict(Counter)

    def run(self, tests: Sequence[str], then: Callable[["Session"], None]) -> int:
        """Collect the tests, run them as they are, then call back; mutants can be tried in there."""
        self._then = then
        watch = coverage.Coverage(data_file=None, include=list(self.modules), config_file=False)
        watch.start()
        for module in self.modules.values():
            importlib.import_module(name_of(module))
        watch.stop()
        self.on_import = {module: set(watch.get_data().lines(path) or ()) for path, module in self.modules.items()}
        return int(pytest.main([*ARGUMENTS, *tests], plugins=[self, Examples()]))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """In place of pytest's own loop."""
        if session.testsfailed:
            raise session.Interrupted("a test file cannot be imported")
        self._items = {item.nodeid: item for item in session.items}
        gc.unfreeze()  # what tests/conftest.py has frozen is not among the objects
        for one in gc.get_objects():
            if isinstance(one, FunctionType) and one.__code__.co_filename in self.modules:
                self._live[one.__code__].append(one)
            elif isinstance(one, _CACHED) and _file_of(one) in self.modules:
                self._cached.append(one)
        gc.freeze()
        self.reached, self.seconds = in_fork(self._as_they_are)
        print(f"{len(self.seconds)} tests in {sum(self.seconds.values()):.0f} s", file=sys.stderr, flush=True)
        self._then(self)
        return True

    def _as_they_are(self) -> tuple[Reached, dict[str, float]]:
        """Each test once, without a mutant: what it reaches, and how long it takes."""
        failing = {""}
        watch = coverage.Coverage(data_file=None, include=list(self.modules), config_file=False)
        seconds = {}
        watch.start()
        for name, item in self._items.items():
            watch.switch_context(name)
            self._forget()
            began = time.perf_counter()
            if not _passes(item):
                print(f"{name} fails without a mutant, and is left out", file=sys.stderr, flush=True)
                failing.add(name)
            seconds[name] = time.perf_counter() - began
        watch.stop()
        found = watch.get_data()
        reached = {
            module: {line: set(names) - failing for line, names in found.contexts_by_lineno(path).items()}
            for path, module in self.modules.items()
        }
        return reached, seconds

    def _forget(self) -> None:
        """Empty the modules' caches: what is in them was made before, by the code as it is."""
        for one in self._cached:
            one.cache_clear()

    def is_of_import(self, mutant: Mutant) -> bool:
        """Whether the mutated statement, or a part of it, runs on import."""
        return not mutant.function or not self.on_import[mutant.module].isdisjoint(mutant.lines)

    def tests_of(self, mutant: Mutant) -> list[str]:
        """The tests that reach the mutated statement: those that killed its neighbours first, then the quick ones."""
        lines = self.reached[mutant.module]
        room = tests_of_room(mutant.module)
        names = {name for line in mutant.lines for name in lines.get(line, ()) if name.startswith(room)}
        function, module = self._killers[f"{mutant.module} {mutant.function}"], self._killers[mutant.module]
        own = own_tests(mutant.module)
        return sorted(
            names,
            key=lambda name: (
                -function[name],
                self.seconds[name] / (1 + module[name]) / (8 if name.startswith(own) else 1),
                name,
            ),
        )

    def try_out(self, mutant: Mutant, quick: float) -> Verdict:
        """Run the mutant's tests against it, up to the first that fails, for about so many seconds at most."""
        total = 0.0
        likeliest = self.tests_of(mutant)
        names = [name for name in likeliest if (total := total + self.seconds[name]) <= quick] or likeliest[:1]
        if not names:
            return "no tests"
        path = self.root / "streamfold" / mutant.module
        original = list(code_objects(compile(path.read_text(), str(path), "exec")))
        mutated = list(code_objects(compile(mutant.source, str(path), "exec")))

        replacements = list(self._replacements(original, mutated))  # what raises in a fork counts as killed

        def attempt(tell: Callable[[str], None]) -> bool:
            for function, code in replacements:
                function.__code__ = code
            self._forget()
            for name in names:
                tell(name)
                _limit(self.seconds[name])
                if not _passes(self._items[name]):
                    return False
            return True

        verdict, name = _verdict_of(attempt)
        if verdict != "survived":
            self._killers[f"{mutant.module} {mutant.function}"][name] += 1
            self._killers[mutant.module][name] += 1
        return verdict

    def _replacements(
        self, original: list[CodeType], mutated: list[CodeType]
    ) -> Iterable[tuple[FunctionType, CodeType]]:
        ordered: dict[str, list[CodeType]] = defaultdict(list)
        for code in mutated:
            ordered[code.co_qualname].append(code)
        found = False
        for code in original:
            new = ordered[code.co_qualname].pop(0) if ordered[code.co_qualname] else code
            for function in self._live.get(code, ()) if new != code else ():
                found = True
                yield function, new
        if not found:
            raise RuntimeError("no live function has the mutated code")


class Examples:
    """The same few examples each time, and no search for the smallest that fails."""

    def pytest_configure(self) -> None:
        """After tests/conftest.py has loaded its own profile."""
        default = settings.get_profile("default")
        phases = (Phase.explicit, Phase.generate)
        settings.register_profile(
            "mutation", parent=default, derandomize=True, database=None, max_examples=20, phases=phases
        )
        settings.load_profile("mutation")


class _Named(Examples):
    """Says which test begins, and bounds its time."""

    def __init__(self, tell: Callable[[str], None], seconds: dict[str, float]) -> None:
        self.tell = tell
        self.seconds = seconds

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.tell(nodeid)
        _limit(self.seconds.get(nodeid, 5))


def run_from_import(
    root: Path, mutant: Mutant, tests: Sequence[Sequence[str]], seconds: dict[str, float]
) -> tuple[Verdict, str]:
    """Import everything anew with the mutant in place, and run these groups of test files up to the first failure."""

    def attempt(tell: Callable[[str], None]) -> bool:
        tell("import")
        _limit(10)
        sys.meta_path.insert(0, _Finder(root, mutant))
        for group in filter(None, tests):
            if pytest.main([*ARGUMENTS, "-x", *group], plugins=[_Named(tell, seconds)]) != 0:
                return False
        return True

    return _verdict_of(attempt)


class _Finder(MetaPathFinder):
    """Finds the mutated module in place of the one on disk."""

    def __init__(self, root: Path, mutant: Mutant) -> None:
        self.path = root / "streamfold" / mutant.module
        self.name = name_of(mutant.module)
        self.source = mutant.source

    def find_spec(self, name: str, path: Any, target: ModuleType | None = None) -> ModuleSpec | None:
        """See `MetaPathFinder`."""
        if name != self.name:
            return None
        return importlib.util.spec_from_file_location(name, self.path, loader=_Loader(name, self.path, self.source))


def tests_of_room(module: str) -> tuple[str, ...]:
    """What the paths of the tests begin with that a module is held to: its room's, and those of whole streams.

    What becomes of a chunk's JSON shows in the quirks' tests. The core and the driver are held to all that is said of
    folds.
    """
    room = f"tests/{Path(module).parent.as_posix()}"
    if module.startswith(("reducer/", "adapters/driver/")):
        return ("tests/reducer", "tests/laws", "tests/quirks", "tests/differential", room)
    return (room, "tests/quirks") if module.startswith("adapters/wire/") else (room,)


def own_tests(module: str) -> tuple[str, ...]:
    """What the paths of a module's own tests begin with: they have the module's name, and its place."""
    path = Path(module)
    folder = f"tests/{path.parent.as_posix()}"
    if path.stem == "__init__":
        return (f"{folder}/test_{path.parent.name}.py",)
    names = (f"test_{path.stem}.py", f"test_{path.stem}_", f"{path.stem}/", f"test_{path.parent.name}_{path.stem}.py")
    return tuple(f"{folder}/{name}" for name in names)


def name_of(module: str) -> str:
    """The name that a file is imported by."""
    return ".".join(("streamfold", *Path(module).with_suffix("").parts)).removesuffix(".__init__")


class _Loader(SourceFileLoader):
    def __init__(self, name: str, path: Path, source: str) -> None:
        super().__init__(name, str(path))
        self.source = source

    def get_code(self, fullname: str) -> CodeType:
        """Never from a cache."""
        return compile(self.source, self.path, "exec")


def in_fork(task: Callable[[], Any]) -> Any:
    """What a function returns, called in a fork."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        try:
            answer = pickle.dumps((True, task()))
        except BaseException as error:
            answer = pickle.dumps((False, f"{type(error).__name__}: {error}"))
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(answer)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        answer = pipe.read()
    os.waitpid(child, 0)
    good, value = pickle.loads(answer)
    if not good:
        raise RuntimeError(value)
    return value


def _verdict_of(attempt: Callable[[Callable[[str], None]], bool]) -> tuple[Verdict, str]:
    """Make an attempt in a fork: whether all tests passed; the test that was running when it ended."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        status = 1
        try:
            status = 0 if attempt(lambda name: _say(writer, name)) else 1
        finally:
            os._exit(status)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        last = pipe.read().decode().splitlines()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    name = last[-1] if last else ""
    if status in (-signal.SIGPROF, -signal.SIGALRM):
        return "timeout", name
    return ("survived", "") if status == 0 else ("killed", name)


def _file_of(cached: Any) -> str:
    """Where the function that is cached stands."""
    return str(getattr(getattr(cached.__wrapped__, "__code__", None), "co_filename", ""))


def _say(writer: int, name: str) -> None:
    os.write(writer, f"{name}\n".encode())


def _limit(seconds: float) -> None:
    """End this process if what comes next takes many times as long as it should."""
    signal.setitimer(signal.ITIMER_PROF, 2 + 10 * seconds)
    signal.setitimer(signal.ITIMER_REAL, 15 + 20 * seconds)


class _Outcome:
    failed = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.failed = self.failed or report.failed


def _passes(item: pytest.Item) -> bool:
    outcome = _Outcome()
    manager = item.config.pluginmanager
    manager.register(outcome)
    try:
        item.ihook.pytest_runtest_protocol(item=item, nextitem=None)
    finally:
        manager.unregister(outcome)
    return not outcome.failed
