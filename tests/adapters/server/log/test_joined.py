"""What is kept of trimmed messages is the same, however often and wherever a run is trimmed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamfold import AssistantMessage, Ended, fold
from streamfold.adapters.server.log.joined import joined
from support.walk import WORLDS, World


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)
@given(data=st.data())
@pytest.mark.deep
def test_joining_in_parts_is_joining_at_once(world: World, data: st.DataObject) -> None:
    chunks = data.draw(st.lists(st.sampled_from(world.alphabet), max_size=20))
    _, messages = fold(world.machine, world.config, [*world.opening, *chunks], Ended())
    at = data.draw(st.integers(0, len(messages)))
    assert joined([*joined(messages[:at]), *messages[at:]]) == joined(messages)


def test_pieces_of_one_text_are_one_message() -> None:
    pieces = [AssistantMessage("message-1", "message-2", None, None, content=piece) for piece in "abc"]
    assert joined(pieces) == (AssistantMessage("message-1", "message-2", None, None, content="abc"),)
