"""How much of one answer a fold takes in: far more than any stream needs, so that memory is bounded."""

from collections.abc import Mapping
from typing import Any

from attrs import Attribute, field, fields, frozen


def _check_count(_: object, attribute: "Attribute[int]", value: object) -> None:
    if type(value) is not int:
        raise TypeError(f"limits.{attribute.name} must be a whole number, not {value!r}")
    if value < 1:
        raise ValueError(f"limits.{attribute.name} must be 1 at least, not {value}")


def _count(default: int) -> Any:
    return field(default=default, validator=_check_count)


@frozen(kw_only=True)
class Limits:
    """How much of one answer a fold takes in.

    They bound the memory of a server that folds untrusted streams. The first of `characters`, `lanes` and `identifier`
    that a stream passes ends its fold: what fits is kept, the outcome is "failed", the error names the limit, and the
    calls that were open have a doubt, LIMIT. What passes one of the others is dropped, counted in the diagnostics, and
    the fold goes on.

    The framer limits how long a frame may be, and the driver how long a stream may take.

    Attributes:
        characters: of one text, with what is held of it: the answer's, the reasoning, the refusal, a call's arguments,
            a part of an item.
        lanes: tool calls, output items, parts of one item, tools that the provider ran, details of reasoning; and a
            sixteenth of the indices and ids that calls, or items, may have.
        identifier: characters of one name or id.
        annotations: citations of the answer.
        extras: characters of all members that no fold reads, their names and those of output items included, such as an
            image that a tool made; as many again of the details of reasoning beside their texts, and of the tools that
            the provider ran (Chat Completions).
        remembered: the last events whose fingerprints are kept, so that an event that comes again can be told from a
            different one with the same number (Responses).

    Raises:
        TypeError: if one is no whole number.
        ValueError: if one is below 1.
    """

    characters: int = _count(1 << 24)
    lanes: int = _count(1 << 14)
    identifier: int = _count(1 << 12)
    annotations: int = _count(1 << 14)
    extras: int = _count(1 << 26)
    remembered: int = _count(1 << 10)


NO_LIMITS_SET = Limits()
"""The limits of a configuration that sets none."""


def limits_of(value: "Limits | Mapping[str, int]") -> Limits:
    """Limits as a configuration may have them: themselves, or an object with some of their names, as in JSON.

    Raises:
        TypeError, ValueError: if they are neither.
    """
    if isinstance(value, Limits):
        return value
    if not isinstance(value, Mapping):
        raise TypeError(f"limits must be Limits(...) or an object, not {value!r:.80}")
    names = [member.name for member in fields(Limits)]
    unknown = next((name for name in value if name not in names), None)
    if unknown is not None:
        raise ValueError(f"limits must be of {', '.join(names)}, not {unknown!r:.80}")
    return Limits(**value)


def check_identifier(limits: Limits, what: str, identifier: object) -> None:
    """Let a name or an id pass that is within the limits, and whatever is no text.

    Raises:
        LimitPassed: if it is longer.
    """
    if isinstance(identifier, str) and len(identifier) > limits.identifier:
        raise LimitPassed("identifier", what, limits.identifier)


_KEYS = 16  # a lane; an honest one has two or three


def check_keys(limits: Limits, what: str, held: int) -> None:
    """Let keys pass, by which tool calls or items are found, where there are not many more than lanes may be.

    Raises:
        LimitPassed: if one lane is called by ever new indices or ids.
    """
    if held > _KEYS * limits.lanes:
        raise LimitPassed("lanes", what, _KEYS * limits.lanes)


MORE_ANNOTATIONS = "citations beyond the limit (Limits.annotations)"
"""What a diagnostic says of those that are dropped."""


class LimitPassed(Exception):
    """What a fold ends by, inside its own step; it is never raised out of the core.

    Attributes:
        limit: the name of the limit.
    """

    def __init__(self, limit: str, what: str, most: int) -> None:
        super().__init__(f"more than {most} {what} (Limits.{limit})")
        self.limit = limit
