"""The base of every error: the core's, which the adapters' derive from as well."""

import streamfold
from streamfold.adapters import errors
from streamfold.reducer.errors import StreamfoldError
from streamfold.reducer.result import StreamFailed


def test_one_base_is_everywhere() -> None:
    assert streamfold.StreamfoldError is errors.StreamfoldError is StreamfoldError


def test_a_failed_stream_is_caught_by_the_base() -> None:
    assert issubclass(StreamFailed, StreamfoldError)
