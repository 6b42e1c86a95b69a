"""Bounded: a stream of any wire with small limits, of every kind at once, of which the head of the input chooses each.

Laws 3, 5 and 6 hold below the limits; here it is looked at what holds beyond them as well.
"""

import pickle
from typing import Any

from streamfold.adapters import wire
from streamfold.adapters.laws.bounds import size
from streamfold.reducer import Limits, responses
from streamfold.reducer.result import Result, TextPart
from support.law_checks import MESSAGE_ID

from fuzz.oracles import MACHINES, restored
from fuzz.streams import named_plan_of

STATE_SHARE, STATE_MOST = 16, 40_000
"""A pickled state has so many bytes for each character and lane that the limits let in, and so many beside."""
_PARTS = 4
"""Texts of an item or a call: as it came, as a whole, what is held of it, in the common form."""


def limits_of(head: bytes) -> Limits:
    """The limits that a head chooses."""
    _, characters, lanes, identifier, annotations, extras, remembered = head[:7]
    return Limits(
        characters=1 + characters % 48,
        lanes=1 + lanes % 6,
        identifier=1 + identifier % 40,
        annotations=1 + annotations % 3,
        extras=1 + 2 * extras,
        remembered=1 + remembered % 4,
    )


def check_limits(given: bytes) -> None:
    """No step raises, a fold ends once, what it holds is within the limits, and it goes through a snapshot."""
    name, plan, body = named_plan_of(given)
    limits, machine = limits_of(given[:8].ljust(8, b"0")), MACHINES[name]
    config = machine.Config(message_id=MESSAGE_ID, limits=limits, **plan.options)
    chunks = list(wire.read(name, [body])) * plan.repeat
    state, _ = machine.start(config)
    for number, chunk in enumerate(chunks):
        over = state.end is not None
        after, messages = machine.step(state, chunk)
        assert not over or (after is state and not messages)
        state = after
        if number == plan.stop % len(chunks):
            state = restored(state)
    held = len(pickle.dumps(state))
    texts = limits.characters + limits.identifier
    assert held <= STATE_SHARE * (_PARTS * texts * (limits.lanes + 1) ** 2 + limits.extras) + STATE_MOST + len(body)
    state, _ = machine.finish(state, plan.end)
    assert machine.finish(state, plan.end) == (state, ())
    check_result(machine, limits, machine.result(restored(state)))


def check_result(machine: Any, limits: Limits, result: Result) -> None:
    """No text, name or list in a result is longer than the limits let it be."""
    parts = [part for item in result.output if item.kind == "message" for part in item.parts]
    texts = [part.text for part in parts if isinstance(part, TextPart) and not part.is_thoughts]
    arguments = [call.arguments for call in result.tool_calls if call.arguments != "{}"]
    assert all(len(text) <= limits.characters for text in (*texts, *arguments))
    assert all(len(call.name) <= limits.identifier for call in result.tool_calls)
    assert len(result.tool_calls) <= limits.lanes
    if machine is responses:
        assert len(result.output) <= limits.lanes + 1  # what is said of reasoning that is not shown is an item
    assert sum(len(part.annotations) for part in parts if isinstance(part, TextPart)) <= limits.annotations
    kept = (result.extras, *(item.extras for item in result.output))
    assert size(kept if machine is responses else (result.extras, [call.extras for call in result.tool_calls])) <= (
        limits.extras
    )
