"""How answers of Chat Completions end: words of every provider, errors wherever they stand, whole messages."""

from collections.abc import Collection, Sequence

from attrs import evolve

from ...reducer.completions.chunk import CallDelta, Choice, Chunk, CustomDelta, Delta, FunctionDelta
from ...reducer.ends import Done
from .compose_calls import said
from .expected import Expected, Intent, Lane, LaneSo, Step, summed

CUT_OFF = ("length", "content_filter")
"""OpenAI's finish reasons of an answer that is not whole."""
OTHER_WORDS = (
    "end_turn",
    "TOOL_USE",
    "eos",
    "MAX_TOKENS",
    "model_length",
    "SAFETY",
    "sensitive",
    "network_error",
    "Abort",
    "insufficient_system_resource",
    "MALFORMED_FUNCTION_CALL",
    "pause_turn",
    "something_new",
)
"""Finish reasons that other providers send."""
_WHOLE = frozenset({"stop", "tool_calls", "end_turn", "TOOL_USE", "eos"})
_BROKEN = frozenset({"network_error", "Abort", "insufficient_system_resource", "MALFORMED_FUNCTION_CALL"})

_REPAIRS = ("a whole message in place of a delta",)
"""What the decoder says of such a chunk."""
_TEXT = {"message": "Slow down.", "code": "rate_limit"}
ERRORS = (
    Chunk(error=_TEXT),
    Chunk(error="boom"),
    Chunk(error={"message": "maximum context length is 8"}),
    Chunk(error={"error_type": "overloaded", "error_message": "boom"}),
    Chunk(error={"status_code": 1008, "status_msg": "insufficient balance"}),
    Chunk(x_groq={"error": _TEXT}),
    Chunk(choices=(Choice(delta=Delta(content=""), error=_TEXT),)),
    Chunk(choices=(Choice(error="boom", finish_reason="error"),)),
    Chunk(choices=(Choice(finish_reason="tool_calls"),), error=_TEXT),
)
"""An error, in the places and shapes that providers have for it."""


def closes(word: str) -> bool:
    """Whether an answer that ends by this word is whole."""
    return word in _WHOLE


def breaks(word: str) -> bool:
    """Whether an answer that ends by this word failed."""
    return word in _BROKEN


def failing(chunk: Chunk) -> Step:
    """A step that ends the answer by an error; a finish reason that comes along is one all the same."""
    words = [choice.finish_reason for choice in chunk.choices or () if choice.finish_reason]
    return Step(chunk, (Intent(fails=True), *(Intent(reason=word, over=True) for word in words)))


def can_be_whole(body: Collection[Step]) -> bool:
    """Whether what a body says can be said once more as a whole message: each call by an id of its own."""
    lanes = _lanes(body)
    calls = [so for so in lanes if so.id is not None or so.name or so.joined("arguments")]
    told_apart = all(so.id and so.name for so in calls) and len({so.id for so in calls}) == len(calls)
    return told_apart and not any(choice.delta and choice.delta.function_call for choice in _choices(body))


def whole_message(body: Collection[Step]) -> Delta:
    """All that a body says, as one message."""
    lanes = _lanes(body)
    joined = {name: "".join(so.joined(name) for so in lanes) for name in ("text", "reasoning", "refusal")}
    calls = tuple(_whole_call(so) for so in lanes if so.id)
    return Delta(
        content=joined["text"],
        reasoning_content=joined["reasoning"] or None,
        refusal=joined["refusal"] or None,
        tool_calls=calls or None,
    )


def in_place(body: Collection[Step]) -> Step:
    """A body as one step, whose chunk has the whole message and no deltas."""
    chunk = evolve(said(message=whole_message(body)), repairs=_REPAIRS)
    role = "call" if any(step.role == "call" for step in body) else ""
    return Step(chunk, tuple(meant for step in body for meant in step.meant), role)


def with_whole(step: Step, message: Delta) -> Step:
    """A step whose chunk has the whole message beside what it has."""
    (choice,) = step.chunk.choices
    return evolve(step, chunk=evolve(step.chunk, choices=(evolve(choice, message=message),)))


def _lanes(body: Collection[Step]) -> list[LaneSo]:
    return list(summed(body).lanes.values())


def _choices(body: Collection[Step]) -> list[Choice]:
    return [choice for step in body for choice in getattr(step.chunk, "choices", None) or ()]


def _whole_call(so: LaneSo) -> CallDelta:
    arguments = so.joined("arguments")
    if so.custom:
        return CallDelta(id=so.id, type="custom", custom=CustomDelta(name=so.name, input=arguments))
    return CallDelta(id=so.id, type="function", function=FunctionDelta(name=so.name, arguments=arguments))


def close_calls(expected: Expected, steps: Sequence[Step], whole: bool) -> None:
    """Note of each call whether a finish reason, or `[DONE]`, closed it, and whether anything came after that.

    Args:
        expected: what all the steps come to.
        steps: the steps.
        whole: whether the answer is, by the words that ended it.
    """
    so_far = Expected()
    at: dict[Lane, tuple[str, bool]] = {}
    unnamed: set[Lane] = set()
    for step in steps:
        so_far.take(step)
        by_word = any(meant.reason for meant in step.meant)
        if by_word or step.chunk == Done():
            unnamed |= {lane for lane, so in so_far.lanes.items() if lane not in at and so.id is None}
            for lane, so in so_far.lanes.items():
                at.setdefault(lane, (so.joined("arguments"), by_word))
    for lane, so in expected.lanes.items():
        so.id = None if lane in unnamed else so.id  # one had to be made up by then
        came, by_word = at.get(lane, (None, False))
        arguments = so.joined("arguments")
        so.closed = whole and came is not None
        so.doubted = came != arguments or (not by_word and (so.custom or not arguments))
