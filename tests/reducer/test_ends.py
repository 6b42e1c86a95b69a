"""The ends and markers are values; a failure's error is text, whatever it was made of."""

from typing import Any

import attrs
import pytest
from streamfold.reducer.ends import Cancelled, Done, Ended, Failed, Undecodable


@pytest.mark.parametrize(
    ("error", "text"),
    [
        ("boom", "boom"),
        ("", ""),
        (ValueError("a"), "ValueError: a"),
        (KeyError("k"), "KeyError: 'k'"),
        (TimeoutError(), "TimeoutError: "),
        (7, "int: 7"),
    ],
)
def test_an_error_is_kept_as_text(error: Any, text: str) -> None:
    assert Failed(error).error == text


def test_a_failure_without_an_error_has_no_words() -> None:
    assert Failed() == Failed("")


@pytest.mark.parametrize("value", [Ended(), Cancelled(), Failed("a"), Done(), Undecodable("a")])
def test_none_can_be_changed(value: Any) -> None:
    for name in ("error", "reason", "more"):
        with pytest.raises((attrs.exceptions.FrozenInstanceError, AttributeError)):
            setattr(value, name, "b")
    assert value == attrs.evolve(value)
