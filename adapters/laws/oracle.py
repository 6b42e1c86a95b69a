"""What the laws ask about a wire's chunks, beside the fold itself."""

import pickle
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any

from attrs import frozen

from ...reducer.result import Result


@frozen
class Content:
    """What the chunks of a stream hold, joined.

    Attributes:
        text: of the answer.
        reasoning: native, that is outside the arguments.
        refusal: of a model that refuses.
        arguments: of all calls, in the order of their chunks.
        calls: the arguments of each call, in order of first sight, None of one where more than naive reading tells
            them; None in place of all where it cannot tell the calls apart.
        thoughts: where reasoning rides in the arguments, that; None where naive reading cannot tell it.
        wholes: the parts' texts by channel, with what the provider sent as wholes; None where it sends none.
        contradicted: whether a whole was another than its deltas, joined.
    """

    text: str
    reasoning: str
    refusal: str
    arguments: str
    calls: tuple[str | None, ...] | None = None
    thoughts: str | None = None
    wholes: dict[str, list[str]] | None = None
    contradicted: bool = False

    @property
    def tells_arguments(self) -> bool:
        """Whether all there is of all calls' arguments is known by the chunks, and no whole is set against it."""
        return self.calls is not None and None not in self.calls and self.wholes is None


@frozen
class CallContent:
    """What the chunks of a stream say of a tool call.

    Attributes:
        arguments: as the result should have them.
        doubts: the names of the reasons not to run it.
        closed: the names of those that there were when the wire closed the call; None if it has not.
    """

    arguments: str
    doubts: frozenset[str]
    closed: frozenset[str] | None


def _unknown(chunks: Sequence[Any], config: Any) -> Content | None:
    return None


def _unknown_calls(chunks: Sequence[Any], config: Any) -> tuple[CallContent, ...] | None:
    return None


def _no_cuts(chunk: Any) -> Iterator[tuple[Any, Any]]:
    return iter(())


def _no_ordered_cuts(chunk: Any, config: Any, speaking: bool) -> Iterator[tuple[Any, Any]]:
    return iter(())


def _no_lane(chunk: Any) -> Hashable:
    return None


def _shares_nothing(chunks: Sequence[Any]) -> bool:
    return False


def _may_close(chunks: Sequence[Any], config: Any) -> bool:
    return True


def _safety_unknown(chunks: Sequence[Any], config: Any) -> tuple[bool | None, ...] | None:
    return None


def _may_be_over(chunks: Sequence[Any], config: Any) -> bool | None:
    return None


def _never_cancelled(chunks: Sequence[Any], config: Any) -> bool:
    return False


def _keeps_whatever(chunks: Sequence[Any], config: Any, result: Result) -> str | None:
    return None


def _pickled(state: Any) -> Any:
    return pickle.loads(pickle.dumps(state))


@frozen(kw_only=True)
class Oracle:
    """What is known of a wire. A law that needs a member that is left out is not checked.

    Attributes:
        content: what chunks hold, read naively; None where they are too odd for that. The config goes along.
        cuts: the ways to give a chunk as two, its delta in two pieces.
        ordered_cuts: the ways to give a chunk of several texts as two, in the order in which they are emitted, which
            the config and whether the run of the answer's text is open decide.
        lane: the tool call or output item that a chunk goes on with, or None.
        shares: whether one id stands for several lanes of these chunks, so that their order says which is which.
        closes: whether any of these chunks says that a tool call is whole.
        safe: whether each tool call of these chunks is safe to run, in order of first sight, None of one where naive
            reading does not tell; None where it does not tell the calls apart.
        calls: what they say of each call, in order; None where they are too odd for naive reading.
        announces: whether the machine emits a message when a call is closed.
        over: whether any of them says that the answer is over; None where that is not known.
        final: whether any of them is the wire's last word, after which no end changes the outcome; None where that is
            not known.
        cancelled: whether any of them says that the answer was cancelled.
        failed: whether any of them says that it failed; None where that is not known.
        kept: what a result lacks, or has too much, of the members of these chunks that no fold reads, in words.
        restored: a state that was stored, and read back.
        thoughtful: whether reasoning rides in the tool calls' arguments.
    """

    content: Callable[[Sequence[Any], Any], Content | None] = _unknown
    cuts: Callable[[Any], Iterator[tuple[Any, Any]]] = _no_cuts
    ordered_cuts: Callable[[Any, Any, bool], Iterator[tuple[Any, Any]]] = _no_ordered_cuts
    lane: Callable[[Any], Hashable] = _no_lane
    shares: Callable[[Sequence[Any]], bool] = _shares_nothing
    closes: Callable[[Sequence[Any], Any], bool] = _may_close
    safe: Callable[[Sequence[Any], Any], tuple[bool | None, ...] | None] = _safety_unknown
    calls: Callable[[Sequence[Any], Any], tuple[CallContent, ...] | None] = _unknown_calls
    announces: bool = False
    over: Callable[[Sequence[Any], Any], bool | None] = _may_be_over
    final: Callable[[Sequence[Any], Any], bool | None] = _may_be_over
    cancelled: Callable[[Sequence[Any], Any], bool] = _never_cancelled
    failed: Callable[[Sequence[Any], Any], bool | None] = _may_be_over
    kept: Callable[[Sequence[Any], Any, Result], str | None] = _keeps_whatever
    restored: Callable[[Any], Any] = _pickled
    thoughtful: bool = False


NO_ORACLE = Oracle()
"""Nothing is known: for a machine of your own."""


def beyond(whole: str, came: str) -> str:
    """What comes after a whole answer and is not that answer again, or the beginning of it."""
    while whole and came.startswith(whole):
        came = came.removeprefix(whole)
    return "" if whole.startswith(came) else came


def without_flagged_tags(text: str, reasoning: str) -> tuple[str, str]:
    """Both without the tags that Gemini puts around thoughts which it flags as well."""
    opening, closing = "<thought>", "</thought>"
    begun = reasoning.lstrip()
    space = reasoning[: len(reasoning) - len(begun)]
    if not begun.startswith(opening) or len(space) > 64:
        return text, reasoning
    inside, tag, rest = begun.removeprefix(opening).partition(closing)
    return text if tag else text.removeprefix(closing), space + inside + rest


def untagged(content: str, tags: Any) -> tuple[str, str]:
    """Text and reasoning of a whole content whose reasoning stands in tags."""
    begun = content.lstrip()
    space = content[: len(content) - len(begun)]
    for opening, closing in tags if isinstance(tags, tuple) else [("<think>", "</think>")]:
        if begun.startswith(opening) and len(space) <= 64:
            reasoning, _, text = begun.removeprefix(opening).partition(closing)
            return space + text, reasoning
    if tags == "opened":
        reasoning, _, text = content.partition("</think>")
        return text, reasoning
    return content, ""
