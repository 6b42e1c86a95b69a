"""A whole message in the place of deltas, or beside them: what of it has not come yet, and what contradicts.

Some servers answer a request for a stream by the whole; others send it after its deltas, or with each of them. Some
send the whole, and then the same once more in deltas: what follows a whole is compared with it from its start, channel
by channel (`Echo`). What is equal is not said again; from the first difference on all of it is text like any other.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from typing import Any, Literal, NamedTuple, TypeAlias, get_args

from ..values.frozen_value import evolve, value
from ..values.halves import ends_in_half, is_followed_by_half
from ..values.json_values import as_object
from ..values.text import Text
from . import think_tags
from .chunk import CallDelta, Delta
from .reasoning_details import reasoning_of
from .think_tags import Tags
from .tool_calls.arguments import says_the_same
from .tool_calls.call import Call
from .tool_calls.calls import Calls

MOST_TRIED = 64
"""Calls that a whole one is held against."""
_MOST_READ = 8  # of these, token by token
Channel: TypeAlias = Literal["text", "reasoning", "refusal"]
"""What text of an answer belongs to, beside tool calls."""
CHANNELS: tuple[Channel, ...] = get_args(Channel)
Piece: TypeAlias = tuple[Channel, str]
"""A stretch of what a message says, and its channel."""


BLOCKS = frozenset({"reasoning_details", "thinking_blocks"})
"""The members in which reasoning comes as blocks, signed: pieces of one, or all of it."""


class Compared(NamedTuple):
    """A whole text held against what came of it.

    Attributes:
        missing: the end of it that has not come.
        verdict: "stale": more came than it has; "contradicted": something else came.
    """

    missing: str = ""
    verdict: Literal["", "stale", "contradicted"] = ""


def compare(came: Text, whole: str) -> Compared:
    """What a whole says that has not come, in time that grows with the whole alone; an empty one says nothing."""
    if came.begins(whole):
        return Compared(whole[len(came) :])
    if not whole:
        return Compared()
    known = came.between(0, len(whole))
    cut = ends_in_half(whole) and known[:-1] == whole[:-1] and is_followed_by_half(known[-1:], whole[-1])
    return Compared(verdict="stale" if known == whole or cut else "contradicted")


def reasoning_in(delta: Delta) -> str:
    """A delta's reasoning, under whichever name."""
    piece = delta.reasoning_content or delta.reasoning or delta.reasoning_text
    return piece or (reasoning_of(delta.reasoning_details) if delta.reasoning_details else "")


def reasoning_member(delta: Delta) -> str | None:
    """The member by which a delta's reasoning came (`ReasoningPart.member`); None if it has none."""
    if delta.reasoning_content:
        return "reasoning_content" if delta.reasoning_source is None else delta.reasoning_source
    if delta.reasoning:
        return "reasoning"
    if delta.reasoning_text:
        return "reasoning_text"
    return "reasoning_details" if delta.reasoning_details and reasoning_of(delta.reasoning_details) else None


def is_thought(delta: Delta) -> bool:
    """Whether a provider says of the content that it is reasoning (Gemini)."""
    if delta.extra_content and as_object(as_object(delta.extra_content).get("google")).get("thought") is True:
        return True
    return delta.thought is True


def pieces_of(message: Delta, tags: Tags | None, speaking: bool) -> list[Piece]:
    """What a whole message says, in its own order as far as it has one.

    Args:
        message: the whole message.
        tags: what think tags may divide its content.
        speaking: whether the run of the answer's text is open, so that the text goes before reasoning beside it.
    """
    pieces: list[Piece] = []
    rest = None if tags is None else evolve(tags, phase="before", held="")
    for channel, piece in message.content_parts or (("text", message.content or ""),):
        if rest is None or channel != "text":
            pieces.append((channel, piece))
        else:
            rest, divided = think_tags.split(rest, piece)
            pieces += divided
    if rest is not None:
        pieces += think_tags.flush(rest)[1]
    if is_thought(message):
        pieces = [("reasoning", piece) for _, piece in pieces]
    reasoning = reasoning_in(message)
    if not message.content_parts and reasoning != joined(pieces, "reasoning"):  # else it is said under two names
        pieces.insert(len(pieces) if speaking else 0, ("reasoning", reasoning))
    return [*pieces, ("refusal", message.refusal or "")]


