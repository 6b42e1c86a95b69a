"""The pytest plugin: recorded streams in tests, and the laws over a folder of recordings.

- The fixture `cassette`, a `Replay` (or, with `--cassette-record`, a `Rerecording`), and the marker that says of what.
- `--cassette-record` asks the real provider, `--cassette-update` accepts what the messages are now.
- Of a test that fails, a page (as `streamfold inspect` makes) of what it replayed is in pytest's cache folder.
- `--corpus DIR` checks the laws against every recorded stream in a folder, each as a test of its own.

pytest loads this in every suite where streamfold is installed, so it imports nothing but pytest until it is used.
"""

from collections.abc import Callable, Generator, Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .pytest_corpus import RecordedStream
    from .replay import Replay
    from .rerecord import Rerecording

_MARKER = (
    'cassette(*paths, wire=None, config=None, timing="off", faults=(), repeat=False): '
    "what the fixture `cassette` replays: files beside the test; left out, the one in cassettes/ that has its name"
)
_OPTION = "--corpus"
_DEST = "streamfold_corpus"
_HELP = "check streamfold's laws against each recorded stream in this folder"
_MISSING = object()


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options, but for `--corpus`: a suite may have one of its own."""
    group = parser.getgroup("streamfold", "streams of language models (streamfold)")
    group.addoption("--cassette-record", action="store_true", help="ask the real provider, and record cassettes anew")
    group.addoption("--cassette-update", action="store_true", help="accept the messages of cassettes as they are now")
    group.addoption("--streamfold-corpus", dest=_DEST, metavar="DIR", help=f"{_HELP} (also {_OPTION})")
    group.addoption(
        "--corpus-wire",
        metavar="WIRE",
        type=lambda text: "inner-thoughts" if text == "inner_thoughts" else text,
        choices=("chat", "inner-thoughts", "responses"),
        help="what to read the corpus as; a cassette's own, or found by the first chunk, if left out",
    )
    parser.addini(_DEST, "a folder of recorded streams to check streamfold's laws against, from the ini-file's folder")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser, args: list[str]
) -> Generator[None, object, object]:
    """Add `--corpus`, once the suite had its turn to define an option of that name."""
    for option, value in pairwise(args):
        found = early_config.known_args_namespace.file_or_dir
        if option == _OPTION and value in found:  # not known yet, so it was taken for tests to run
            found.remove(value)
    done = yield
    if early_config.getoption(_OPTION, default=_MISSING) is _MISSING:
        group = parser.getgroup("streamfold")
        group.addoption(_OPTION, dest=_DEST, metavar="DIR", help=f"{_HELP} (as --streamfold-corpus)")
    return done


def pytest_configure(config: pytest.Config) -> None:
    """Make the marker known, and the corpus a place to collect from."""
    config.addinivalue_line("markers", _MARKER)
    corpus = _corpus(config)
    if corpus is not None and str(corpus) not in config.args:
        if not corpus.is_dir():
            raise pytest.UsageError(f"{_OPTION} {_shown(corpus)}: no such folder")
        from ..cassette.recording import SUFFIXES

        if not any(path.name.removesuffix(".gz").endswith(SUFFIXES) for path in corpus.rglob("*")):
            kinds = ", ".join(f"*{suffix}" for suffix in SUFFIXES)
            raise pytest.UsageError(f"{_OPTION} {_shown(corpus)}: no recorded streams ({kinds}) in it")
        tests = [Path(str(one).partition("::")[0]).resolve() for one in config.args]
        config.stash[_TESTS] = tests
        if pytest.version_tuple >= (9,) or not any(corpus.is_relative_to(one) for one in tests):
            config.args.append(str(corpus))  # before 9, pytest collects twice what it is told twice


_TESTS = pytest.StashKey[list[Path]]()


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Of the corpus only the streams: tests in it are not those that were asked for."""
    tests = config.stash.get(_TESTS, None)
    if tests is None or collection_path.suffix != ".py":
        return None
    return None if any(collection_path.is_relative_to(one) for one in tests) else True


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> "RecordedStream | None":
    """A recorded stream of the corpus is a test."""
    corpus = _corpus(parent.config)
    if corpus is None or not file_path.is_relative_to(corpus):
        return None
    from ..cassette.recording import SUFFIXES
    from .pytest_corpus import RecordedStream

    if not file_path.name.removesuffix(".gz").endswith(SUFFIXES):
        return None
    stream: RecordedStream = RecordedStream.from_parent(parent, path=file_path)
    return stream


_PASSED = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Remember of a test with a cassette whether it passed: one that failed need not be told a second time why.

    What a failed one replayed is written as a page, and named in its report.
    """
    report = yield
    replays = "cassette" in getattr(item, "fixturenames", ())
    if call.when == "call" and replays:
        item.stash[_PASSED] = report.passed
    if call.when == "call" and report.failed and (replays or item.name == "laws"):
        from .pytest_pages import add_pages

        add_pages(item, report, None if call.excinfo is None else call.excinfo.value)
    return report


@pytest.fixture
def cassette_redact() -> "Callable[[dict[str, Any]], Any] | None":
    """What takes secrets out of what is recorded; override it in a conftest, to return a function as a Recorder's."""
    return None


@pytest.fixture
def cassette(request: pytest.FixtureRequest, cassette_redact: Any) -> "Iterator[Replay | Rerecording]":
    """What the marker `cassette` names, to be asked by the code under test, or read as chunks and messages."""
    from .pytest_cassette import close, open_for

    opened = open_for(request.node, cassette_redact)
    yield opened
    close(opened, passed=request.node.stash.get(_PASSED, False))


def _shown(corpus: Path) -> str:
    from ..visible import on_one_line

    return on_one_line(str(corpus))


def _corpus(config: pytest.Config) -> Path | None:
    given: str | None = config.getoption(_DEST, default=None)
    if given:
        return (config.invocation_params.dir / given).resolve()
    ini: str = config.getini(_DEST)
    return (config.rootpath / ini).resolve() if ini else None
