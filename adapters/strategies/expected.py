"""What a stream says by construction: whoever composes a chunk notes down what it is meant to say.

Nothing here looks at a chunk: the notes are summed up, so that a fold can be compared with them. Composers of streams
with texts in other shapes (`adapters.strategies.compose_chat`, `adapters.strategies.compose_events`) share this.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Literal, TypeAlias

from attrs import Factory, define, evolve, frozen

from ...reducer.ends import Outcome
from ...reducer.usage import Usage
from ..utf16 import as_characters
from .composed import Call, Says

Lane: TypeAlias = tuple[int, int]
"""Which answer of the stream, and which item or call of it."""
Channel: TypeAlias = Literal["text", "reasoning", "summary", "refusal", "arguments"]
Units: TypeAlias = tuple[tuple[int, str], ...]
"""Where in a JSON text each character of a string in it ends, and that character."""


@frozen(kw_only=True)
class Intent:
    """What a chunk is meant to say.

    Attributes:
        lane: whom it is about.
        adds: to the text of that lane's channel and part.
        whole: what is put in that text's place.
        id: the call's id; the first one counts.
        name: what it adds to the call's name.
        called: the call's whole name.
        custom: whether the call is one of a custom tool; None if this does not tell.
        begins: the lane begins, whether or not anything is said of it.
        closes: the call is whole.
        completes: all calls of the answer are whole.
        usage: what is reported.
        reason: why the answer ended.
        over: the wire says that the answer is over, or (False) that there is another one.
        fails: the answer failed.
        cancels: the answer was cancelled.
        loses: something of any call may have been lost.
        strays: the lane's arguments may be another's, or others its own.
    """

    lane: Lane = (0, 0)
    channel: Channel = "text"
    part: int = 0
    adds: str = ""
    whole: str = ""
    id: str | None = None
    name: str = ""
    called: str = ""
    custom: bool | None = None
    begins: bool = False
    closes: bool = False
    completes: bool = False
    usage: Usage | None = None
    reason: str = ""
    over: bool | None = None
    fails: bool = False
    cancels: bool = False
    loses: bool = False
    strays: bool = False


@frozen
class Step:
    """A chunk, and what it is meant to say.

    Attributes:
        role: what its composer calls it.
        rank: the place of its number among those of its answer's items.
    """

    chunk: Any
    meant: tuple[Intent, ...] = ()
    role: str = ""
    rank: int = -1

    def plus(self, **more: Any) -> "Step":
        """This step, with more meant."""
        return evolve(self, meant=(*self.meant, Intent(**more)))


@frozen
class Arguments:
    """The arguments of a call: JSON text, or raw text.

    Attributes:
        thoughts: where the text has the thoughts.
        answer: where the text has the answer.
    """

    text: str
    thoughts: Units = ()
    answer: Units = ()


@define
class LaneSo:
    """A lane so far.

    Attributes:
        doubted: it is not safe to run though it is closed and its arguments are whole.
        strays: nothing says whether its arguments are its own.
        differs: a whole of its arguments was another than their pieces.
        lacks: something may have been lost of its arguments; settled: nothing can be any more.
    """

    texts: dict[tuple[Channel, int], str] = Factory(dict)
    id: str | None = None
    name: str = ""
    custom: bool = False
    closed: bool = False
    doubted: bool = False
    strays: bool = False
    differs: bool = False
    lacks: bool = False
    settled: bool = False

    def joined(self, channel: Channel, between: str = "") -> str:
        """The texts of a channel, by their part."""
        texts = (as_characters(text) for (of, _), text in sorted(self.texts.items()) if of == channel and text)
        return between.join(texts)


@define
class Expected:
    """The sum of what steps are meant to say.

    Attributes:
        lanes: in order of first sight.
        contradicted: a whole put another text in place of a text.
        lengthened: a whole went on.
    """

    lanes: dict[Lane, LaneSo] = Factory(dict)
    usage: Usage = Usage()
    reasons: list[str] = Factory(list)
    over: bool = False
    failed: bool = False
    cancelled: bool = False
    contradicted: bool = False
    lengthened: bool = False

    def take(self, step: Step) -> None:
        """Take in one more step."""
        for meant in step.meant:
            if meant.begins or meant.adds or meant.whole or meant.id is not None or meant.name or meant.closes:
                self._speak(self.lanes.setdefault(meant.lane, LaneSo()), meant)
            if meant.completes:
                for lane, so in self.lanes.items():
                    so.closed = so.closed or lane[0] == meant.lane[0]
                    so.settled = so.settled or so.closed
            for so in self.lanes.values() if meant.loses else ():
                so.lacks = so.lacks or not so.settled
            self.usage = meant.usage or self.usage
            self.reasons += [meant.reason] if meant.reason else []
            self.over = self.over if meant.over is None else meant.over
            self.failed = self.failed or meant.fails
            self.cancelled = self.cancelled or meant.cancels

    def _speak(self, so: LaneSo, meant: Intent) -> None:
        key = (meant.channel, meant.part)
        so.id = meant.id if so.id is None else so.id
        so.name = meant.called or so.name + meant.name
        so.custom = so.custom if meant.custom is None else meant.custom
        so.closed = so.closed or meant.closes
        so.strays = so.strays or meant.strays
        before = so.texts.get(key, "")
        if meant.whole:
            self.contradicted = self.contradicted or not meant.whole.startswith(before)
            self.lengthened = self.lengthened or (meant.whole != before and meant.whole.startswith(before))
            so.texts[key] = meant.whole
            so.differs = so.differs or (meant.channel == "arguments" and not meant.whole.startswith(before))
            if so.custom or is_object(meant.whole):
                so.lacks, so.settled = False, True
        elif meant.adds:
            so.texts[key] = before + meant.adds
            so.settled = so.settled or (not so.custom and is_object(so.texts[key]))
        so.settled = so.settled or so.closed

    @property
    def outcome(self) -> Outcome:
        """How the stream ended, if it ended by itself."""
        ended: Outcome = "cancelled" if self.cancelled else "completed" if self.over else "truncated"
        return "failed" if self.failed else ended

    def says(self, order: Iterable[Lane], arguments: Mapping[Lane, Arguments], speaks_by: str | None = None) -> Says:
        """What it comes to, except for the finish reason, on which the wires differ.

        Args:
            order: the lanes in the order of the result.
            arguments: of each call, whole.
            speaks_by: the name of the tool whose calls are answers, if there is one.
        """
        lanes = {lane: self.lanes[lane] for lane in order}
        reasoning = ("".join((so.joined("summary", "\n\n"), so.joined("reasoning"))) for so in lanes.values())
        return Says(
            text="".join(so.joined("text") for so in lanes.values()),
            reasoning="".join(reasoning),
            refusal="".join(so.joined("refusal") for so in lanes.values()),
            calls=tuple(_call(lanes[lane], arguments[lane], speaks_by) for lane in lanes if lane in arguments),
            usage=self.usage,
            outcome=self.outcome,
        )


def summed(steps: Iterable[Step]) -> Expected:
    """What all these steps are meant to say."""
    ledger = Expected()
    for step in steps:
        ledger.take(step)
    return ledger


def is_json(text: str) -> bool:
    """Whether a text is JSON."""
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def is_object(text: str) -> bool:
    """Whether a text is a JSON object."""
    return text[:1] == "{" and text[-1:] == "}" and is_json(text)


def _call(so: LaneSo, whole: Arguments, speaks_by: str | None) -> Call:
    came = so.joined("arguments")
    sound = not (so.doubted or so.strays or so.differs or so.lacks)
    runs = so.closed and bool(so.name) and (so.custom or is_object(came or "{}")) and sound
    return Call(
        id=so.id,
        name=so.name,
        arguments="{}" if so.closed and not so.custom and not came else came,
        complete=runs,
        kind="custom" if so.custom else "function",
        thoughts=_up_to(whole.thoughts, len(came)),
        answer=_up_to(whole.answer, len(came)) if so.name == speaks_by else "",
    )


def _up_to(units: Units, length: int) -> str:
    return "".join(character for end, character in units if end <= length)
