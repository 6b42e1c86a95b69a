"""What an attack costs against decoding its JSON: of each member, many in many frames or in one.

The yardstick is `json.loads` in the same process: of each frame, of the JSON that stands in its texts, and of ordinary
frames of as many bytes. For what stands in a text is JSON that a fold has to read (`json.loads` of a frame only copies
it), and no byte may cost more than many of an honest stream. Both are times of the processor, the median of several;
where something else slows one of them down, they are measured again.
"""

import json
import statistics
import time
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from attack.members_of_chat import CHAT, encoded
from attack.test_attack_members import MACHINES, MEMBERS
from streamfold.adapters import wire
from streamfold.reducer import Ended
from support.law_checks import MESSAGE_ID

MOST_TIMES, MOST_TIMES_OF_DEAR = 26, 38
"""The aim is 20 and 30; what a busy machine measures is up to a quarter more."""
DEAR = {
    "inner-thoughts: calls in one frame",
    "inner-thoughts: whole calls",
    "inner-thoughts: whole calls without id",
    "inner-thoughts: whole calls without id, each beside all",
}
"""Of each a call of eighty bytes becomes three messages, and all is kept that is known of it."""
MOST_MEMORY, MOST_OBJECTS = 8, 6
COUNT, ROUNDS, ATTEMPTS = 300, 3, 4
PIECE = 1 << 12
FLAT = 1 << 16
"""Bytes that a fold takes beside its input, whatever that is: a piece that is read."""
ORDINARY = json.dumps(
    {"id": "c", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": "a word"}}]}
).encode()
BOTH = {**MEMBERS, **{("inner-thoughts", name): make for name, make in CHAT.items()}}
pytestmark = pytest.mark.usefixtures("usual_garbage")
every_attack = pytest.mark.parametrize(("name", "member"), BOTH, ids=map(": ".join, BOTH))


def texts_in(value: Any) -> Iterator[str]:
    """The JSON that stands in the texts of a value."""
    if isinstance(value, str):
        yield from [value] if value[:1] in ("{", "[") else []
    elif isinstance(value, (dict, list)):
        for member in value.values() if isinstance(value, dict) else value:
            yield from texts_in(member)


def decode(frames: Iterable[bytes], texts: Iterable[str]) -> None:
    """The frames, and values that stand one after the other in the texts, up to what is none."""
    for frame in frames:
        json.loads(frame)
    for text in texts:
        values_of(text)


def fold_body(name: str, pieces: Iterable[bytes]) -> Any:
    machine = MACHINES[name]
    state, _ = machine.start(machine.Config(message_id=MESSAGE_ID))
    for chunk in wire.read(name, pieces):  # type: ignore[arg-type]
        state, _ = machine.step(state, chunk)
    state, _ = machine.finish(state, Ended())
    return machine.result(state)


def pieces_of(frames: Iterable[bytes]) -> list[bytes]:
    body = b"".join(b"data: %b\n\n" % frame for frame in frames)
    return [body[at : at + PIECE] for at in range(0, len(body), PIECE)]


def seconds(do: Callable[[], object]) -> float:
    begin = time.process_time()
    do()
    return max(time.process_time() - begin, 1e-6)


@pytest.mark.deep
@every_attack
def test_an_attack_costs_little_more_than_decoding_its_json(name: str, member: str) -> None:
    frames = encoded(BOTH[name, member](COUNT))
    pieces = pieces_of(frames)
    texts = [text for frame in frames for text in texts_in(json.loads(frame))]
    decoded = [*frames, *[ORDINARY] * (sum(map(len, pieces)) // len(ORDINARY) + 1)]
    fold_body(name, pieces)

    def ratio() -> float:
        return seconds(lambda: fold_body(name, pieces)) / seconds(lambda: decode(decoded, texts))

    medians: list[float] = []
    for _ in range(ATTEMPTS):
        medians.append(statistics.median(ratio() for _ in range(ROUNDS)))
        if medians[-1] <= (MOST_TIMES_OF_DEAR if f"{name}: {member}" in DEAR else MOST_TIMES):
            return
    pytest.fail(f"{COUNT} take {medians} times as long as decoding their JSON")


@pytest.mark.deep
@every_attack
def test_an_attack_takes_a_few_times_its_bytes_of_memory(name: str, member: str) -> None:
    """Or a few times what `json.loads` makes of them: a dict of one short member has forty times its bytes."""
    frames = encoded(BOTH[name, member](COUNT))
    pieces = pieces_of(frames)
    texts = [text for frame in frames for text in texts_in(json.loads(frame))]
    fold_body(name, pieces)
    decoded = peak_of(lambda: [*map(json.loads, frames), *map(values_of, texts)])
    peak, size = peak_of(lambda: fold_body(name, pieces)), sum(map(len, pieces))
    most = max(MOST_MEMORY * size, MOST_OBJECTS * decoded) + FLAT
    assert peak <= most, f"{peak / size:.1f} times {size} bytes, {peak / decoded:.1f} times what they are as objects"


def peak_of(do: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        do()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def values_of(text: str) -> list[Any]:
    """The values that stand one after the other in a text."""
    found: list[Any] = []
    at, decoder = 0, json.JSONDecoder()
    while at < len(text):
        try:
            value, at = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            break
        found.append(value)
    return found
