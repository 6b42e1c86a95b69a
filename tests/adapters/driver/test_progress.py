"""What of a step is progress of the answer, and what the wire has said of its end, by the states alone."""

from typing import Any

import pytest
from streamfold.adapters import wire
from streamfold.adapters.driver.progress import adds_to, may_still_fail, standing_of
from streamfold.reducer import Undecodable, chat, inner_thoughts, responses
from support.adapters.upstreams import config_of

ITEM = {"type": "response.output_item.added", "output_index": 0, "item": {"type": "message", "id": "m"}}
DELTA = {"type": "response.output_text.delta", "output_index": 0, "item_id": "m", "delta": "Hi"}


def delta(**members: Any) -> Any:
    return {"choices": [{"index": 0, "delta": members}]}


def call(arguments: str) -> Any:
    return delta(tool_calls=[{"index": 0, "id": "a", "function": {"name": "f", "arguments": arguments}}])


def steps(machine: Any, raws: list[Any]) -> list[bool]:
    """Whether each step is progress."""
    decode = wire.decoder("responses" if machine is responses else "chat")
    state, _ = machine.start(config_of(machine))
    told = []
    for raw in raws:
        before = state
        state, _ = machine.step(before, raw if isinstance(raw, Undecodable) else decode(raw))
        told.append(adds_to(before, state))
    return told


@pytest.mark.parametrize("machine", [chat, inner_thoughts], ids=["chat", "inner_thoughts"])
def test_of_completions_deltas_and_what_is_known_of_the_answer_are(machine: Any) -> None:
    usage = {"choices": [], "usage": {"prompt_tokens": 1}}
    raws = [delta(content="Hi"), delta(content=""), {"type": "ping"}, Undecodable("x"), delta(reasoning="so"), usage]
    assert steps(machine, raws) == [True, False, False, False, True, True]
    assert steps(machine, [call('{"'), call("a"), delta(), delta(refusal="no")]) == [True, True, False, True]


def test_of_responses_items_and_their_deltas_are() -> None:
    begun, ended = ({"type": f"response.{kind}", "response": {"id": "r"}} for kind in ("created", "completed"))
    raws = [begun, {"type": "response.in_progress"}, ITEM, DELTA, {"type": "keepalive"}, {**DELTA, "delta": ""}]
    assert steps(responses, raws) == [False, False, True, True, False, False]
    assert steps(responses, [begun, ended]) == [False, True]


def test_an_answer_stands_as_the_wire_has_said() -> None:
    decode = wire.decoder("chat")
    for raw, expected, may_fail in (
        (delta(content="Hi"), "open", True),
        ({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}, "finished", True),
        ({"error": {"message": "no"}}, "finished", False),
        ("[DONE]", "over", False),
    ):
        state, _ = chat.step(chat.start(config_of(chat))[0], decode(raw))
        assert standing_of(state) == expected
        assert may_still_fail(state) is may_fail


def test_of_a_state_of_somebody_else_nothing_is_known() -> None:
    assert not adds_to(1, 2)
    assert standing_of(object()) == "open"
    assert may_still_fail(object())
