"""Flat: a step costs no more after many frames than after few, in lines of Python that run and in bytes of state."""

import pickle
import sys
from collections.abc import Sequence
from types import FrameType
from typing import Any

from streamfold.adapters import wire
from streamfold.adapters.wire.decoder import chunk_of
from streamfold.reducer import responses
from streamfold.reducer.responses import acts
from streamfold.reducer.responses.table import rule_of
from support.law_checks import MESSAGE_ID

from fuzz.oracles import MACHINES
from fuzz.streams import named_plan_of

ROUNDS, WINDOW = 320, 8
MOST_FRAMES = 12
COUNTER = b"77"
"""Wherever this stands in the stream, the number of the round is put, so that each can be about something new."""

# By the middle everything that a fold bounds (notes, gaps, aliases) has come to its bound; what still grows, grows on.
_SHARE, _LINES, _BYTES = 1.1, 1_000, 12_000


def check_growth(given: bytes) -> None:
    """The last of many rounds run no more lines than those in the middle, and the state grows no faster."""
    name, plan, body = named_plan_of(given)
    if len(list(wire.frames([body]))) > MOST_FRAMES:
        return
    machine, decode = MACHINES[name], wire.decoder(name)
    state, _ = machine.start(machine.Config(message_id=MESSAGE_ID, **plan.options))
    half, ran, sizes = ROUNDS // 2, [0, 0], [len(pickle.dumps(state))]
    for number in range(ROUNDS):
        frames = wire.frames([body.replace(COUNTER, str(number).encode())])
        chunks = [chunk_of(frame, decode) for frame in frames]
        if number % half < half - WINDOW:
            for chunk in chunks:
                state, _ = machine.step(state, chunk)
        else:
            state, lines = cost(machine, state, chunks)
            ran[number // half] += lines
        if number % half == half - 1:
            sizes.append(len(pickle.dumps(state)))
    assert ran[1] <= _SHARE * ran[0] + _LINES, "a step's cost grows"
    assert sizes[2] - sizes[1] <= _SHARE * (sizes[1] - sizes[0]) + _BYTES, "a state grows ever faster"


def cost(machine: Any, state: Any, chunks: Sequence[Any]) -> tuple[Any, int]:
    """The state after these chunks, and how many lines of Python ran to get there.

    The end of a response goes through all that is in it: it comes once, and is not counted.
    """
    ran = 0

    def count(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal ran
        ran += event == "line"
        return count

    before = sys.gettrace()
    try:
        for chunk in chunks:
            ends = isinstance(chunk, responses.Chunk) and rule_of(chunk.type).act is acts.terminal
            sys.settrace(before if ends else count)
            state, _ = machine.step(state, chunk)
    finally:
        sys.settrace(before)
    return state, ran
