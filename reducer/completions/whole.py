"""A whole message in the place of deltas, or beside them: what of it has not come yet, and what contradicts.

Some servers answer a request for a stream by the whole; others send it after its deltas, or with each of them.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from attrs import evolve

from . import think_tags
from .calls import Call, Calls
from .chunk import CallDelta, Delta
from .reasoning_details import reasoning_of
from .think_tags import Tags


class Compared(NamedTuple):
    """A whole text held against what came of it.

    Attributes:
        missing: the end of it that has not come.
        verdict: "stale": more came than it has; "contradicted": something else came.
    """

    missing: str = ""
    verdict: Literal["", "stale", "contradicted"] = ""


def compare(came: str, whole: str) -> Compared:
    """What a whole says that has not come; an empty one says nothing."""
    if whole.startswith(came):
        return Compared(whole[len(came) :])
    return Compared(verdict="stale" if came.startswith(whole) else "contradicted") if whole else Compared()


def reasoning_in(delta: Delta) -> str:
    """A delta's reasoning, under whichever name."""
    piece = delta.reasoning_content or delta.reasoning or delta.reasoning_text
    return piece or (reasoning_of(delta.reasoning_details) if delta.reasoning_details else "")


def channels_of(message: Delta, tags: Tags | None) -> tuple[str, str]:
    """A whole message's reasoning and its text, where think tags may divide the content."""
    reasoning, text = reasoning_in(message), message.content or ""
    if tags is None:
        return reasoning, text
    divided, pieces = think_tags.split(evolve(tags, phase="before", held=""), text)
    pieces = [*pieces, *think_tags.flush(divided)[1]]
    inside = "".join(piece for channel, piece in pieces if channel == "reasoning")
    return reasoning + inside, "".join(piece for channel, piece in pieces if channel == "text")


def only_repeats(delta: Delta, message: Delta) -> bool:
    """Whether a message is the delta beside it once more (Foundry Local)."""
    return (message.content or "", reasoning_in(message)) == (delta.content or "", reasoning_in(delta))


def match(calls: Calls, wholes: Sequence[CallDelta]) -> list[tuple[Call | None, CallDelta]]:
    """Each whole call with the one of which it is the whole: by its id, else by its name and arguments; None if new."""
    left = list(calls.lanes)
    found: list[tuple[Call | None, CallDelta]] = []
    for whole in wholes:
        call = next((one for one in left if whole.id and whole.id in (one.id, *one.aliases)), None)
        if call is None:
            call = next((one for one in left if _may_be(one, whole)), None)
        if call is not None:
            left.remove(call)
        found.append((call, whole))
    return found


def _may_be(call: Call, whole: CallDelta) -> bool:
    """Whether a call that came under another id, or none, is this whole one."""
    name, arguments = name_and_arguments(whole)
    if call.name and call.name != name:
        return False
    return arguments.startswith(str(call.arguments)) or not (whole.id and call.id)


def name_and_arguments(whole: CallDelta) -> tuple[str, str]:
    """What a call is for, and what with, be it of a function or of a custom tool."""
    if whole.custom is not None:
        return whole.custom.name or "", whole.custom.input or ""
    function = whole.function
    return ("", "") if function is None else (function.name or "", function.arguments or "")
