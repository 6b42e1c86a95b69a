"""A pattern that is compiled at its first use is what `re.compile` gives."""

import copy
import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamfold.reducer.values.lazy_pattern import lazy_pattern

PATTERN = r"(a+)|b\d*."


@given(st.text("ab1\n-"))
def test_it_finds_what_a_pattern_finds(text: str) -> None:
    for flags in (re.NOFLAG, re.DOTALL):
        lazy, eager = lazy_pattern(PATTERN, flags), re.compile(PATTERN, flags)
        for _ in range(2):
            assert lazy.findall(text) == eager.findall(text)
            assert lazy.sub("x", text) == eager.sub("x", text)
            assert [one.span() for one in lazy.finditer(text)] == [one.span() for one in eager.finditer(text)]
            assert repr(lazy.match(text, 1)) == repr(eager.match(text, 1))
            assert repr(lazy.fullmatch(text)) == repr(eager.fullmatch(text))
        assert (lazy.pattern, lazy.flags, lazy.groups) == (eager.pattern, eager.flags, eager.groups)


def test_it_is_compiled_once_and_not_before() -> None:
    broken = lazy_pattern("(")
    with pytest.raises(re.error):
        broken.match("a")
    lazy = lazy_pattern("a")
    assert lazy.match is lazy.match
    with pytest.raises(AttributeError):
        lazy.nothing  # type: ignore[attr-defined]  # noqa: B018
    assert copy.copy(lazy).match("a")


def test_no_import_of_the_core_compiles_a_pattern() -> None:
    code = """
import attrs, enum, re, typing, uuid, zlib
re.compile = None
from streamfold.reducer import chat, inner_thoughts, responses
print("none")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout == "none\n", done.stderr
