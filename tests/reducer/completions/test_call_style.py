"""How the two wires part in what becomes of a tool call."""

from typing import Any

import pytest
from streamfold.reducer import chat, inner_thoughts
from streamfold.reducer.completions.tool_calls.call import Call
from streamfold.reducer.values.text import text
from support.law_checks import MESSAGE_ID

NAMED = Call(0, id="a", name="f")


def begun(machine: Any, **options: Any) -> Any:
    return machine.start(machine.Config(message_id=MESSAGE_ID, **options))[0]


@pytest.mark.parametrize("machine", [chat, inner_thoughts])
def test_a_call_that_is_not_opened_is_not_continued(machine: Any) -> None:
    state = begun(machine)
    assert machine.STYLE.continue_call(state, state.run, NAMED, None, "{") is None


@pytest.mark.parametrize("machine", [chat, inner_thoughts])
def test_at_the_end_a_call_without_id_and_name_is_said(machine: Any) -> None:
    state = begun(machine)
    _, call, (message, *_) = machine.STYLE.emit_call(state, state.run, Call(0), "", "", True)
    assert call.opened
    assert message.tool_call.tool_call_id == call.id != ""


def test_chat_says_a_call_with_its_arguments_so_far() -> None:
    state = begun(chat)
    call = Call(0, id="a", name="f", arguments=text("{"))
    _, opened, (message,) = chat.STYLE.emit_call(state, state.run, call, "f", "{", False)
    assert (opened.opened, message.tool_call.name, message.tool_call.arguments) == (True, "f", "{")


def test_inner_thoughts_says_no_call_before_its_thoughts_are_through() -> None:
    state = begun(inner_thoughts)
    call = Call(0, id="a", name="f", arguments=text('{"thinking":"wh'))
    _, held, (message,) = inner_thoughts.STYLE.emit_call(state, state.run, call, "", '{"thinking":"wh', False)
    assert (held.opened, message.message_type, message.reasoning) == (False, "reasoning_message", "wh")
    assert str(held.split.held) == "{"


@pytest.mark.parametrize(
    ("options", "model", "announces"),
    [
        ({}, "o3", False),
        ({"put_inner_thoughts_in_kwarg": False}, "o3", True),
        ({"put_inner_thoughts_in_kwarg": False}, "gpt-4o", False),
        ({"put_inner_thoughts_in_kwarg": False, "model": "o3"}, "", True),
        ({"put_inner_thoughts_in_kwarg": False, "hides_reasoning": False}, "o3", False),
    ],
)
def test_reasoning_is_announced_before_a_call_only_without_thoughts(options: Any, model: str, announces: bool) -> None:
    state = begun(inner_thoughts, **options)
    assert inner_thoughts.STYLE.announces_hidden_reasoning(state, model) is announces
    assert not chat.STYLE.announces_hidden_reasoning(begun(chat), model)