def joined(pieces: Sequence[Piece], *channels: str) -> str:
    """The text of some channels."""
    return "".join(piece for channel, piece in pieces if channel in channels)


def ends_of(pieces: Sequence[Piece], missing: Mapping[str, int]) -> list[Piece]:
    """The last so many characters of each channel, in their order."""
    known = {channel: len(joined(pieces, channel)) - count for channel, count in missing.items()}
    found: list[Piece] = []
    for channel, piece in pieces:
        found.append((channel, piece[known[channel] :]))
        known[channel] = max(0, known[channel] - len(piece))
    return [piece for piece in found if piece[1]]


def only_repeats(delta: Delta, message: Delta) -> bool:
    """Whether a message is the delta beside it once more (Foundry Local), and has nothing that the delta lacks."""
    texts = (message.content or "", reasoning_in(message)) == (delta.content or "", reasoning_in(delta))
    return texts and all(getattr(message, name) in (None, (), getattr(delta, name)) for name in _BESIDE_TEXTS)


_BESIDE_TEXTS = ("refusal", "tool_calls", "function_call", "annotations", "executed_tools", "reasoning_details")


def match(calls: Calls, wholes: Sequence[CallDelta]) -> list[tuple[Call | None, CallDelta]]:
    """Each whole call with the one of which it is the whole; None if it is new.

    That is the one with its id; else one of its name that says the same, or its beginning; else, where as many are left
    as came, and more than one, the one at its place; else one that has no arguments, or comes without an id. Of the
    calls that none was matched with yet, the first are looked at, beside the one that its id means.
    """
    matching = _Matching(calls, wholes)
    matching.by_ids()
    matching.by(_says_it, MOST_TRIED)
    matching.by(_says_the_same, _MOST_READ)
    matching.by(_begins_it, MOST_TRIED)
    matching.by_places()
    matching.by(_may_be, MOST_TRIED)
    return list(zip(matching.found, wholes, strict=True))


class _Matching:
    """Whole calls on the way to the calls that they are the wholes of.

    Attributes:
        found: the call of each; None while there is none.
    """

    def __init__(self, calls: Calls, wholes: Sequence[CallDelta]) -> None:
        self.calls, self.wholes = calls, wholes
        self._said = [(*name_and_arguments(whole), whole.id) for whole in wholes]
        self.found: list[Call | None] = [None] * len(wholes)
        self._taken = set[int]()
        self._first = 0

    def by_ids(self) -> None:
        """Match by the ids that calls have, in the order of the wholes."""
        for at, whole in enumerate(self.wholes):
            known = self.calls.keys.get(whole.id) if whole.id else None
            if known is None:
                continue
            call = self.calls.lanes.get(known)
            if known not in self._taken and _has_id(call, whole.id):
                self._take(at, call)
            else:
                self._take(at, next((one for one in self._left() if _has_id(one, whole.id)), None))

    def by(self, alike: Callable[[Call, str, str, str | None], bool], most: int) -> None:
        """Match each that has no call yet with the first of those left that is like it, of so many at most."""
        for at, said in enumerate(self._said):
            if self.found[at] is None:
                self._take(at, next((one for one in self._left()[:most] if alike(one, *said)), None))

    def by_places(self) -> None:
        """Match the rest in their order, if as many calls are left, and each has the name of its whole."""
        rest = [at for at, call in enumerate(self.found) if call is None]
        left = self._left() if len(self.calls.lanes) <= MOST_TRIED else []
        pairs = list(zip(rest, left, strict=True)) if len(rest) == len(left) > 1 else []
        if all(call.name == self._said[at][0] for at, call in pairs):
            for at, call in pairs:
                self._take(at, call)

    def _take(self, at: int, call: Call | None) -> None:
        if call is not None:
            self.found[at] = call
            self._taken.add(call.position)

    def _left(self) -> list[Call]:
        lanes = self.calls.lanes
        while self._first < len(lanes) and (self._first in self._taken or not lanes.get(self._first).is_own):
            self._first += 1
        places = (at for at in range(self._first, len(lanes)) if at not in self._taken)
        return [one for one in map(lanes.get, islice(places, MOST_TRIED)) if one.is_own]


