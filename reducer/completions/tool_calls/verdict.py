"""Why a tool call of Chat Completions is not safe to run: what the wire said of the answer, and how the call came."""

from collections.abc import Iterator
from typing import Literal

from ...doubts import AT_LIMIT, STILL_OPEN, UNNAMED, Doubt, Doubted, doubts_of_arguments
from ...values.json_status import SPACES
from ..envelope import CompletionsEnvelope
from ..finish_words import FinishClass, finish_class
from .arguments import MAX_NOTHING, is_placeholder
from .call import Call

_OF_WORDS: dict[FinishClass, tuple[Doubt, str]] = {
    "cut off": (Doubt.CUT_OFF, "the answer was cut off"),
    "filtered": (Doubt.CUT_OFF, "a content filter cut the answer off"),
    "error": (Doubt.CUT_OFF, "the provider broke off"),
    "unknown": (Doubt.UNKNOWN_FINISH_WORD, "the answer ended with a word that is not known to mean success"),
}
_ORDER = {doubt: at for at, doubt in enumerate(Doubt)}


def arguments_of(call: Call, closed: bool) -> str:
    """The arguments as a result has them: absent ones, and a lone null, are no arguments once the call is closed."""
    arguments = str(call.arguments)
    said = arguments.strip(SPACES) if len(arguments) < MAX_NOTHING else arguments
    return "{}" if closed and call.kind == "function" and said in ("", "null") else arguments


def is_closed(call: Call, envelope: CompletionsEnvelope, closing: str = "") -> bool:
    """Whether the wire said that the call is over, and cut nothing off."""
    return envelope.closed and (bool(closing) or call.closed is not None)


def doubts_of(
    call: Call, envelope: CompletionsEnvelope, closing: Literal["", "word", "done"] = ""
) -> tuple[Doubted, ...]:
    """The doubts about a call, each once.

    Args:
        call: the call.
        envelope: what the wire said beside it.
        closing: what closes the call now: a finish word, or `[DONE]` alone.
    """
    found = {doubted.doubt: doubted for doubted in (*_found(call, envelope, closing), *(call.closed or ()))}
    return tuple(sorted(found.values(), key=lambda doubted: _ORDER[doubted.doubt]))


def _found(call: Call, envelope: CompletionsEnvelope, closing: str) -> Iterator[Doubted]:
    reading = call.reading
    if not call.name.strip():
        yield UNNAMED
    if call.kind == "function" and (reading.whole < 0 or reading.conflict):
        yield from doubts_of_arguments(arguments_of(call, is_closed(call, envelope, closing)))
    for word in envelope.finish_reasons:
        if finish_class(word) in _OF_WORDS:
            yield Doubted(*_OF_WORDS[finish_class(word)])
    if envelope.more_reasons:
        yield Doubted(Doubt.UNKNOWN_FINISH_WORD, "more finish words came than are kept")
    yield from _unfinished(call, envelope, closing)
    # What may only hold the place of arguments is not known to be whole.
    if (envelope.lost if reading.whole < 0 or is_placeholder(call) else reading.whole) > reading.lost:
        yield Doubted(Doubt.FRAME_LOST, "a frame was lost while the arguments came")
    if call.ownership.doubt:
        yield Doubted(Doubt.ORPHAN_ARGUMENTS, call.ownership.doubt)
    late = call.closed is not None and (call.undecided or reading.held)
    if reading.conflict or late or (call.half and (closing or call.closed is not None)):
        yield Doubted(Doubt.CONFLICTING_WHOLE, "the wire says two things of the arguments")
    if envelope.limit and call.closed is None:
        yield AT_LIMIT


def _unfinished(call: Call, envelope: CompletionsEnvelope, closing: str) -> Iterator[Doubted]:
    """What the wire has not said, and should have."""
    if envelope.error is not None:
        yield Doubted(Doubt.CUT_OFF, "the answer failed")
    elif not envelope.over:
        yield STILL_OPEN
    elif (closing == "done" and call.reading.whole < 0) or (not closing and call.closed is None):
        yield Doubted(Doubt.NO_FINISH_WORD, "no word says that the call is whole")
