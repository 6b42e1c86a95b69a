"""Folds whose result says otherwise than their messages, in ways that a loose comparison lets pass."""

import json
from typing import Any

import pytest
from attrs import evolve
from streamfold.adapters import wire
from streamfold.adapters.errors import LawBroken
from streamfold.adapters.laws import check_laws
from streamfold.reducer import chat, inner_thoughts
from streamfold.reducer.completions import draft
from streamfold.reducer.messages import ToolCallMessage
from streamfold.reducer.result import ReasoningPart, Result, TextPart
from streamfold.reducer.values.json_values import FrozenObject
from support.chat_shapes import DONE, call, calls, delta, finished
from support.law_checks import MESSAGE_ID
from support.laws.faulty_folds import Change, check_caught, faulty, of_parts

END = finished("tool_calls")
CONFIG = chat.Config(message_id=MESSAGE_ID)


def read(name: str, *frames: Any) -> list[Any]:
    """The chunks of decoded frames."""
    decode = wire.decoder(name)
    return [decode(frame if isinstance(frame, str) else json.dumps(frame)) for frame in frames]


def of_extras(change: Change) -> Any:
    """A result whose members of deltas are changed."""

    def changed(result: Result) -> Result:
        within = result.extras.get("choice", {}).get("delta", {})
        if not within:
            return result
        told = FrozenObject(choice=FrozenObject(delta=FrozenObject({name: change(within[name]) for name in within})))
        return evolve(result, extras=told)

    return changed


def doubled(member: Any) -> Any:
    return member + member if isinstance(member, tuple) else member


def backwards(member: Any) -> Any:
    return tuple(reversed(member)) if isinstance(member, tuple) else member


def counted(member: Any) -> Any:
    return int(member) if isinstance(member, bool) else member


@pytest.mark.parametrize("change", [doubled, backwards, counted])
def test_members_that_are_kept_otherwise_are_caught(change: Change) -> None:
    frames = [delta(content=at, x_listed=[at], x_signature=f"s{at}", x_flag=True) for at in "abc"]
    check_caught(chat, faulty(chat, result=of_extras(change)), read("chat", *frames, finished(), DONE), 3)


def without_blanks(part: Any) -> Any:
    return ReasoningPart(part.reasoning.replace("\n\n", "")) if isinstance(part, ReasoningPart) else part


def test_a_blank_line_that_reasoning_lacks_is_caught() -> None:
    frames = [delta(reasoning="One.\n\nTwo."), delta(content="Hi"), finished(), DONE]
    check_caught(chat, faulty(chat, result=of_parts(without_blanks)), read("chat", *frames), 3)


def turned_round(part: Any) -> Any:
    return evolve(part, text=part.text[::-1]) if isinstance(part, TextPart) else part


def other_number(message: Any) -> Any:
    if not isinstance(message, ToolCallMessage) or not message.tool_call.arguments:
        return message
    told = message.tool_call.arguments.replace("5", "6")
    return evolve(message, tool_call=evolve(message.tool_call, arguments=told))


def without_arguments(message: Any) -> Any:
    if not isinstance(message, ToolCallMessage):
        return message
    return evolve(message, tool_call=evolve(message.tool_call, arguments=None if message.tool_call.name else "{}"))


@pytest.mark.parametrize(
    "fault",
    [
        faulty(inner_thoughts, result=of_parts(turned_round)),
        faulty(inner_thoughts, message=other_number),
        faulty(inner_thoughts, message=without_arguments),
    ],
)
def test_thoughts_and_arguments_that_are_told_otherwise_are_caught(fault: Any) -> None:
    begun = calls(call(0, "call_a", "pay", '{"thinking": "Well, '))
    frames = [begun, calls(call(0, None, None, 'so.", "amount": 5')), calls(call(0, None, None, "}")), END, DONE]
    check_caught(inner_thoughts, fault, read("inner-thoughts", *frames), 3)


@pytest.mark.parametrize("invented", [({"message": "boom"}, None), (None, "boom")])
def test_a_failure_that_no_chunk_says_is_caught(monkeypatch: pytest.MonkeyPatch, invented: Any) -> None:
    real = draft.failure_in
    fails: Any = lambda chunk, mine: invented if any(of.finish_reason for of in mine) else real(chunk, mine)  # noqa: E731
    monkeypatch.setattr(draft, "failure_in", fails)
    with pytest.raises(LawBroken, match=r"^law 4 .* and no chunk says so$"):
        check_laws(chat, CONFIG, read("chat", delta(content="a"), finished(), DONE))


def test_a_failure_that_is_kept_quiet_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(draft, "failure_in", lambda chunk, mine: (None, None))
    with pytest.raises(LawBroken, match="a chunk says that the answer failed"):
        check_laws(chat, CONFIG, read("chat", delta(content="a"), {"error": {"message": "gone"}}))