def _has_id(call: Call, call_id: str | None) -> bool:
    return call.is_own and bool(call_id) and call_id in (call.id, *call.aliases)


def _says_it(call: Call, name: str, arguments: str, _: str | None) -> bool:
    return len(call.arguments) == len(arguments) and _begins_it(call, name, arguments, _)


def _says_the_same(call: Call, name: str, arguments: str, _: str | None) -> bool:
    """Whether a call that came under another id is this whole one in another spelling."""
    return call.name == name and call.kind == "function" and says_the_same(call, arguments or "{}")


def _begins_it(call: Call, name: str, arguments: str, _: str | None) -> bool:
    return call.name == name and bool(call.arguments) and call.arguments.begins(arguments)


def _may_be(call: Call, name: str, arguments: str, call_id: str | None) -> bool:
    """Whether a call that came under another id, or none, is this whole one."""
    if call.name and call.name != name:
        return False
    return call.arguments.begins(arguments) or not (call_id and call.id)


def name_and_arguments(whole: CallDelta) -> tuple[str, str]:
    """What a call is for, and what with, be it of a function or of a custom tool."""
    if whole.custom is not None:
        return whole.custom.name or "", whole.custom.input or ""
    function = whole.function
    return ("", "") if function is None else (function.name or "", function.arguments or "")


OVER = -1
"""In place of how much came again: something else did."""


@value
class Echo:
    """How much of a whole answer has come again.

    Attributes:
        text, reasoning, refusal: characters of it.
        calls: how many tool calls the answer has: the next ones may be these, in order.
        over: whether a finish word came with the answer, so that its beginning alone is a repetition as well.
    """

    text: int = 0
    reasoning: int = 0
    refusal: int = 0
    calls: int = 0
    over: bool = True

    @property
    def is_partial(self) -> bool:
        """Whether a beginning of some channel has come again, and not the rest."""
        return max(self.text, self.reasoning, self.refusal) > 0

    def read(self, channel: str, known: Text, piece: str) -> "tuple[Echo, str, int]":
        """Compare a piece of a channel.

        Args:
            channel: its name.
            known: what the channel has.
            piece: what comes.

        Returns:
            What has come again then; what is new; how many times all of it has come again.
        """
        at = getattr(self, channel)
        if at == OVER:
            return self, piece, 0
        same = known.repeated_in(at, piece)
        count, after = divmod(at + same, len(known))
        if same < len(piece):
            return self._with(channel, OVER), known.between(0, 0 if same else at) + piece[same:], count
        return self._with(channel, after), "", count

    def _with(self, channel: str, at: int) -> "Echo":
        changed: dict[str, Any] = {channel: at}
        return evolve(self, **changed)


def echo_of(text: Text, reasoning: Text, refusal: Text, calls: int, over: bool) -> Echo | None:
    """Before anything came after a whole answer of these; None if it has nothing that can come again."""
    text_at, reasoning_at, refusal_at = (0 if channel else OVER for channel in (text, reasoning, refusal))
    echo = Echo(text_at, reasoning_at, refusal_at, calls, over)
    return None if calls == 0 and (text_at, reasoning_at, refusal_at) == (OVER, OVER, OVER) else echo
