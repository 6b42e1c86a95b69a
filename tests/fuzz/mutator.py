"""A mutator that knows what a stream is: it works on frames, and on the JSON inside them, and sometimes on bytes.

It is a pure function of its arguments, the one for bytes excepted, which the fuzzer brings along.
"""

import json
from collections.abc import Callable
from random import Random
from typing import Any

from fuzz.grammar import ODD, Grammar, written
from fuzz.streams import HEAD

MutateBytes = Callable[[bytes, int], bytes]
"""The fuzzer's own mutation: of these bytes, to at most so many."""

STREAMS = ("chat", "inner_thoughts", "responses", "laws", "growth", "limits")
_BLANK = b"\n\n"


class Mutator:
    """Mutates the inputs of one target."""

    def __init__(self, target: str, mutate_bytes: MutateBytes) -> None:
        self._target = target
        self._mutate_bytes = mutate_bytes

    def mutate(self, given: bytes, max_size: int, seed: int) -> bytes:
        """Another input, made of this one."""
        random = Random(seed)
        if self._target in STREAMS:
            made = self._stream(given, max_size, random)
        elif random.random() < 0.5:
            made = self._mutate_bytes(given, max_size)
        elif self._target == "cassette":
            made = self._lines(given, random)
        elif self._target == "framer":
            made = random.randbytes(2) + self._lines(given[2:], random)
        else:
            head = {"json": 2, "tolerant": 1}.get(self._target, 0)
            made = given[:head] + self._json(given[head:], random)
        return made[:max_size]

    def cross(self, one: bytes, other: bytes, max_size: int, seed: int) -> bytes:
        """An input that begins like one and goes on like another."""
        random = Random(seed)
        mark = _BLANK if self._target in STREAMS else b"\n"
        first, second = one.split(mark), other[HEAD * (mark == _BLANK) :].split(mark)
        kept = [*first[: random.randint(0, len(first))], *second[random.randint(0, len(second)) :]]
        return mark.join(kept)[:max_size]

    def _stream(self, given: bytes, max_size: int, random: Random) -> bytes:
        head, body = given[:HEAD].ljust(HEAD, b"0"), given[HEAD:]
        wire = self._target
        if wire in ("laws", "growth", "limits"):
            wire = STREAMS[head[-1] % 3]
        frames = [frame + _BLANK for frame in body.replace(b"\r\n", b"\n").split(_BLANK) if frame.strip()]
        for _ in range(random.choice((1, 1, 2, 3, 5))):
            draw = random.random()
            if draw < 0.12:
                at = random.randrange(HEAD)
                head = (
                    head[:at]
                    + bytes([random.choice((48 + random.randrange(10), random.randrange(256)))])
                    + head[at + 1 :]
                )
            elif draw < 0.22 and body:
                return (head + self._mutate_bytes(b"".join(frames), max_size - HEAD))[:max_size]
            elif draw < 0.5 or not frames:
                frames.insert(random.randint(0, len(frames)), Grammar(random).frame(wire))
            elif draw < 0.65:
                frames = _rearranged(frames, random)
            else:
                at = random.randrange(len(frames))
                frames[at] = self._frame(frames[at], random)
        while frames and len(head) + sum(map(len, frames)) > max_size:
            frames.pop(random.randrange(len(frames)))
        return head + b"".join(frames)

    def _frame(self, frame: bytes, random: Random) -> bytes:
        before, mark, after = frame.partition(b"data:")
        if not mark:
            return self._json(frame, random).strip() + _BLANK
        return before + b"data: " + self._json(after.strip(), random) + _BLANK

    def _lines(self, given: bytes, random: Random) -> bytes:
        lines = given.split(b"\n")
        if random.random() < 0.3:
            lines = _rearranged(lines, random)
        at = random.randrange(len(lines))
        lines[at] = self._json(lines[at], random)
        return b"\n".join(lines)

    def _json(self, text: bytes, random: Random) -> bytes:
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            return self._mutate_bytes(text, len(text) + 16)
        try:
            return written(mutated(value, random), random)
        except RecursionError:
            return text


def _rearranged(frames: list[bytes], random: Random) -> list[bytes]:
    frames = list(frames)
    one, other = random.randrange(len(frames)), random.randrange(len(frames))
    draw = random.random()
    if draw < 0.3:
        frames[one], frames[other] = frames[other], frames[one]
    elif draw < 0.6:
        frames.insert(one, frames[other])
    elif draw < 0.8 or len(frames) == 1:
        frames[one:one] = frames[other : other + random.randint(1, 4)]
    else:
        del frames[one]
    return frames


def mutated(value: Any, random: Random) -> Any:
    """A JSON value with one place in it changed."""
    places = list(_places(value))
    holder, key = random.choice(places) if places else (None, None)
    if holder is None:
        return random.choice(ODD)
    old = holder[key]
    draw = random.random()
    if draw < 0.15:
        del holder[key]
    elif draw < 0.3:
        holder[key] = random.choice(ODD)
    elif draw < 0.5:
        other, name = random.choice(places)
        holder[key] = json.loads(json.dumps(other[name]))
    elif draw < 0.65 and isinstance(old, str):
        holder[key] = _other_text(old, random)
    elif draw < 0.75 and isinstance(old, int):
        holder[key] = old + random.choice((-1, 1, 1, 2, 100, 2**31, 10**30))
    elif draw < 0.8:
        holder[key] = [old] if random.random() < 0.5 else {"type": "text", "text": old}
    elif isinstance(holder, list):
        holder.insert(key, random.choice((old, Grammar(random).odd())))
    else:
        grammar = Grammar(random)
        made = random.choice((grammar.event, grammar.delta, grammar.call, grammar.item, grammar.choice))()
        name = random.choice(list(made) or ["x"])
        holder[name] = made.get(name)
    return value


def _places(value: Any) -> Any:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in list(members):
        yield value, key
        yield from _places(member)


def _other_text(text: str, random: Random) -> str:
    at = random.randint(0, len(text))
    draw = random.random()
    if draw < 0.35:
        return text[:at]
    if draw < 0.7:
        return text[:at] + Grammar(random).piece() + text[at:]
    return text[at:] + text[:at] if draw < 0.85 else text * random.choice((2, 2, 40))
