"""What a state says of how far the answer is: whether it has more than before, and whether the wire said it is over.

A third-party machine may have a state without the attributes that are looked for here: then messages alone are
progress, and its streams are over when they end.
"""

from typing import Any

from .waiting.patience import Standing

__all__ = ["adds_to", "may_still_fail", "standing_of"]

_CONTENT = ("text", "reasoning", "refusal", "calls", "arguments", "split", "tags", "halves", "items")
_KNOWN = ("usage", "finish_reasons", "error")  # of the answer


def adds_to(before: Any, after: Any) -> bool:
    """Whether a step added to the answer, or to what is known of it; a ping does not, nor what cannot be read."""
    envelopes = getattr(before, "envelope", None), getattr(after, "envelope", None)
    return _differ(before, after, _CONTENT) or _differ(*envelopes, _KNOWN)


def _differ(one: Any, other: Any, names: tuple[str, ...]) -> bool:
    if one is other:
        return False
    pairs = ((getattr(one, name, None), getattr(other, name, None)) for name in names)
    return any(before is not after and before != after for before, after in pairs)


def standing_of(state: Any) -> Standing:
    """What the wire has said of the end: nothing, a finish word or a failure, or its last word."""
    envelope = getattr(state, "envelope", None)
    if envelope is None:
        return "open"
    if envelope.final or envelope.cancelled:
        return "over"
    return "finished" if envelope.over or envelope.error is not None else "open"


def may_still_fail(state: Any) -> bool:
    """Whether the provider can still say that its answer failed: it has said neither that nor its last word."""
    envelope = getattr(state, "envelope", None)
    return standing_of(state) != "over" and getattr(envelope, "error", None) is None
