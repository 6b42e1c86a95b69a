"""Members of Responses events of another shape than the API has them: mended, or left out and said to be lost."""

from typing import Any

import pytest
from streamfold.adapters.wire.event_members import event_delta, is_usual, mend_item, mend_response
from streamfold.adapters.wire.members import Repairs

TEXT, ARGUMENTS = "response.output_text.delta", "response.function_call_arguments.delta"
DONE = "response.function_call_arguments.done"


@pytest.mark.parametrize(
    ("kind", "delta", "made", "lost"),
    [
        (TEXT, "a", "a", False),
        (TEXT, None, None, False),
        (TEXT, {"text": "a"}, "a", False),
        (TEXT, 7, "7", False),
        (TEXT, [1], None, False),
        (ARGUMENTS, {"a": [1]}, '{"a":[1]}', False),
        (ARGUMENTS, 7, "7", False),
        ("response.shell_call_output_content.delta", {"stdout": "a"}, {"stdout": "a"}, False),
    ],
)
def test_a_delta_is_text_where_its_events_have_text(kind: str, delta: Any, made: Any, lost: bool) -> None:
    repairs = Repairs()
    assert event_delta({"delta": delta}, kind, repairs) == made
    assert repairs.lost is lost
    assert bool(repairs) == (made != delta)


@pytest.mark.parametrize("name", ["arguments", "text", "input"])
def test_arguments_in_another_member_are_lost(name: str) -> None:
    repairs = Repairs()
    assert event_delta({name: "{}"}, ARGUMENTS, repairs) is None
    assert repairs.lost


def test_what_is_usual_needs_no_look() -> None:
    assert is_usual(TEXT, "a", None, None)
    assert is_usual(DONE, None, "{}", None)
    assert is_usual("response.completed", None, None, None)
    assert not is_usual(TEXT, 7, None, None)
    assert not is_usual(ARGUMENTS, None, "{}", None)
    assert not is_usual(DONE, None, None, None)


def test_a_call_s_item_has_text_for_its_arguments() -> None:
    for kind, own in (("function_call", "arguments"), ("custom_tool_call", "input")):
        repairs = Repairs()
        assert mend_item({"type": kind, own: {"a": 1}}, repairs) == {"type": kind, own: '{"a":1}'}
        assert (len(repairs), repairs.lost) == (1, False)
        elsewhere = {"type": kind, "parameters": {"a": 1}}
        assert mend_item(elsewhere, repairs) is elsewhere
        assert repairs.lost
    message = {"type": "message", "arguments": 1}
    assert mend_item(message, Repairs()) is message


def test_a_response_s_items_are_mended() -> None:
    item = {"type": "function_call", "arguments": {}}
    mended = {"output": [{"type": "function_call", "arguments": "{}"}, None]}
    assert mend_response({"output": [item, None]}, Repairs()) == mended
    assert mend_response(mended, Repairs()) is mended
    assert mend_response("x", Repairs()) == "x"
