"""The errors: one base, a built-in beside it, and the same class wherever a package exports it."""

from collections.abc import Iterator
from importlib import import_module
from itertools import permutations
from pkgutil import walk_packages

import pytest
import streamfold
from streamfold import reducer
from streamfold.adapters import cassette, errors, laws, snapshot, testing
from streamfold.adapters.errors import LawBroken, StreamfoldError
from streamfold.adapters.laws.statements import SAFE, UNCHANGED

BUILT_IN: dict[type[StreamfoldError], type[Exception]] = {
    errors.FileError: ValueError,
    errors.FileTooLong: ValueError,
    errors.FrameTooLong: ValueError,
    errors.WireError: ValueError,
    errors.ConfigError: ValueError,
    errors.CassetteError: ValueError,
    errors.SnapshotError: ValueError,
    errors.CursorError: ValueError,
    errors.LeaseLost: RuntimeError,
    errors.NumberTaken: ValueError,
    errors.RunExists: ValueError,
    errors.RunTrimmed: LookupError,
    errors.RunUnknown: LookupError,
    errors.UsageError: ValueError,
    errors.MissingExtra: ImportError,
    errors.StreamFailed: RuntimeError,
    errors.StreamStalled: TimeoutError,
    errors.LawBroken: AssertionError,
    errors.Unexpected: AssertionError,
}
NOT_RAISED_BY_US = {
    "streamfold.adapters.driver.base_run.RunCancelled",
}
"""Thrown into a run by its caller."""
CAUGHT_INSIDE = {
    "streamfold.adapters.openai_sdk.plain_json.Unreadable",
    "streamfold.adapters.server.provider.played.Refused",
    "streamfold.adapters.laws.oracle_parts.TooOddError",
    "streamfold.adapters.snapshot.validation.InvalidState",
    "streamfold.reducer.limits.LimitPassed",
}
"""Raised by one module for another; private classes are for the use of one."""


def test_these_are_all_errors() -> None:
    assert {getattr(errors, name) for name in errors.__all__} == {StreamfoldError, *BUILT_IN}


@pytest.mark.parametrize("error", BUILT_IN, ids=lambda error: error.__name__)
def test_an_error_is_caught_by_the_base_and_by_its_built_in(error: type[StreamfoldError]) -> None:
    assert error.__bases__ == (StreamfoldError, BUILT_IN[error])


def exceptions_of_the_package() -> Iterator[type[BaseException]]:
    for module in walk_packages(streamfold.__path__, "streamfold."):
        if not module.name.endswith("__main__"):
            for value in vars(import_module(module.name)).values():
                if isinstance(value, type) and issubclass(value, BaseException):
                    yield value


def test_every_exception_has_the_base_or_is_never_raised_to_a_caller() -> None:
    found = set(exceptions_of_the_package())
    assert found >= set(BUILT_IN)
    others = {
        f"{one.__module__}.{one.__name__}"
        for one in found
        if one.__module__.startswith("streamfold") and not issubclass(one, StreamfoldError)
    }
    assert {name for name in others if not name.rpartition(".")[2].startswith("_")} == NOT_RAISED_BY_US | CAUGHT_INSIDE


def test_no_error_catches_another() -> None:
    assert not any(issubclass(one, other) for one, other in permutations(BUILT_IN, 2))


def test_packages_export_these_very_classes() -> None:
    assert cassette.CassetteError is errors.CassetteError
    assert snapshot.SnapshotError is errors.SnapshotError
    assert reducer.StreamFailed is errors.StreamFailed
    assert reducer.StreamfoldError is errors.StreamfoldError
    assert laws.LawBroken is errors.LawBroken
    assert testing.Unexpected is errors.Unexpected


def test_a_broken_law_says_which_and_keeps_the_stream() -> None:
    error = LawBroken(SAFE, "it is not", ["one", "two"])
    assert str(error) == "law 8 (Safe to run): it is not"
    assert (error.law, error.wrong, error.chunks) == (SAFE, "it is not", ("one", "two"))
    assert LawBroken(UNCHANGED, "x", ()).law.half_of is not None


def test_a_limit_is_named_with_its_size_and_how_to_change_it() -> None:
    error = errors.FrameTooLong(64 << 20)
    assert error.limit == 64 << 20
    assert str(error) == (
        "a frame, or a line, is longer than 67,108,864 bytes, the limit for one frame: "
        "`limit` of `wire.Framer`, `frames`, `read` and `chunks` sets another, and so does --limit of the command"
    )
    assert str(errors.FrameTooLong(9, "file.sse")).startswith("file.sse: a frame, or a line, is longer than 9 bytes, ")
