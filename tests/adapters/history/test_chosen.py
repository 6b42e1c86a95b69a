"""Which calls go back."""

from streamfold.adapters.history.chosen import by_id, going, why_not
from streamfold.reducer.doubts import Doubt, Doubted
from streamfold.reducer.result import ToolCall

CALL = ToolCall("call_1", "look_up", "{}")
DOUBTFUL = ToolCall("call_2", "look_up", "{", (Doubted(Doubt.NOT_JSON, "the arguments are not JSON"),))
WRAPPER = ToolCall("call_3", "multi_tool_use.parallel", '{"tool_uses": [{"recipient_name": "functions.f"}]}')


def test_complete_calls_go_unless_others_are_chosen() -> None:
    assert [going(call, None) for call in (CALL, DOUBTFUL, WRAPPER)] == [[CALL], [], [WRAPPER]]
    wanted = by_id([DOUBTFUL])
    assert [going(call, wanted) for call in (CALL, DOUBTFUL, WRAPPER)] == [[], [DOUBTFUL], []]
    assert by_id(None) is None


def test_the_caller_s_own_call_goes_in_the_place_of_a_wrapper() -> None:
    inner = ToolCall("call_3_0", "f", "{}", needs_approval=True)
    assert going(WRAPPER, by_id([inner])) == [inner]


def test_the_reason_is_the_first_doubt() -> None:
    assert why_not(DOUBTFUL) == "the call is not complete: the arguments are not JSON"
    assert why_not(CALL) == "the caller did not choose it"
