from typing import Any

import attrs
import pytest
from streamfold.reducer.completions.chunk import CallDelta, Choice, Chunk, CustomDelta, Delta, FunctionDelta
from streamfold.reducer.responses.event import Event

OWN_DEFAULTS: dict[type, dict[str, Any]] = {
    FunctionDelta: {},
    CustomDelta: {},
    CallDelta: {},
    Delta: {},
    Choice: {"index": 0},
    Chunk: {"choices": (), "repairs": (), "lost": False},
    Event: {"repairs": (), "lost": False},
}


@pytest.mark.parametrize("kind", OWN_DEFAULTS)
def test_every_field_may_be_absent_and_is_none_then(kind: type) -> None:
    required = {"type": "response.created"} if kind is Event else {}
    made = attrs.asdict(kind(**required), recurse=False)
    absent = dict.fromkeys(made) | OWN_DEFAULTS[kind] | required
    assert made == absent


@pytest.mark.parametrize("kind", OWN_DEFAULTS)
def test_a_chunk_is_written_by_the_names_of_its_fields(kind: Any) -> None:
    with pytest.raises(TypeError):
        kind("positional")
