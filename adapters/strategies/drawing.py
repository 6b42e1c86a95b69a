"""What the composers of streams draw with: texts, JSON for arguments, cuts, interleavings, and quirks.

All that a quirk decides comes from one number that is drawn with it, and what else is drawn does not depend on it. So a
quirk can be left out of an example without anything else in it changing: that is how examples shrink to what matters.
"""

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import cycle, islice
from random import Random
from typing import Any, TypeVar

from attrs import Factory, define, evolve, frozen
from hypothesis import strategies as st

from .expected import Arguments, Step, Units
from .quirks import Quirk

T = TypeVar("T")

TOOLS = ("get_weather", "send_message", "rm", "look_up", "get_time")
"""Names of tools."""

_WORDS = ("a", "b", " ", "Hi", "Paris", "é", "😀", '"', "\\", "\n", "\n\n", "\r\n", "\t", "\x00", "\u2028", "e\u0301")
_TRAPS = ("<think>", "</think>", "{", '{"a":1}', "[]", "null", "\\u00e9", "\\n", "data: ", "[DONE]", "👩\u200d🚀")
_KEYS = ("city", "n", "a", "", "{", ":", '"', "é😀")
_SPACINGS = ((",", ":"), (", ", ": "), (",\n ", ": "))
_PROSE = (
    "I will look that up. In Lisbon it is 21 °C and sunny today, so you need no coat.\n\n"
    "- **Train**: leaves at 9:05, 2 h 49 min, 31.60 €\n- **Bus**: leaves at 9:30, 3 h 15 min\n\n"
    '```python\nprint({"city": "São Paulo"})\n```\n'
)
_MAX_WORDS = 120  # of prose in one text
_MAX_PIECES = 128  # of one text
_ROLLS = 256  # numbers of a quirk
_MAX_LIKELY = 5  # quirks on average


def texts() -> st.SearchStrategy[str]:
    """Texts that are not empty: plain words first, then what trips careless readers, then as long as answers are."""
    pieces = st.sampled_from(_WORDS + _TRAPS) | st.text(min_size=1, max_size=4)
    few = st.lists(pieces, min_size=1, max_size=5).map("".join)
    return st.one_of(few, few, few, st.integers(1, _MAX_WORDS).map(_prose))


def _prose(count: int) -> str:
    """So many words of an answer."""
    return " ".join(islice(cycle(_PROSE.split(" ")), count))


def objects(said: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, Any]]:
    """JSON objects to call a tool with."""
    scalars = said | st.integers() | st.booleans() | st.none()
    values = st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(_KEYS), inner, max_size=2),
        max_leaves=4,
    )
    return st.dictionaries(st.sampled_from(_KEYS), values, max_size=3)


@frozen(kw_only=True)
class Choices:
    """What a composer may choose from.

    Attributes:
        quirks: those that a stream may have.
        texts: what is said.
        objects: what calls are called with.
        names: what tools there are.
        maybe: a text or nothing.
        rarely: a text or, mostly, nothing.
        most: how many calls, or output items, at most.
        interleave: whether lanes may come interleaved.
    """

    quirks: Sequence[Quirk]
    texts: st.SearchStrategy[str]
    maybe: st.SearchStrategy[str | None]
    rarely: st.SearchStrategy[str | None]
    objects: st.SearchStrategy[dict[str, Any]]
    names: st.SearchStrategy[str]
    most: int
    interleave: bool


