"""Values as a person reads them: what equals its default is left out."""

from typing import Any

import pytest
from attrs import Factory, frozen
from streamfold.adapters.short_repr import short_repr
from streamfold.reducer import Ended, Undecodable
from streamfold.reducer.completions.chunk import CallDelta, Choice, Chunk, Delta, FunctionDelta


@frozen
class Row:
    """A value whose default is made anew each time."""

    entries: list[int] = Factory(list)
    name: str = "x"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (Ended(), "Ended()"),
        (Chunk(), "Chunk()"),
        (Undecodable("x"), "Undecodable(reason='x')"),
        (Delta(content=""), "Delta(content='')"),
        (
            Chunk(id="c", choices=(Choice(delta=Delta(content="Hi")),)),
            "Chunk(id='c', choices=(Choice(delta=Delta(content='Hi')),))",
        ),
        (
            Delta(tool_calls=(CallDelta(index=0), CallDelta(function=FunctionDelta(name="f")))),
            "Delta(tool_calls=(CallDelta(index=0), CallDelta(function=FunctionDelta(name='f'))))",
        ),
        (Row(), "Row(entries=[])"),
        (Row(name="y"), "Row(entries=[], name='y')"),
    ],
)
def test_a_value_is_the_call_that_makes_it(value: Any, shown: str) -> None:
    assert short_repr(value) == shown


@pytest.mark.parametrize("value", ["x", 1, None, (), ("a", "b"), [Ended()], {"a": Delta()}, (Ended(), 1)])
def test_anything_else_is_its_repr(value: Any) -> None:
    assert short_repr(value) == repr(value)


def test_tuples_of_values_are_looked_into() -> None:
    assert short_repr((Delta(),)) == "(Delta(),)"
    assert short_repr((Delta(), Ended())) == "(Delta(), Ended())"
