"""Hypothesis strategies for streams: conversations in the wire's chunks, with the quirks of providers if you like.

Each example is a `Stream`: chunks, and what they say by construction, so that whatever consumes the chunks, or the
messages that a fold makes of them, can be compared with it. A stream is composed as lanes (a text, reasoning, a
refusal, tool calls, output items), each cut anywhere, interleaved, and put into its envelope. Examples shrink towards
the shortest conversation: no quirks, no lanes, no cuts, one lane after the other, plain words.
"""

from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeVar, cast

import attrs

from ...reducer import chat, inner_thoughts, responses
from ...reducer.ends import End
from ..errors import MissingExtra
from ..laws.checker import ENDS
from ..wire.machines import MACHINES, Wire, wire_named
from .composed import Call, Says, Stream
from .quirks import ALL, RESULT_ONLY, Quirk

try:
    from hypothesis import strategies as st
    from hypothesis.errors import InvalidArgument
except ImportError as error:
    raise MissingExtra("strategies take Hypothesis: pip install 'streamfold[testing]'") from error

from . import compose_chat, compose_events, encoding, recut
from .drawing import TOOLS, Choices, Pen, merged, objects
from .drawing import texts as _texts

__all__ = [
    "ALL",
    "RESULT_ONLY",
    "Call",
    "Quirk",
    "Says",
    "Stream",
    "chat_streams",
    "configs",
    "cut",
    "duplicates",
    "ends",
    "inner_thoughts_streams",
    "interleavings",
    "prefixes",
    "responses_streams",
    "sse",
    "streams",
    "texts",
]

T = TypeVar("T")

_MESSAGE_ID = "message-6d7e1f00-58ab-4a7c-9c1c-2f6d3f6f0a80"


def chat_streams(
    *,
    quirks: Collection[Quirk] = (),
    config: st.SearchStrategy[chat.Config] | None = None,
    texts: st.SearchStrategy[str] | None = None,
    arguments: st.SearchStrategy[dict[str, Any]] | None = None,
    names: st.SearchStrategy[str] | None = None,
    most: int = 3,
    interleave: bool = True,
) -> st.SearchStrategy[Stream]:
    """Streams of Chat Completions.

    Args:
        quirks: those that a stream may have; each example has some of them, and shrinks to none. `ALL` for all there
            are, the empty set for streams as OpenAI sends them.
        config: the configuration to fold with (see `configs`).
        texts: what is said; the empty text, if it is among these, is not. If left out, texts with all that trips
            careless readers, and some as long as answers are.
        arguments: what calls are called with: JSON objects.
        names: the names of tools; the empty one is not drawn.
        most: the most calls in one answer.
        interleave: whether text, reasoning and calls may come interleaved.

    Raises:
        InvalidArgument: if a quirk is not one of this wire, what should be a strategy is none, or `most` is negative.
    """
    return _streams("chat", quirks, config, texts, arguments, names, most, interleave)


def inner_thoughts_streams(
    *,
    quirks: Collection[Quirk] = (),
    config: st.SearchStrategy[inner_thoughts.Config] | None = None,
    texts: st.SearchStrategy[str] | None = None,
    arguments: st.SearchStrategy[dict[str, Any]] | None = None,
    names: st.SearchStrategy[str] | None = None,
    most: int = 3,
    interleave: bool = True,
) -> st.SearchStrategy[Stream]:
    """Streams of Chat Completions whose reasoning comes inside the arguments; the options are those of `chat_streams`.

    To `arguments` the thoughts are added, and to those of the assistant's message tool the answer, under the names
    that the configuration has for them.
    """
    return _streams("inner-thoughts", quirks, config, texts, arguments, names, most, interleave)


def responses_streams(
    *,
    quirks: Collection[Quirk] = (),
    config: st.SearchStrategy[responses.Config] | None = None,
    texts: st.SearchStrategy[str] | None = None,
    arguments: st.SearchStrategy[dict[str, Any]] | None = None,
    names: st.SearchStrategy[str] | None = None,
    most: int = 3,
    interleave: bool = True,
) -> st.SearchStrategy[Stream]:
    """Streams of the Responses API; the options are those of `chat_streams`, `most` is for output items.

    Items interleave, but neither do two messages nor two items of reasoning, unless there is
    `Quirk.ITEMS_SIDE_BY_SIDE`.
    """
    return _streams("responses", quirks, config, texts, arguments, names, most, interleave)


def streams(wire: str, **options: Any) -> st.SearchStrategy[Stream]:
    """Streams of a wire: "chat", "inner-thoughts" (or "inner_thoughts"), or "responses"; see `chat_streams`.

    Raises:
        InvalidArgument: if there is no such wire, and as `chat_streams`.
    """
    strategies: dict[Wire, Callable[..., st.SearchStrategy[Stream]]] = {
        "chat": chat_streams,
        "inner-thoughts": inner_thoughts_streams,
        "responses": responses_streams,
    }
    return strategies[_known(wire)](**options)


