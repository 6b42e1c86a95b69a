"""What is kept of trimmed messages is the same, however often and wherever a run is trimmed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamfold import AssistantMessage, Ended, Result, fold
from streamfold.adapters.protocols.turn import ToolReturn
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


def test_what_tools_gave_and_calls_came_to_stays_in_its_place() -> None:
    first, second = (AssistantMessage("message-1", "message-2", None, None, content=piece) for piece in "ab")
    other = AssistantMessage("message-3", "message-4", None, None, content="c")
    returned, result = ToolReturn("c1", "rain"), Result(outcome="completed")
    said = (first, second, returned, result, other, returned)
    whole = (AssistantMessage("message-1", "message-2", None, None, content="ab"), *said[2:])
    for at in range(len(said)):
        assert joined([*joined(said[:at]), *said[at:]]) == whole