@define
class Pen:
    """Draws, and remembers which quirks took effect.

    Attributes:
        allowed: the quirks that were drawn for this stream, with their numbers; some need what it does not have.
        used: those that took effect.
    """

    draw: st.DrawFn
    choices: Choices
    allowed: dict[Quirk, int] = Factory(dict)
    used: set[Quirk] = Factory(set)
    rolls: dict[Quirk, Random] = Factory(dict)

    @classmethod
    def drawn(cls, draw: st.DrawFn, choices: Choices) -> "Pen":
        """A pen for one stream."""
        pen = cls(draw, choices)
        several = st.integers(0, min(len(choices.quirks), _MAX_LIKELY))
        while draw(several):
            quirk, number = pen.span(pen.quirk)
            pen.allowed.setdefault(quirk, number)
        return pen

    def quirk(self) -> tuple[Quirk, int]:
        """A quirk with its number."""
        return self.choices.quirks[self.below(len(self.choices.quirks))], self.below(_ROLLS)

    # What quirks decide

    def allows(self, *quirks: Quirk) -> bool:
        """Whether the stream may have any of these quirks."""
        return any(quirk in self.allowed for quirk in quirks)

    def use(self, quirk: Quirk, applies: bool = True) -> bool:
        """Whether the stream has this quirk, which takes effect here."""
        if applies and quirk in self.allowed:
            self.used.add(quirk)
            return True
        return False

    def one_of(self, *quirks: Quirk) -> Quirk | None:
        """One of these quirks, if the stream may have any; they exclude each other."""
        known = [quirk for quirk in quirks if quirk in self.allowed]
        return min(known, key=self.allowed.__getitem__) if known else None

    def roll(self, quirk: Quirk, count: int) -> int:
        """A number from 0 up to, and without, `count`, for a quirk that the stream may have; 0 is simplest."""
        number = self.allowed[quirk]
        if quirk not in self.rolls:
            self.rolls[quirk] = Random(number)
            return number % count
        return self.rolls[quirk].randrange(count) if number else 0

    def sometimes(self, quirk: Quirk, applies: bool = True) -> bool:
        """Whether a quirk takes effect here, where it can do so again and again; the first time it mostly does."""
        return applies and quirk in self.allowed and self.roll(quirk, 4) < 3 and self.use(quirk)

    def insert(self, quirk: Quirk, steps: list[Step], step: Step, last: int) -> None:
        """Put a step, which is the quirk, anywhere up to some place, perhaps twice."""
        for _ in range(1 + self.roll(quirk, 2)):
            steps.insert(self.roll(quirk, last + 1), step)

    # What is drawn

    def span(self, make: Callable[[], T]) -> T:
        """What is made by drawing, as one thing that shrinks on its own."""
        return self.draw(_span(make))

    def flip(self) -> bool:
        """Yes or no; no is simpler."""
        return self.draw(st.booleans())

    def below(self, count: int) -> int:
        """A number from 0 up to, and without, `count`."""
        return self.draw(st.integers(0, max(0, count - 1)))

    def text(self) -> str:
        """A text."""
        return self.draw(self.choices.texts)

    def maybe(self) -> str | None:
        """A text, or nothing."""
        return self.draw(self.choices.maybe)

    def cut(self, text: str) -> list[str]:
        """A text in pieces, none of them empty; whole is simplest, then a few cuts, then pieces of one length."""
        return self.span(lambda: self._cut(text))

    def _cut(self, text: str) -> list[str]:
        if not self.flip() or len(text) < 2:
            return [text] if text else []
        if self.below(4) == 3:  # as models say it: a token a chunk, or a character
            size = max(1 + self.below(8), -(-len(text) // _MAX_PIECES))
            return [text[begin : begin + size] for begin in range(0, len(text), size)]
        places = {1 + self.below(len(text) - 1)}
        while len(places) < 5 and self.flip():
            places.add(1 + self.below(len(text) - 1))
        at = sorted(places)
        return [text[begin:end] for begin, end in zip([0, *at], [*at, len(text)], strict=True)]

    def mixes(self, lanes: Sequence[Sequence[T]]) -> bool:
        """Whether lanes come interleaved."""
        return self.choices.interleave and sum(map(bool, lanes)) > 1 and self.flip()

    def merged(self, lanes: Sequence[Sequence[T]], mixed: bool) -> list[T]:
        """Lanes, one after the other or interleaved."""
        return merged(lanes, self.below) if mixed else [step for lane in lanes for step in lane]

    def shuffled(self, quirk: Quirk, lanes: Sequence[Sequence[T]]) -> list[T]:
        """Lanes, interleaved as the quirk has it: never simply one after the other."""
        return merged(lanes, lambda count: count - 1 - self.roll(quirk, count))


@st.composite
def _span(draw: st.DrawFn, make: Callable[[], T]) -> T:
    """What is made by drawing, which no function given to `map` may do: Hypothesis also calls these without drawing."""
    draw(st.none())
    return make()


def merged(lanes: Sequence[Sequence[T]], choose: Callable[[int], int]) -> list[T]:
    """One order of all lanes' entries that keeps each lane's own.

    Args:
        lanes: what to merge.
        choose: which one of so many lanes goes on.
    """
    left = [iter(lane) for lane in lanes]
    counts = [len(lane) for lane in lanes]
    order: list[T] = []
    while any(counts):
        open_ones = [at for at, count in enumerate(counts) if count]
        at = open_ones[choose(len(open_ones)) if len(open_ones) > 1 else 0]
        counts[at] -= 1
        order.append(next(left[at]))
    return order


def redelivered(steps: Sequence[T], stretches: Collection[tuple[int, int]], numbered: Sequence[bool]) -> list[T]:
    """Steps, with some delivered again.

    Args:
        steps: what is delivered.
        stretches: after which step some come again, and how many of those before it.
        numbered: which steps may come again.
    """
    delivered: list[T] = []
    for at, step in enumerate(steps):
        delivered.append(step)
        for end, length in stretches:
            if end == at:
                delivered += [steps[back] for back in range(max(0, at - length), at + 1) if numbered[back]]
    return delivered


def written(
    pen: Pen, members: Sequence[tuple[str, Any]], thoughts_key: str | None = None, answer_key: str | None = None
) -> Arguments:
    """A JSON object of these members in one of the ways to write it, and where in it the thoughts and the answer are.

    The two keys name the members, at the top level and text, that these are.
    """
    if not members:
        return Arguments("{}")
    comma, colon = _SPACINGS[pen.below(len(_SPACINGS))]
    ascii_only = pen.flip()
    text = "{"
    units: dict[str | None, Units] = {}
    for at, (key, value) in enumerate(members):
        text += (comma if at else "") + json.dumps(key, ensure_ascii=ascii_only) + colon
        if isinstance(value, str) and key in (thoughts_key, answer_key):
            units[key] = tuple(_units(value, len(text) + 1, ascii_only))
        text += json.dumps(value, ensure_ascii=ascii_only, separators=(comma, colon))
    return Arguments(text + "}", units.get(thoughts_key, ()), units.get(answer_key, ()))


def _units(value: str, begin: int, ascii_only: bool) -> Iterator[tuple[int, str]]:
    """Where each character of a string ends that is written as JSON from `begin` on."""
    for character in value:
        begin += len(json.dumps(character, ensure_ascii=ascii_only)) - 2
        yield begin, character


def unsaid(step: Step) -> Step:
    """A step whose chunk comes once more, and adds nothing."""
    return evolve(step, meant=(), role="again")
