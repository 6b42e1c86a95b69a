"""Attacks by bytes: each costs a few times what decoding its JSON would, and no more memory than a few times its bytes.

The yardstick is `json.loads` in the same process: of all the bytes, of each unit that they come in (a line, a piece, a
value), and of ordinary JSON of that length. So the ratio is that of a machine, however busy it is.
"""

import json
import statistics
import time
import tracemalloc
from collections.abc import Callable, Iterable

import pytest
from attack.hostile_bytes import ATTACKS, Pieces
from streamfold.adapters import wire
from streamfold.adapters.errors import FrameTooLong
from streamfold.reducer import Ended, chat
from support.law_checks import MESSAGE_ID

MOST_TIMES = 20
MOST_MEMORY = 8
SIZE = 20_000
ROUNDS = 3
MEASURED = 60_000
FLAT = 4 << 20
"""Bytes that a reader takes beside its input, whatever that is: the frames of one part of a piece."""

CHUNK = {"id": "c", "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": "a word"}}]}


pytestmark = pytest.mark.usefixtures("usual_garbage")
attacks = pytest.mark.parametrize("attack", ATTACKS)


def seconds(do: Callable[[], object]) -> float:
    begin = time.process_time()
    do()
    return time.process_time() - begin


def read(pieces: Iterable[bytes], limit: int = 64 << 20) -> int:
    return sum(1 for _ in wire.read("chat", pieces, limit))


def decode_all(texts: Iterable[bytes]) -> None:
    for text in texts:
        try:
            json.loads(text)
        except (ValueError, RecursionError):
            continue


def units(pieces: Pieces) -> list[bytes]:
    """What the bytes come in, by whichever cut has most: each is a thing that has to be looked at."""
    body = b"".join(pieces)
    lines = [line.removeprefix(b"data: ") for line in body.splitlines()]
    values = [value + b"}" for value in body.removeprefix(b"data: ").split(b"}")[:-1]]
    return max((pieces, lines, values), key=len)


@pytest.mark.deep
@attacks
def test_an_attack_costs_little_more_than_decoding_json(attack: str) -> None:
    pieces = ATTACKS[attack](SIZE)
    size = sum(map(len, pieces))
    ordinary = json.dumps([CHUNK] * (size // len(json.dumps(CHUNK)) + 1)).encode()
    texts = [b"".join(pieces), ordinary, *units(pieces)]
    read(pieces)
    ratios = [seconds(lambda: read(pieces)) / seconds(lambda: decode_all(texts)) for _ in range(ROUNDS)]
    assert statistics.median(ratios) <= MOST_TIMES, ratios


@pytest.mark.deep
@attacks
def test_an_attack_of_twice_the_bytes_costs_twice(attack: str) -> None:
    short, long = ATTACKS[attack](SIZE // 2), ATTACKS[attack](SIZE * 2)
    read(short)
    ratios = [seconds(lambda: read(long)) / max(1e-4, seconds(lambda: read(short))) for _ in range(3)]
    assert statistics.median(ratios) < 12, ratios  # four times, and sixteen if it were quadratic


@pytest.mark.deep
@attacks
def test_an_attack_takes_a_few_times_its_bytes_of_memory(attack: str) -> None:
    pieces = ATTACKS[attack](MEASURED)
    size = sum(map(len, pieces))
    wire.decoder("chat")(b"{}")
    tracemalloc.start()
    try:
        for _ in wire.read("chat", pieces):
            pass
        assert tracemalloc.get_traced_memory()[1] <= MOST_MEMORY * size + FLAT // 12
    finally:
        tracemalloc.stop()


@pytest.mark.deep
@pytest.mark.parametrize("size", [1, 3, 1 << 14, 1 << 20])
def test_beyond_the_limit_memory_is_flat(size: int) -> None:
    """A line that never ends is let go at the limit, however much more would come."""
    limit, sent = 60_000, 0

    def endless() -> Iterable[bytes]:
        nonlocal sent
        yield b"data: "
        while True:
            sent += size
            yield b"x" * size

    tracemalloc.start()
    try:
        with pytest.raises(FrameTooLong):
            read(endless(), limit)
        assert tracemalloc.get_traced_memory()[1] <= MOST_MEMORY * limit + 2 * size
    finally:
        tracemalloc.stop()
    assert sent <= limit + 2 * size


@pytest.mark.deep
@pytest.mark.parametrize("attack", ["comments", "JSON lines of nothing", "errors as fields"])
def test_frames_that_are_read_are_let_go(attack: str) -> None:
    made = ATTACKS[attack](40_000)
    tracemalloc.start()
    try:
        read(piece for _ in range(2) for piece in made)
        assert tracemalloc.get_traced_memory()[1] < FLAT
    finally:
        tracemalloc.stop()


@attacks
def test_an_attack_folds_to_an_end(attack: str) -> None:
    state, _ = chat.start(chat.Config(message_id=MESSAGE_ID))
    for chunk in wire.read("chat", ATTACKS[attack](3_000)):
        state, _ = chat.step(state, chunk)
    assert chat.result(chat.finish(state, Ended())[0]).outcome in ("truncated", "failed", "completed")
