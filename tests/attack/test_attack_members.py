"""Flat: four times as much of one member costs four times as much, in time and in state, whatever member it is.

Time is that of the processor, and measured again before it is held against a member: a step that looks at all that came
before makes it sixteen times as much.
"""

import gc
import pickle
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from attack.members_of_chat import CHAT, INNER_THOUGHTS, Frames, encoded
from attack.members_of_responses import RESPONSES
from streamfold.adapters import wire
from streamfold.reducer import chat, inner_thoughts, responses
from streamfold.reducer.shared.extras import MOST_NAMES
from support.law_checks import MESSAGE_ID

MACHINES: dict[str, Any] = {"chat": chat, "inner-thoughts": inner_thoughts, "responses": responses}
MEMBERS: dict[tuple[str, str], Callable[[int], Frames]] = {
    **{("chat", name): make for name, make in CHAT.items()},
    **{("inner-thoughts", name): make for name, make in INNER_THOUGHTS.items()},
    **{("responses", name): make for name, make in RESPONSES.items()},
}
TIMES = 4
MOST_TIMES = 1.6 * TIMES
LEAST = 0.015
"""Seconds of the shorter stream: by then what is looked at over and over takes longer than the steps themselves."""
ATTEMPTS = 4
FIRST, LONGEST = 600, 40_000
CAPPED = "unread members"
"""Names of one object: each new one copies those before it, of which there are `MOST_NAMES` at most."""
BYTES = 4_000
STORED = 100


@pytest.fixture(autouse=True)
def _no_garbage_is_collected() -> Iterator[None]:
    """A collection goes through all that the tests have made."""
    gc.disable()
    yield
    gc.enable()


every_member = pytest.mark.parametrize(("name", "member"), MEMBERS, ids=map(": ".join, MEMBERS))


def chunks(name: str, member: str, count: int) -> list[Any]:
    return list(map(wire.decoder(name), encoded(MEMBERS[name, member](count))))  # type: ignore[arg-type]


def fold_all(name: str, stream: list[Any]) -> Any:
    machine = MACHINES[name]
    state, _ = machine.start(machine.Config(message_id=MESSAGE_ID))
    for chunk in stream:
        state, _ = machine.step(state, chunk)
    return state


def seconds(name: str, stream: list[Any]) -> float:
    begin = time.process_time()
    fold_all(name, stream)
    return time.process_time() - begin


def long_enough(name: str, member: str) -> tuple[int, float]:
    """How many of a member take so long, and how long they take."""
    count, took = 2 * MOST_NAMES if member.startswith(CAPPED) else FIRST, 0.0
    while count < LONGEST:
        took = seconds(name, chunks(name, member, count))
        if took >= LEAST:
            break
        count = min(LONGEST, int(count * max(1.5, min(8, 1.2 * LEAST / max(took, 1e-4)))))
    return count, took


@pytest.mark.deep
@every_member
def test_four_times_as_much_of_a_member_costs_four_times(name: str, member: str) -> None:
    count, took = long_enough(name, member)
    more = chunks(name, member, TIMES * count)
    ratios: list[float] = []
    for attempt in range(ATTEMPTS):
        ratios.append(seconds(name, more) / max(took, 1e-3))
        if ratios[-1] <= MOST_TIMES:
            return
        again = [seconds(name, chunks(name, member, count)) for _ in range(attempt + 1)]
        took = sorted([took, *again])[len(again) // 2]  # one quick run is no measure
    pytest.fail(f"{count} take {took * 1e3:.0f} ms, and {TIMES} times as many {ratios} times as long")


@pytest.mark.deep
@every_member
def test_four_times_as_much_of_a_member_makes_four_times_the_state(name: str, member: str) -> None:
    few, more = (len(pickle.dumps(fold_all(name, chunks(name, member, count)))) for count in (STORED, TIMES * STORED))
    assert more <= 1.15 * TIMES * few + BYTES
