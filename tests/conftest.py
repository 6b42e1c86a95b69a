"""Options and fixtures that all tests share."""

import gc
import os
import ssl
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

pytest.register_assert_rewrite("support", "differential")

# Each client makes one, of all certificates that there are, which takes longer than most of its tests on loopback.
ssl.create_default_context = cache(ssl.create_default_context)

_COUNTED = {
    "sequences": "sequences",
    "checks": "checks of laws",
    "texts": "texts for the scanner",
    "cuts": "cuts of them",
}
"""What the exhaustive tests count, and what the last lines of a run call it."""

PLAIN = (".sse", ".jsonl")
"""The ends of names of recorded streams, which have a truth and answers beside them."""
PACKED = (*PLAIN, ".sse.gz")
"""The same, and of those that are packed and stand alone."""

PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "default")
_SHARED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
# A run by hand is quick and tries other examples each time. The gate tries more, and the same ones each time: what
# measures coverage must not depend on luck, and need not try as many.
settings.register_profile("default", _SHARED, max_examples=5)
settings.register_profile("fixed", _SHARED, max_examples=60, derandomize=True)
settings.register_profile("installed", _SHARED, max_examples=100, derandomize=True)
settings.register_profile("coverage", _SHARED, max_examples=25, derandomize=True)
settings.register_profile("thorough", _SHARED, max_examples=1000)
settings.load_profile(PROFILE)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--corpus",
        default=os.environ.get("STREAMFOLD_CORPUS"),
        metavar="DIR",
        help="a folder of recorded streams with their truths, or of packed ones (or STREAMFOLD_CORPUS)",
    )


def corpus_of(config: pytest.Config, *endings: str) -> list[Path]:
    """The recorded streams whose names end so, sorted."""
    folder = config.getoption("--corpus")
    if not folder:
        return []
    streams = sorted(path for path in Path(folder).iterdir() if path.name.endswith(PACKED))
    if not streams:
        raise pytest.UsageError(f"--corpus {folder}: no recorded streams ({', '.join(PACKED)}) in it")
    return [path for path in streams if path.name.endswith(endings)]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test with one of these arguments runs on each recorded stream of its module's wires."""
    for argument, endings in (("recording", PLAIN), ("any_recording", PACKED)):
        if argument in metafunc.fixturenames:
            kinds = metafunc.module.RECORDINGS
            streams = [path for path in corpus_of(metafunc.config, *endings) if path.name.startswith(kinds)]
            missing = pytest.param(None, marks=pytest.mark.skip(reason="no recorded corpus: give --corpus DIR"))
            metafunc.parametrize(argument, [pytest.param(path, id=path.stem) for path in streams] or [missing])


@pytest.fixture
def hypothesis_as_installed() -> Iterator[None]:
    """Settings as a reader of the manual has them, who has none of ours."""
    settings.load_profile("installed")
    yield
    settings.load_profile(PROFILE)


def pytest_collection_finish() -> None:
    """Thousands of tests stay in memory to the end: the garbage collector need not go through them again and again.

    Nor need it run as often as it does by default: tests make many values, and few of them refer to each other.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def pytest_terminal_summary(terminalreporter: "pytest.TerminalReporter") -> None:
    """How much the exhaustive tests looked at."""
    counted: dict[str, int] = {}
    for report in terminalreporter.stats.get("passed", ()):
        for name, value in report.user_properties:
            if name in _COUNTED:
                counted[name] = counted.get(name, 0) + value
    if counted:
        terminalreporter.write_sep(
            "-", "exhaustively: " + ", ".join(f"{n:,} {_COUNTED[k]}" for k, n in counted.items())
        )