def configs(wire: str, **options: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Configurations of a wire, of which the simplest is the default one.

    Args:
        wire: as for `streams`.
        options: strategies for fields of its `Config`; the others are drawn where they change what a stream of tool
            calls says, and else left at their default.

    Raises:
        InvalidArgument: if there is no such wire, it has no such field, or what should be a strategy is none.
    """
    known = _known(wire)
    foreign = sorted(options.keys() - attrs.fields_dict(MACHINES[known].Config).keys())
    if foreign:
        raise InvalidArgument(f"no fields of a {known} configuration: {', '.join(foreign)}")
    for name, value in options.items():
        _check_strategy(name, value)
    drawn: dict[str, Any] = {
        "message_id": st.just(_MESSAGE_ID),
        "requires_approval_tools": st.frozensets(st.sampled_from(TOOLS), max_size=2),
    }
    if known == "inner-thoughts":
        drawn |= {"put_inner_thoughts_in_kwarg": st.sampled_from((True, False)), "use_assistant_message": st.booleans()}
    return st.builds(MACHINES[known].Config, **(drawn | options))


def texts() -> st.SearchStrategy[str]:
    """What streams say if nothing else is asked for: plain words, and all that trips careless readers; never empty."""
    return _texts()


def ends() -> st.SearchStrategy[End]:
    """Every way that a stream can end; by itself is simplest."""
    return st.sampled_from(ENDS)


def prefixes(chunks: Sequence[T]) -> st.SearchStrategy[tuple[T, ...]]:
    """The beginnings of a stream, up to the whole of it; the empty one is simplest."""
    return st.integers(0, len(chunks)).map(lambda count: tuple(chunks[:count]))


def interleavings(lanes: Sequence[Sequence[T]]) -> st.SearchStrategy[tuple[T, ...]]:
    """The orders of all lanes' chunks that keep each lane's own; one lane after the other is simplest."""
    return _interleavings(lanes)


def cut(chunks: Sequence[T]) -> st.SearchStrategy[tuple[T, ...]]:
    """Other versions of a stream that say the same: deltas in several pieces, neighbours joined; as it is, at simplest.

    Events that are numbered one by one are numbered anew. Chunks that happen once (with usage, a finish reason, an
    error, a number that is not one of these) stay as they are. Arguments that come as snapshots must not be cut.
    """
    return cast("st.SearchStrategy[tuple[T, ...]]", recut.versions(chunks))


def duplicates(chunks: Sequence[T]) -> st.SearchStrategy[tuple[T, ...]]:
    """At-least-once deliveries of a stream of numbered events: some come again; as it is, at simplest.

    What has no `sequence_number` comes once.
    """
    return recut.deliveries(chunks)


def sse(stream: Stream) -> st.SearchStrategy[tuple[bytes, ...]]:
    """A stream as the body of server-sent events, in pieces as a socket might give them.

    Lines end in any of the three ways; there are comments, keep-alives, fields and JSON members that nobody knows, and
    pieces end anywhere, amid a character too. `wire.read` makes chunks of them that fold alike; but a frame
    that no chunk can be made of is said so in other words.
    """
    return encoding.bodies(stream.wire, stream.chunks)


def _streams(
    wire: Wire,
    quirks: Collection[Quirk],
    config: st.SearchStrategy[Any] | None,
    texts: st.SearchStrategy[str] | None,
    arguments: st.SearchStrategy[dict[str, Any]] | None,
    names: st.SearchStrategy[str] | None,
    most: int,
    interleave: bool,
) -> st.SearchStrategy[Stream]:
    asked = frozenset(quirks)
    foreign = asked - Quirk.of(wire)
    if foreign and asked != ALL:
        listed = ", ".join(sorted(str(quirk) for quirk in foreign))
        raise InvalidArgument(f"no quirks of {wire} streams: {listed}; take them from Quirk.of({wire!r})")
    if most < 0:
        raise InvalidArgument(f"most must not be negative, as {most} is")
    for option, value in {"config": config, "texts": texts, "arguments": arguments, "names": names}.items():
        if value is not None:
            _check_strategy(option, value)
    said = _texts() if texts is None else texts.filter(bool)
    choices = Choices(
        quirks=[quirk for quirk in Quirk if quirk in asked & Quirk.of(wire)],
        texts=said,
        maybe=st.none() | said,
        rarely=st.one_of(st.none(), st.none(), st.none(), said),
        objects=objects(said) if arguments is None else arguments,
        names=st.sampled_from(TOOLS) if names is None else names.filter(bool),
        most=most,
        interleave=interleave,
    )
    return _composed(wire, configs(wire) if config is None else config, choices)


def _known(wire: str) -> Wire:
    try:
        return wire_named(wire)
    except ValueError as error:
        raise InvalidArgument(str(error)) from None


def _check_strategy(name: str, value: object) -> None:
    if not isinstance(value, st.SearchStrategy):
        raise InvalidArgument(f"{name} must be a strategy, such as st.just(…), not {value!r}")


@st.composite
def _interleavings(draw: st.DrawFn, lanes: Sequence[Sequence[T]]) -> tuple[T, ...]:
    return tuple(merged(lanes, lambda count: draw(st.integers(0, count - 1))))


@st.composite
def _composed(draw: st.DrawFn, wire: Wire, config: st.SearchStrategy[Any], choices: Choices) -> Stream:
    pen = Pen.drawn(draw, choices)
    compose = compose_events.compose if wire == "responses" else compose_chat.compose
    return compose(pen, wire, MACHINES[wire], draw(config))
